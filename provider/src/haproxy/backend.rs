//! Backends.

use std::sync::Arc;

use tfplugin::prelude::*;
use tfplugin::schema::{Known, decode};
use tfplugin::value::Object;

use super::balance::Balance;
use super::client::HaProxy;
use super::health_check::{HealthCheck, without_empty_params};
use super::proxy::{ConnectionMode, ForwardFor, Mode};
use super::route_entries::refuse_while_routed;
use super::section::{SectionKind, Shape, overlay, section_name};
use super::server::Server;
use super::transactions::{Edit, Step};

/// Manages a backend: servers, how requests are spread over them, and how their health is checked.
///
/// Settings for which there is no attribute are left alone; one whose attribute is omitted is removed, unless the
/// attribute says otherwise. A new `name` makes another backend: set `lifecycle { create_before_destroy = true }`, so that
/// routes and frontends lead to it before the old one goes.
#[derive(Clone, Schema)]
#[tf(name = "haproxy_backend", key(name))]
pub struct Backend {
    /// Name of the backend.
    #[tf(check = section_name)]
    name: String,

    /// What is understood of the traffic; omit it for what `defaults` say.
    #[tf(computed)]
    mode: Option<Mode>,

    /// How requests are spread over the servers.
    balance: Option<Balance>,

    /// Servers, by their names.
    servers: Option<BTreeMap<String, Server>>,

    #[tf(flatten)]
    health_check: HealthCheck,

    /// How connections are kept.
    http_connection_mode: Option<ConnectionMode>,

    /// Whether servers are told the client's address.
    forwardfor: Option<ForwardFor>,

    /// Tries to connect to a server.
    retries: Option<u64>,

    /// Milliseconds that a connection may take.
    connect_timeout: Option<u64>,

    /// Milliseconds that a server may be silent.
    server_timeout: Option<u64>,

    /// Milliseconds that a check may take once it is connected.
    check_timeout: Option<u64>,

    /// Milliseconds that a request may wait for a server.
    queue_timeout: Option<u64>,

    /// Milliseconds that a tunnel, such as that of a WebSocket, may be silent.
    tunnel_timeout: Option<u64>,
}

impl Backend {
    fn shape(self) -> Shape {
        let planned = self.into_object();
        Arc::new(move |mut section: Object| {
            overlay(Self::TABLE.fields, &mut section, &planned);
            section
        })
    }
}

impl Resource for Backend {
    type Client = HaProxy;

    async fn create(haproxy: &HaProxy, plan: Backend) -> Result<Backend> {
        let step = Step::of(SectionKind::Backend, &plan.name, Edit::Create(plan.clone().shape()));
        haproxy.change(step).await?;
        Ok(plan)
    }

    async fn read(haproxy: &HaProxy, name: String) -> Result<Option<Backend>> {
        let Some(mut section) = haproxy.section(SectionKind::Backend, &name).await? else { return Ok(None) };
        without_empty_params(&mut section);
        decode(&section, &Known::new()).map(Some)
    }

    async fn update(haproxy: &HaProxy, name: String, change: Change<Backend>) -> Result<()> {
        haproxy.change(Step::of(SectionKind::Backend, &name, Edit::Change(change.plan.shape()))).await
    }

    async fn delete(haproxy: &HaProxy, name: String, _: Backend) -> Result<()> {
        refuse_while_routed(haproxy, &name).await?;
        haproxy.change(Step::of(SectionKind::Backend, &name, Edit::Delete)).await
    }

    /// A backend without servers says nothing of them.
    fn reconcile(prior: Option<&Backend>, mut actual: Backend) -> Backend {
        if prior.is_some_and(|prior| prior.servers.as_ref().is_some_and(BTreeMap::is_empty)) {
            actual.servers = actual.servers.or_else(|| Some(BTreeMap::new()));
        }
        actual
    }
}
