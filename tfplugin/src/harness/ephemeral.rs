//! Ephemeral resources: opened, renewed and closed, as core does in each plan and in each apply.

use tonic::Request;

use super::host::{Host, answer};
use super::report::Report;
use super::rules;
use super::wire::{CLIENT, decode, encode};
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::proto::tfplugin6::{
    Diagnostic, close_ephemeral_resource, open_ephemeral_resource, renew_ephemeral_resource,
    validate_ephemeral_resource_config,
};
use crate::value::{Object, Path, Value, convert};
use crate::{Error, Result};

/// An ephemeral resource that is open.
#[derive(Debug)]
pub struct Opened {
    /// The type with the provider's prefix.
    pub type_name: String,
    /// Its attributes.
    pub value: Object,
    /// Whether the provider asks to renew it.
    pub renews: bool,
    handle: Option<Vec<u8>>,
}

impl Host {
    /// Validates and opens it with these arguments, in the process of the command that went before.
    ///
    /// What the provider reports is an `Err` too.
    pub async fn open(&self, type_name: &str, arguments: Object) -> Result<Opened> {
        let shape = self.ephemerals.get(type_name);
        let shape = shape.ok_or_else(|| Error::new(format!("there is no ephemeral resource `{type_name}`")))?;
        let ty = shape.ty();
        let Value::Map(config) = convert(Value::Map(arguments), &ty, &Path::default())? else {
            return Err(Error::new(format!("the arguments of `{type_name}` are no object")));
        };
        shape.complete(&config, &Path::default())?;
        let (type_name, encoded) = (type_name.to_owned(), encode(Some(&config), &ty));
        let request =
            validate_ephemeral_resource_config::Request { type_name: type_name.clone(), config: encoded.clone() };
        let validated = answer(self.service.validate_ephemeral_resource_config(Request::new(request)).await)?;
        fine(&type_name, &validated.diagnostics)?;
        let request = open_ephemeral_resource::Request {
            type_name: type_name.clone(),
            config: encoded,
            client_capabilities: Some(CLIENT),
        };
        let opened = answer(self.service.open_ephemeral_resource(Request::new(request)).await)?;
        fine(&type_name, &opened.diagnostics)?;
        let value = decode(opened.result.as_ref(), &ty, "ephemeral value")?;
        let value = value.ok_or_else(|| Error::new("an ephemeral resource that is open is null"))?;
        rules::plan_is_valid(shape, &config, None, &value)?;
        if !value.values().all(Value::is_wholly_known) {
            return Err(Error::new("an ephemeral resource that is open has an unknown attribute"));
        }
        Ok(Opened { type_name, value, renews: opened.renew_at.is_some(), handle: opened.private })
    }

    /// Renews it; whether it asks for that again is in [`Opened::renews`].
    pub async fn renew(&self, opened: &mut Opened) -> Result<()> {
        let (type_name, private) = (opened.type_name.clone(), opened.handle.clone());
        let request = renew_ephemeral_resource::Request { type_name, private };
        let renewed = answer(self.service.renew_ephemeral_resource(Request::new(request)).await)?;
        fine(&opened.type_name, &renewed.diagnostics)?;
        opened.renews = renewed.renew_at.is_some();
        opened.handle = renewed.private;
        Ok(())
    }

    /// Closes it.
    pub async fn close(&self, opened: Opened) -> Result<()> {
        let request = close_ephemeral_resource::Request { type_name: opened.type_name.clone(), private: opened.handle };
        let closed = answer(self.service.close_ephemeral_resource(Request::new(request)).await)?;
        fine(&opened.type_name, &closed.diagnostics)
    }
}

fn fine(type_name: &str, diagnostics: &[Diagnostic]) -> Result<()> {
    let mut report = Report::default();
    report.add(type_name, diagnostics);
    report.success().map(drop)
}
