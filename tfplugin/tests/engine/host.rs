//! Terraform's side: values by name, one function for each call, diagnostics as text.

use std::sync::Arc;

use bytes::Bytes;
use tfplugin::engine::Service;
use tfplugin::proto::tfplugin6::attribute_path::step::Selector;
use tfplugin::proto::tfplugin6::provider_server::Provider as _;
use tfplugin::proto::tfplugin6::{self as proto, Diagnostic, DynamicValue};
use tfplugin::schema::{Schema, object_type, wire_type};
use tfplugin::value::{self, Object, Type, Value};
use tonic::Request;

use crate::library::{Book, provider};
use crate::shelf::Shelf;

/// A provider that is configured with a shelf of its own.
pub struct Host {
    pub service: Arc<Service>,
    pub shelf: Arc<Shelf>,
}

/// What a plan answered.
#[derive(Debug)]
pub struct Planned {
    pub state: Value,
    pub replace: Vec<String>,
    pub diagnostics: Vec<String>,
    pub private: Vec<u8>,
}

/// What an apply or a read answered.
#[derive(Debug)]
pub struct Answered {
    pub state: Value,
    pub diagnostics: Vec<String>,
}

/// An object of these members and nulls.
pub fn book(members: &[(&str, Value)]) -> Object {
    row(Book::TABLE, members)
}

/// An object of a table.
pub fn row(table: &tfplugin::schema::Table, members: &[(&str, Value)]) -> Object {
    let mut object: Object = table.fields.iter().map(|field| (field.name.to_owned(), Value::Null)).collect();
    for (name, value) in members {
        assert!(object.insert((*name).to_owned(), value.clone()).is_some(), "there is no `{name}`");
    }
    object
}

/// A nested object.
pub fn map(members: &[(&str, Value)]) -> Value {
    Value::Map(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

/// A member of an object.
pub fn at<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.as_map().and_then(|members| members.get(name)).unwrap_or_else(|| panic!("no `{name}` in {value:?}"))
}

/// The smallest book.
pub fn small(title: &str) -> Object {
    book(&[("row", "a".into()), ("title", title.into()), ("author", "Kafka".into())])
}

pub fn wire(value: &Value, ty: &Type) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: value::encode(value, ty).into(), json: Bytes::new() })
}

pub fn unwire(value: Option<&DynamicValue>, ty: &Type) -> Value {
    value.map_or(Value::Null, |value| value::decode(&value.msgpack, ty).unwrap())
}

/// Each diagnostic as `error: summary: detail [path]`.
pub fn told(diagnostics: &[Diagnostic]) -> Vec<String> {
    let lines = diagnostics.iter().map(|diagnostic| {
        let severity = if diagnostic.severity == 1 { "error" } else { "warning" };
        let steps = diagnostic.attribute.iter().flat_map(|path| &path.steps).map(|step| match &step.selector {
            Some(Selector::AttributeName(name)) => format!(".{name}"),
            Some(Selector::ElementKeyString(key)) => format!("[{key:?}]"),
            Some(Selector::ElementKeyInt(index)) => format!("[{index}]"),
            None => "?".to_owned(),
        });
        format!("{severity}: {}: {} {}", diagnostic.summary, diagnostic.detail, steps.collect::<String>())
            .trim_end()
            .to_owned()
    });
    lines.collect()
}

impl Host {
    /// A host whose shelf nobody else uses.
    pub async fn new(name: &str) -> Host {
        let host = Host::unconfigured(name);
        host.configure(map(&[("shelf", name.into()), ("token", Value::Null)])).await;
        host
    }

    pub fn unconfigured(name: &str) -> Host {
        Host { service: Arc::new(Service::new(provider())), shelf: Shelf::named(name) }
    }

    /// Configures the provider.
    pub async fn configure(&self, shelf: Value) {
        let ty = Type::Object(
            [("shelf".to_owned(), wire_type(&<crate::shelf::Config as tfplugin::schema::Attribute>::KIND))].into(),
        );
        let config = wire(&map(&[("shelf", shelf)]), &ty);
        let request = proto::validate_provider_config::Request { config: config.clone() };
        let answer = self.service.validate_provider_config(Request::new(request)).await.unwrap().into_inner();
        assert_eq!(told(&answer.diagnostics), [""; 0]);
        let request = proto::configure_provider::Request { config, ..Default::default() };
        let answer = self.service.configure_provider(Request::new(request)).await.unwrap().into_inner();
        assert_eq!(told(&answer.diagnostics), [""; 0]);
    }

    pub async fn stop(&self) {
        self.service.stop_provider(Request::new(proto::stop_provider::Request {})).await.unwrap();
    }

    pub async fn validate(&self, config: &Object) -> Vec<String> {
        let request = proto::validate_resource_config::Request {
            type_name: "test_book".to_owned(),
            config: wire(&Value::Map(config.clone()), &ty("test_book")),
            client_capabilities: Some(proto::ClientCapabilities {
                write_only_attributes_allowed: true,
                ..Default::default()
            }),
        };
        told(&self.service.validate_resource_config(Request::new(request)).await.unwrap().into_inner().diagnostics)
    }

    pub async fn plan_of(&self, type_name: &str, prior: &Value, config: &Value) -> Planned {
        let ty = ty(type_name);
        let request = proto::plan_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: wire(prior, &ty),
            proposed_new_state: wire(config, &ty),
            config: wire(config, &ty),
            prior_private: b"kept".to_vec(),
            ..Default::default()
        };
        let answer = self.service.plan_resource_change(Request::new(request)).await.unwrap().into_inner();
        let shown = |path: &proto::AttributePath| {
            let steps = path.steps.iter().map(|step| match &step.selector {
                Some(Selector::AttributeName(name)) => name.clone(),
                Some(Selector::ElementKeyString(key)) => key.clone(),
                Some(Selector::ElementKeyInt(index)) => index.to_string(),
                None => "?".to_owned(),
            });
            steps.collect::<Vec<_>>().join(".")
        };
        Planned {
            state: unwire(answer.planned_state.as_ref(), &ty),
            replace: answer.requires_replace.iter().map(shown).collect(),
            diagnostics: told(&answer.diagnostics),
            private: answer.planned_private,
        }
    }

    pub async fn plan(&self, prior: &Value, config: &Object) -> Planned {
        self.plan_of("test_book", prior, &Value::Map(config.clone())).await
    }

    pub async fn apply_of(&self, type_name: &str, prior: &Value, planned: &Value, config: &Value) -> Answered {
        let ty = ty(type_name);
        let request = proto::apply_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: wire(prior, &ty),
            planned_state: wire(planned, &ty),
            config: wire(config, &ty),
            planned_private: b"kept".to_vec(),
            ..Default::default()
        };
        let answer = self.service.apply_resource_change(Request::new(request)).await.unwrap().into_inner();
        assert_eq!(answer.private, b"kept".to_vec(), "an apply erases the private bytes");
        Answered { state: unwire(answer.new_state.as_ref(), &ty), diagnostics: told(&answer.diagnostics) }
    }

    /// Plans and applies a resource of any type without a complaint.
    pub async fn bring_of(&self, type_name: &str, prior: &Value, config: &Object) -> Value {
        let config = Value::Map(config.clone());
        let planned = self.plan_of(type_name, prior, &config).await;
        assert_eq!(planned.diagnostics, [""; 0]);
        let answer = self.apply_of(type_name, prior, &planned.state, &config).await;
        assert_eq!(answer.diagnostics, [""; 0]);
        answer.state
    }

    /// Validates, plans and applies, as `terraform apply` does.
    pub async fn bring(&self, prior: &Value, config: &Object) -> Answered {
        assert_eq!(self.validate(config).await, [""; 0]);
        let planned = self.plan(prior, config).await;
        assert_eq!(planned.diagnostics, [""; 0]);
        assert_eq!(planned.replace, [""; 0]);
        self.apply_of("test_book", prior, &planned.state, &Value::Map(config.clone())).await
    }

    /// [`bring`](Self::bring) without a complaint; the plan after it is empty.
    pub async fn settled(&self, prior: &Value, config: &Object) -> Value {
        let answer = self.bring(prior, config).await;
        assert_eq!(answer.diagnostics, [""; 0]);
        let again = self.plan(&answer.state, config).await;
        assert_eq!((&again.state, again.replace), (&answer.state, vec![]), "the plan after the apply is not empty");
        let read = self.read(&answer.state).await;
        assert_eq!(
            (&read.state, read.diagnostics),
            (&answer.state, vec![]),
            "the refresh after the apply changes the state"
        );
        answer.state
    }

    pub async fn delete(&self, prior: &Value) -> Answered {
        self.apply_of("test_book", prior, &Value::Null, &Value::Null).await
    }

    pub async fn read(&self, state: &Value) -> Answered {
        self.read_of("test_book", state).await
    }

    pub async fn read_of(&self, type_name: &str, state: &Value) -> Answered {
        let ty = ty(type_name);
        let request = proto::read_resource::Request {
            type_name: type_name.to_owned(),
            current_state: wire(state, &ty),
            private: b"kept".to_vec(),
            ..Default::default()
        };
        let answer = self.service.read_resource(Request::new(request)).await.unwrap().into_inner();
        assert_eq!(answer.private, b"kept".to_vec(), "a read erases the private bytes");
        Answered { state: unwire(answer.new_state.as_ref(), &ty), diagnostics: told(&answer.diagnostics) }
    }

    /// Imports by id and reads, as core does.
    pub async fn import(&self, type_name: &str, id: &str) -> Answered {
        let request = proto::import_resource_state::Request {
            type_name: type_name.to_owned(),
            id: id.to_owned(),
            ..Default::default()
        };
        let answer = self.service.import_resource_state(Request::new(request)).await.unwrap().into_inner();
        match answer.imported_resources.as_slice() {
            [imported] => self.read_of(type_name, &unwire(imported.state.as_ref(), &ty(type_name))).await,
            _ => Answered { state: Value::Null, diagnostics: told(&answer.diagnostics) },
        }
    }
}

/// The type of a resource's values.
pub fn ty(type_name: &str) -> Type {
    match type_name {
        "test_book" => object_type(Book::TABLE.fields),
        "test_letter" => object_type(crate::letters::Letter::TABLE.fields),
        _ => object_type(crate::library::Slip::TABLE.fields),
    }
}
