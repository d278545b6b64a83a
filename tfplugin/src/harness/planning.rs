//! One object at a time: validate, plan, apply, read, import, each answer held against core's rules.

use tonic::Request;

use super::document::Entry;
use super::host::{Host, answer};
use super::instance::Instance;
use super::proposal::propose;
use super::report::{Action, Report};
use super::rules;
use super::shape::Shape;
use super::wire::{self, CLIENT, decode, decode_identity, encode, encode_identity, raw};
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::proto::tfplugin6::{
    Diagnostic, DynamicValue, ResourceIdentityData, apply_resource_change, diagnostic::Severity, import_resource_state,
    move_resource_state, plan_resource_change, read_data_source, read_resource, upgrade_resource_state,
    validate_data_resource_config, validate_resource_config,
};
use crate::value::{Object, Path, Type, Value};
use crate::{Error, Result};

/// Put into the private data of a provider that has none, to see that it is kept.
const MARK: &[u8] = b"{\"harness\":\"keep this\"}";

/// What is to become of an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Planned {
    pub action: Option<Action>,
    pub planned: Option<Object>,
    pub private: Vec<u8>,
    pub identity: Option<ResourceIdentityData>,
    pub diagnostics: Vec<Diagnostic>,
}

/// What became of an object.
#[derive(Debug, Default)]
pub(super) struct Applied {
    pub instance: Option<Instance>,
    pub diagnostics: Vec<Diagnostic>,
}

impl Applied {
    /// What a data source gave.
    pub(super) fn data(type_name: &str, state: &Object) -> Applied {
        Applied { instance: Some(Instance::new(type_name, state.clone())), diagnostics: Vec::new() }
    }

    pub(super) fn failed(&self) -> bool {
        has_error(&self.diagnostics)
    }
}

/// A resource type's shape with the types of its values.
struct Facts<'a> {
    shape: &'a Shape,
    ty: Type,
    identity: &'a Type,
}

impl Host {
    fn facts(&self, type_name: &str) -> Result<Facts<'_>> {
        let missing = || Error::new(format!("there is no resource `{type_name}`"));
        let shape = self.resources.get(type_name).ok_or_else(missing)?;
        let identity = self.identities.get(type_name).ok_or_else(missing)?;
        Ok(Facts { shape, ty: shape.ty(), identity })
    }

    pub(super) async fn validate_config(&self, entry: &Entry, config: &Object) -> Result<Vec<Diagnostic>> {
        let (type_name, ty) = (entry.type_name.clone(), self.shape(entry)?.ty());
        let config = encode(Some(config), &ty);
        if entry.is_data {
            let request = validate_data_resource_config::Request { type_name, config };
            return Ok(answer(self.service.validate_data_resource_config(Request::new(request)).await)?.diagnostics);
        }
        let request = validate_resource_config::Request { type_name, config, client_capabilities: Some(CLIENT) };
        Ok(answer(self.service.validate_resource_config(Request::new(request)).await)?.diagnostics)
    }

    pub(super) async fn plan_entry(&self, entry: &Entry, config: &Object, prior: Option<&Instance>) -> Result<Planned> {
        let diagnostics = self.validate_config(entry, config).await?;
        if has_error(&diagnostics) {
            return Ok(Planned { diagnostics, ..Planned::default() });
        }
        if entry.is_data {
            // What a data source depends on may be known only after the apply.
            let known = config.values().all(Value::is_wholly_known);
            let read = if known { self.read_data(entry, config).await? } else { Applied::default() };
            let planned = read.instance.map(|instance| instance.state);
            return Ok(Planned { planned, diagnostics: read.diagnostics, ..Planned::default() });
        }
        let tainted = prior.is_some_and(|prior| prior.tainted);
        let standing = prior.filter(|prior| !prior.tainted);
        let (mut plan, replaces) = self.ask_for_plan(&entry.type_name, config, standing, &[]).await?;
        if has_error(&plan.diagnostics) {
            return Ok(plan);
        }
        let changes = standing.is_none_or(|prior| plan.planned.as_ref() != Some(&prior.state));
        plan.action = match (standing, tainted) {
            (_, true) => Some(Action::Replace),
            (None, _) => Some(Action::Create),
            (Some(_), _) => changes.then_some(Action::Update),
        };
        if replaces {
            let private = std::mem::take(&mut plan.private);
            (plan, _) = self.ask_for_plan(&entry.type_name, config, None, &private).await?;
            plan.action = Some(Action::Replace);
        }
        Ok(plan)
    }

    /// Plans, and says whether the plan asks for a replacement.
    async fn ask_for_plan(
        &self,
        type_name: &str,
        config: &Object,
        prior: Option<&Instance>,
        private: &[u8],
    ) -> Result<(Planned, bool)> {
        let Facts { shape, ty, identity } = self.facts(type_name)?;
        let prior_state = prior.map(|prior| &prior.state);
        let prior_private = prior.map_or(private, |prior| &prior.private).to_vec();
        let request = plan_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: encode(prior_state, &ty),
            proposed_new_state: encode(Some(&propose(shape, prior_state, config)), &ty),
            config: encode(Some(config), &ty),
            prior_private: prior_private.clone(),
            client_capabilities: Some(CLIENT),
            prior_identity: encode_identity(prior.and_then(|prior| prior.identity.as_ref()), identity),
            ..Default::default()
        };
        let response = answer(self.service.plan_resource_change(Request::new(request)).await)?;
        self.hides_secrets(&response.planned_state, &response.planned_private, &response.diagnostics)?;
        let diagnostics = response.diagnostics;
        if has_error(&diagnostics) {
            return Ok((Planned { diagnostics, ..Planned::default() }, false));
        }
        let planned = decode(response.planned_state.as_ref(), &ty, "plan")?;
        let planned = planned.ok_or_else(|| Error::new("the plan of an object that is to be is null"))?;
        rules::plan_is_valid(shape, config, prior_state, &planned)?;
        echoes(&prior_private, &response.planned_private, "plan")?;
        let paths: Vec<Path> = response.requires_replace.iter().map(wire::path).collect();
        let replaces = match prior_state {
            Some(prior) => rules::replaces(&paths, prior, &planned)?,
            None => false,
        };
        let private = response.planned_private.to_vec();
        let plan =
            Planned { planned: Some(planned), private, identity: response.planned_identity, diagnostics, action: None };
        Ok((plan, replaces))
    }

    /// Does what a plan says.
    pub(super) async fn perform(
        &self,
        type_name: &str,
        prior: Option<&Instance>,
        plan: &Planned,
        config: &Object,
    ) -> Result<Applied> {
        if has_error(&plan.diagnostics) {
            return Ok(Applied { instance: prior.cloned(), diagnostics: plan.diagnostics.clone() });
        }
        match (plan.action, prior) {
            (None, prior) => Ok(Applied { instance: prior.cloned(), diagnostics: Vec::new() }),
            (Some(Action::Replace), Some(prior)) => {
                let gone = self.remove(prior).await?;
                match gone.failed() {
                    true => Ok(gone),
                    false => self.change(type_name, None, plan, config).await,
                }
            }
            (_, prior) => self.change(type_name, prior, plan, config).await,
        }
    }

    async fn change(
        &self,
        type_name: &str,
        prior: Option<&Instance>,
        plan: &Planned,
        config: &Object,
    ) -> Result<Applied> {
        let Facts { shape, ty, identity } = self.facts(type_name)?;
        let planned = plan.planned.as_ref().ok_or_else(|| Error::new("there is nothing planned"))?;
        let request = apply_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: encode(prior.map(|prior| &prior.state), &ty),
            planned_state: encode(Some(planned), &ty),
            config: encode(Some(config), &ty),
            planned_private: plan.private.clone(),
            planned_identity: plan.identity.clone(),
            ..Default::default()
        };
        let response = answer(self.service.apply_resource_change(Request::new(request)).await)?;
        self.hides_secrets(&response.new_state, &response.private, &response.diagnostics)?;
        let (failed, diagnostics) = (has_error(&response.diagnostics), response.diagnostics);
        let Some(state) = decode(response.new_state.as_ref(), &ty, "result")? else {
            if !failed {
                return Err(Error::new("the result of an object that is to be is null, without an error"));
            }
            return Ok(Applied { instance: prior.cloned(), diagnostics });
        };
        rules::state_is_valid(shape, &state)?;
        let new_identity = decode_identity(response.new_identity.as_ref(), identity)?;
        if !failed {
            rules::keeps(planned, &state, "its result")?;
            echoes(&plan.private, &response.private, "result")?;
        }
        let before = prior.and_then(|prior| prior.identity.as_ref());
        stays(before.filter(|before| is_promised(before, planned)), new_identity.as_ref(), failed)?;
        let mut instance = Instance::new(type_name, state);
        instance.tainted = failed && prior.is_none_or(|prior| prior.tainted);
        instance.parents = prior.map(|prior| prior.parents.clone()).unwrap_or_default();
        instance.private = marked(response.private.to_vec());
        instance.identity = new_identity;
        Ok(Applied { instance: Some(instance), diagnostics })
    }

    /// Plans and does a deletion.
    pub(super) async fn remove(&self, prior: &Instance) -> Result<Applied> {
        let Facts { ty, identity, .. } = self.facts(&prior.type_name)?;
        let request = plan_resource_change::Request {
            type_name: prior.type_name.clone(),
            prior_state: encode(Some(&prior.state), &ty),
            proposed_new_state: encode(None, &ty),
            config: encode(None, &ty),
            prior_private: prior.private.clone(),
            client_capabilities: Some(CLIENT),
            prior_identity: encode_identity(prior.identity.as_ref(), identity),
            ..Default::default()
        };
        let plan = answer(self.service.plan_resource_change(Request::new(request)).await)?;
        if decode(plan.planned_state.as_ref(), &ty, "plan")?.is_some() {
            return Err(Error::new("the plan of a deletion is not null"));
        }
        echoes(&prior.private, &plan.planned_private, "plan of a deletion")?;
        let request = apply_resource_change::Request {
            type_name: prior.type_name.clone(),
            prior_state: encode(Some(&prior.state), &ty),
            planned_state: encode(None, &ty),
            config: encode(None, &ty),
            planned_private: plan.planned_private,
            ..Default::default()
        };
        let response = answer(self.service.apply_resource_change(Request::new(request)).await)?;
        let diagnostics = response.diagnostics;
        let left = decode(response.new_state.as_ref(), &ty, "result")?;
        if left.is_some() && !has_error(&diagnostics) {
            return Err(Error::new("a deleted object has a state, without an error"));
        }
        let instance = left.map(|state| Instance { state, ..prior.clone() });
        Ok(Applied { instance, diagnostics })
    }

    /// Brings a state from its file to the present, and reads.
    pub(super) async fn read(&self, instance: &Instance) -> Result<Applied> {
        let Facts { shape, ty, identity } = self.facts(&instance.type_name)?;
        let request = upgrade_resource_state::Request {
            type_name: instance.type_name.clone(),
            version: shape.version,
            raw_state: Some(raw(&instance.state, &ty)),
        };
        let upgraded = answer(self.service.upgrade_resource_state(Request::new(request)).await)?;
        if has_error(&upgraded.diagnostics) {
            return Ok(Applied { instance: Some(instance.clone()), diagnostics: upgraded.diagnostics });
        }
        let state = decode(upgraded.upgraded_state.as_ref(), &ty, "upgraded state")?;
        if state.as_ref() != Some(&instance.state) {
            let text = format!("a state of the current version was changed by its upgrade: {state:?}");
            return Err(Error::new(text));
        }
        let request = read_resource::Request {
            type_name: instance.type_name.clone(),
            current_state: encode(Some(&instance.state), &ty),
            private: instance.private.clone(),
            client_capabilities: Some(CLIENT),
            current_identity: encode_identity(instance.identity.as_ref(), identity),
            ..Default::default()
        };
        let response = answer(self.service.read_resource(Request::new(request)).await)?;
        self.hides_secrets(&response.new_state, &response.private, &response.diagnostics)?;
        let diagnostics = response.diagnostics;
        if has_error(&diagnostics) {
            return Ok(Applied { instance: Some(instance.clone()), diagnostics });
        }
        let Some(state) = decode(response.new_state.as_ref(), &ty, "state")? else {
            return Ok(Applied { instance: None, diagnostics });
        };
        rules::state_is_valid(shape, &state)?;
        echoes(&instance.private, &response.private, "read")?;
        let new_identity = decode_identity(response.new_identity.as_ref(), identity)?;
        stays(instance.identity.as_ref(), new_identity.as_ref(), false)?;
        let read = Instance { state, identity: new_identity, ..instance.clone() };
        Ok(Applied { instance: Some(read), diagnostics })
    }

    /// Imports and reads, as core does.
    pub async fn import(&mut self, address: &str, id: &str) -> Result<Report> {
        let request = import_resource_state::Request { id: id.to_owned(), ..import_request(address) };
        self.import_with(address, request).await
    }

    /// Imports by the identity of an object that is in the state under another address.
    pub async fn import_by_identity(&mut self, address: &str, other: &str) -> Result<Report> {
        let instance = self.instance(other)?;
        let ty = self.facts(&instance.type_name)?.identity;
        let identity = encode_identity(instance.identity.as_ref(), ty);
        let request = import_resource_state::Request { identity, ..import_request(address) };
        self.import_with(address, request).await
    }

    async fn import_with(&mut self, address: &str, request: import_resource_state::Request) -> Result<Report> {
        self.configure().await?;
        let type_name = request.type_name.clone();
        let Facts { shape, ty, identity } = self.facts(&type_name)?;
        let response = answer(self.service.import_resource_state(Request::new(request)).await)?;
        let mut report = Report::default();
        report.add(address, &response.diagnostics);
        if report.failed() {
            return Ok(report);
        }
        let [imported] = response.imported_resources.as_slice() else {
            return Err(Error::new(format!("{} objects were imported", response.imported_resources.len())));
        };
        if imported.type_name != type_name {
            return Err(Error::new(format!("a `{}` was imported", imported.type_name)));
        }
        let state = decode(imported.state.as_ref(), &ty, "imported state")?;
        let state = state.ok_or_else(|| Error::new("the imported state is null"))?;
        rules::state_is_valid(shape, &state)?;
        let mut instance = Instance::new(&type_name, state);
        instance.private = marked(imported.private.to_vec());
        instance.identity = decode_identity(imported.identity.as_ref(), identity)?;
        let read = self.read(&instance).await?;
        report.add(address, &read.diagnostics);
        match read.instance {
            Some(instance) if !report.failed() => drop(self.instances.insert(address.to_owned(), instance)),
            None => return Err(Error::new(format!("`{address}` was imported, but there is no such object"))),
            Some(_) => {}
        }
        Ok(report)
    }

    /// Brings the state of another provider's object under an address, as a `moved` block does.
    pub async fn move_from(&mut self, address: &str, source: &str, version: i64, state: &str) -> Result<Report> {
        self.configure().await?;
        let type_name = address.split('.').next().unwrap_or_default();
        let Facts { shape, ty, identity } = self.facts(type_name)?;
        let request = move_resource_state::Request {
            source_provider_address: "registry.terraform.io/peer/peer".to_owned(),
            source_type_name: source.to_owned(),
            source_schema_version: version,
            source_state: Some(crate::proto::tfplugin6::RawState {
                json: state.as_bytes().to_vec(),
                ..Default::default()
            }),
            target_type_name: type_name.to_owned(),
            ..Default::default()
        };
        let response = answer(self.service.move_resource_state(Request::new(request)).await)?;
        let mut report = Report::default();
        report.add(address, &response.diagnostics);
        if report.failed() {
            return Ok(report);
        }
        let state = decode(response.target_state.as_ref(), &ty, "moved state")?;
        let state = state.ok_or_else(|| Error::new("the moved state is null"))?;
        rules::state_is_valid(shape, &state)?;
        let mut instance = Instance::new(type_name, state);
        instance.private = marked(response.target_private.to_vec());
        instance.identity = decode_identity(response.target_identity.as_ref(), identity)?;
        self.instances.insert(address.to_owned(), instance);
        Ok(report)
    }

    pub(super) async fn read_data(&self, entry: &Entry, config: &Object) -> Result<Applied> {
        let shape = self.shape(entry)?;
        let ty = shape.ty();
        let request = read_data_source::Request {
            type_name: entry.type_name.clone(),
            config: encode(Some(config), &ty),
            client_capabilities: Some(CLIENT),
            ..Default::default()
        };
        let response = answer(self.service.read_data_source(Request::new(request)).await)?;
        let diagnostics = response.diagnostics;
        if has_error(&diagnostics) {
            return Ok(Applied { instance: None, diagnostics });
        }
        let state = decode(response.state.as_ref(), &ty, "data")?.ok_or_else(|| Error::new("the data are null"))?;
        rules::state_is_valid(shape, &state)?;
        rules::plan_is_valid(shape, config, None, &state)?;
        Ok(Applied { instance: Some(Instance::new(&entry.type_name, state)), diagnostics })
    }

    /// No write-only value may come back, whatever brings it.
    fn hides_secrets(&self, state: &Option<DynamicValue>, private: &[u8], said: &[Diagnostic]) -> Result<()> {
        let state = state.as_ref().map(|state| &state.msgpack[..]).unwrap_or_default();
        let said: String = said.iter().map(|one| format!("{} {}", one.summary, one.detail)).collect();
        for secret in &self.secrets {
            let shows = |bytes: &[u8]| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            if shows(state) || shows(private) || shows(said.as_bytes()) {
                return Err(Error::new("a write-only value is in an answer"));
            }
        }
        Ok(())
    }
}

fn import_request(address: &str) -> import_resource_state::Request {
    import_resource_state::Request {
        type_name: address.split('.').next().unwrap_or_default().to_owned(),
        client_capabilities: Some(CLIENT),
        ..Default::default()
    }
}

fn has_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == i32::from(Severity::Error))
}

fn marked(private: Vec<u8>) -> Vec<u8> {
    if private.is_empty() { MARK.to_vec() } else { private }
}

/// What a provider does not return of its private data is lost.
fn echoes(sent: &[u8], returned: &[u8], what: &str) -> Result<()> {
    match sent == MARK && returned != MARK {
        true => Err(Error::new(format!("the {what} lost the private data"))),
        false => Ok(()),
    }
}

/// Whether the plan says what the identity will be; it does not where another object is to take the place.
fn is_promised(identity: &Object, planned: &Object) -> bool {
    identity.keys().all(|name| planned.get(name).is_some_and(Value::is_wholly_known))
}

/// An object keeps its identity for life, and has one as soon as it exists.
fn stays(before: Option<&Object>, after: Option<&Object>, failed: bool) -> Result<()> {
    match (before, after) {
        (Some(before), Some(after)) if before != after => {
            Err(Error::new(format!("the identity changed from {before:?} to {after:?}")))
        }
        (_, None) if !failed => Err(Error::new("the answer has no identity")),
        _ => Ok(()),
    }
}
