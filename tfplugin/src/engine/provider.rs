//! The provider: its backends, found by the type names that Terraform uses.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::backend::Backend;
use crate::delivery::{self, DELIVER};
use crate::engine::configured::Configured;
use crate::engine::erased::Managed;
use crate::engine::issue::Delivery;
use crate::proto::tfplugin6;
use crate::schema::{Field, Kind, Presence, Table, member, object_type};
use crate::value::{Gather, Object, Type};
use crate::{Error, Result};

/// Everything that one plugin serves.
pub struct Provider {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) backends: Vec<Backend>,
    pub(crate) config_fields: &'static [Field],
    /// Where a type stands: the backend's and the type's position in their lists.
    pub(crate) resources: BTreeMap<String, Position>,
    pub(crate) data_sources: BTreeMap<String, Position>,
    pub(crate) ephemerals: BTreeMap<String, Position>,
    pub(crate) lists: BTreeMap<String, Position>,
    pub(crate) actions: BTreeMap<String, Position>,
    pub(crate) functions: BTreeMap<&'static str, Position>,
    pub(crate) schema: OnceLock<tfplugin6::get_provider_schema::Response>,
    configured: RwLock<Arc<Configured>>,
}

/// A type's place, with its wire type once it was asked for.
pub(crate) struct Position {
    pub backend: usize,
    pub index: usize,
    wire_type: OnceLock<Type>,
}

impl Position {
    /// The type of its values on the wire.
    pub(crate) fn wire_type(&self, table: &Table) -> &Type {
        self.wire_type.get_or_init(|| object_type(table.fields))
    }
}

impl Provider {
    /// A provider whose types are called `<name>_<type>`.
    pub fn new(name: &'static str, doc: &'static str, mut backends: Vec<Backend>) -> Self {
        let deliver = delivery::attribute(&backends);
        for resource in backends.iter_mut().flat_map(|backend| &mut backend.resources) {
            if let Managed::Generated(resource) = resource {
                resource.complete(deliver);
            }
        }
        let positions = |names: fn(&Backend) -> Vec<&'static str>| {
            let named = backends.iter().enumerate().flat_map(|(backend, list)| {
                let names = names(list).into_iter().enumerate();
                names.map(move |(index, name)| (name, Position { backend, index, wire_type: OnceLock::new() }))
            });
            named.collect::<Vec<_>>()
        };
        let prefixed = |named: Vec<(&str, Position)>| {
            named.into_iter().map(|(type_name, position)| (format!("{name}_{type_name}"), position)).gather()
        };
        let config = backends
            .iter()
            .map(|backend| Field::new(backend.name, backend.doc, Kind::Object(backend.config), Presence::Optional));
        Provider {
            name,
            doc,
            config_fields: config.collect::<Vec<_>>().leak(),
            resources: prefixed(positions(|backend| backend.resources.iter().map(|one| one.table().name).collect())),
            data_sources: prefixed(positions(|backend| backend.data_sources.iter().map(|one| one.name()).collect())),
            ephemerals: prefixed(positions(|backend| backend.ephemerals.iter().map(|one| one.table().name).collect())),
            lists: prefixed(positions(|backend| backend.lists.iter().map(|one| one.item().name).collect())),
            actions: prefixed(positions(|backend| backend.actions.iter().map(|one| one.table().name).collect())),
            functions: positions(|backend| backend.functions.iter().map(|one| one.table().name).collect())
                .into_iter()
                .collect(),
            schema: OnceLock::new(),
            configured: RwLock::default(),
            backends,
        }
    }

    /// The resource of this type name.
    pub(crate) fn resource(&self, type_name: &str) -> Result<(&Backend, &Managed, &Type)> {
        let position = position(&self.resources, "resource", type_name)?;
        let backend = &self.backends[position.backend];
        let resource = &backend.resources[position.index];
        Ok((backend, resource, position.wire_type(resource.table())))
    }

    /// Where the plan sends the secret that is issued for it.
    pub(crate) fn delivery<'a>(&'a self, configured: &'a Configured, planned: &Object) -> Result<Delivery<'a>> {
        let chosen =
            member(planned, DELIVER).as_map().and_then(|sinks| sinks.iter().find(|(_, target)| !target.is_null()));
        let sinks = self.backends.iter().flat_map(|backend| backend.sinks.iter().map(move |sink| (backend, sink)));
        let found = chosen.and_then(|(name, target)| {
            let (backend, sink) = sinks.into_iter().find(|(_, sink)| sink.name() == name)?;
            Some(Delivery { sink: &**sink, backend, configured, target: target.clone() })
        });
        found.ok_or_else(|| Error::new("nothing says where the secret goes").at_attribute(DELIVER))
    }

    /// The current configuration.
    pub(crate) fn configured(&self) -> Arc<Configured> {
        Arc::clone(&self.configured.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the configuration; operations under the old one go on with it.
    pub(crate) fn configure(&self, configured: Configured) {
        *self.configured.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(configured);
    }

    /// Ends what the process itself opened at its backends; there is no configuration then.
    pub async fn shut_down(&self) {
        let ended = std::mem::take(&mut *self.configured.write().unwrap_or_else(PoisonError::into_inner));
        ended.disconnect(&self.backends).await;
    }
}

/// The position of a type, or that there is none of this name.
pub(crate) fn position<'a>(all: &'a BTreeMap<String, Position>, what: &str, name: &str) -> Result<&'a Position> {
    all.get(name).ok_or_else(|| Error::new(format!("this provider has no {what} `{name}`")))
}
