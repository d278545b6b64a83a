//! The RPCs of managed resources.

use std::time::SystemTime;

use bytes::Bytes;

use crate::engine::apply::{Outcome, Subject, is_readable};
use crate::engine::configured::Configured;
use crate::engine::erased::{ErasedResource, Managed};
use crate::engine::provider::Provider;
use crate::engine::wire::{decode_config, decode_object, encode_identity, encode_object, raw_json};
use crate::engine::write_only::{with_write_only, without_write_only};
use crate::engine::{diagnostics, identity, import, oracle, plan, upgrade};
use crate::generated::ErasedGenerated;
use crate::operation::Operation;
use crate::proto::tfplugin6::{
    self, DynamicValue, ServerCapabilities, apply_resource_change, generate_resource_config, import_resource_state,
    move_resource_state, plan_resource_change, read_resource, upgrade_resource_identity, upgrade_resource_state,
    validate_resource_config,
};
use crate::schema::{Field, Findings, Kind, member, validate};
use crate::value::{Gather, Object, Path, Step, Value};
use crate::{Error, Result};

type Diagnostics = Vec<tfplugin6::Diagnostic>;

/// What this server can do beyond the first version of the protocol.
pub(crate) const CAPABILITIES: ServerCapabilities = ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: true,
};

impl Provider {
    pub(crate) async fn validate_resource_config(
        &self,
        request: validate_resource_config::Request,
    ) -> validate_resource_config::Response {
        let write_only_allowed = request.client_capabilities.is_some_and(|client| client.write_only_attributes_allowed);
        let findings = self.resource(&request.type_name).and_then(|(_, resource, ty)| {
            let config = decode_config(request.config.as_ref(), ty)?;
            let table = resource.table();
            let mut findings = validate(table.fields, table.rules, &config);
            if !write_only_allowed {
                refuse_write_only(table.fields, &config, &Path::default(), &mut findings.errors);
            }
            Ok(findings)
        });
        let diagnostics = judgement(&request.type_name, findings);
        validate_resource_config::Response { diagnostics }
    }

    pub(crate) async fn upgrade_resource_state(
        &self,
        request: upgrade_resource_state::Request,
    ) -> upgrade_resource_state::Response {
        let upgraded = self.resource(&request.type_name).and_then(|(_, resource, ty)| {
            let json = raw_json(request.raw_state.as_ref())?;
            Ok(encode_object(Some(upgrade::upgrade(&**resource, request.version, json)?), ty))
        });
        let (upgraded_state, diagnostics) = or_diagnostics(upgraded, "use the state of", &request.type_name);
        upgrade_resource_state::Response { upgraded_state, diagnostics }
    }

    pub(crate) async fn read_resource(&self, request: read_resource::Request) -> read_resource::Response {
        let unchanged = (request.current_state.clone(), request.current_identity.clone());
        let read = self.refresh(&request).await;
        let ((new_state, new_identity), diagnostics) = match read {
            Ok(Some(read)) => (read, Vec::new()),
            Ok(None) => (unchanged, Vec::new()),
            Err(error) => (unchanged, vec![cannot("read", &request.type_name, &error)]),
        };
        read_resource::Response { new_state, new_identity, diagnostics, private: request.private, deferred: None }
    }

    /// None where nothing can be asked yet, or nobody may read the object, and the state stays as it is.
    async fn refresh(
        &self,
        request: &read_resource::Request,
    ) -> Result<Option<(Option<DynamicValue>, Option<tfplugin6::ResourceIdentityData>)>> {
        let (backend, resource, ty) = self.resource(&request.type_name)?;
        let configured = self.configured();
        if configured.is_unknown(backend) {
            return Ok(None);
        }
        let Some(prior) = decode_object(request.current_state.as_ref(), ty)? else {
            return Ok(None);
        };
        if !is_readable(resource.table().fields, &prior) {
            return Ok(None);
        }
        let client = configured.client(backend).await?;
        let stop = configured.stop.clone();
        let type_name = &request.type_name;
        let subject = Subject { resource: &**resource, client, stop, claims: &configured.claims, type_name };
        let state = subject.read(&prior).await?;
        let identity = state.as_ref().and_then(|state| identity_data(&**resource, state));
        Ok(Some((Some(encode_object(state, ty)), identity)))
    }

    pub(crate) async fn plan_resource_change(
        &self,
        request: plan_resource_change::Request,
    ) -> plan_resource_change::Response {
        let private = request.prior_private.clone();
        let mut response = self.plan(&request).unwrap_or_else(|error| plan_resource_change::Response {
            diagnostics: vec![cannot("plan", &request.type_name, &error)],
            ..Default::default()
        });
        response.planned_private = private;
        response
    }

    fn plan(&self, request: &plan_resource_change::Request) -> Result<plan_resource_change::Response> {
        let (backend, resource, ty) = self.resource(&request.type_name)?;
        let table = resource.table();
        let prior = decode_object(request.prior_state.as_ref(), ty)?;
        let proposed = decode_object(request.proposed_new_state.as_ref(), ty)?;
        let (Some(config), true) = (decode_object(request.config.as_ref(), ty)?, proposed.is_some()) else {
            let planned_state = Some(encode_object(None, ty));
            return Ok(plan_resource_change::Response { planned_state, ..Default::default() });
        };
        let now = SystemTime::now();
        let is_due = |object: Object| match resource {
            Managed::Generated(resource) => resource.is_due(object, now),
            Managed::Written(_) => false,
        };
        let plan::Plan { planned, replace, refused } =
            plan::plan(table, self.configured().given(backend), &config, prior.as_ref(), is_due);
        match (resource, &prior) {
            (Managed::Generated(resource), _) if identity::identity(table, &planned).is_none() => {
                resource.check(planned.clone(), now)?;
            }
            (Managed::Written(resource), Some(prior)) if *prior != planned => {
                if let Ok(Some(settings)) = self.configured().settings(backend) {
                    resource.permit(settings, prior.clone(), with_write_only(table.fields, &planned, &config))?;
                }
            }
            _ => {}
        }
        let verb = if prior.is_some() { "change" } else { "create" };
        let mut diagnostics: Diagnostics =
            refused.iter().map(|error| cannot(verb, &request.type_name, error)).collect();
        if cfg!(debug_assertions) {
            let errors = oracle::plan_errors(table.fields, &config, prior.as_ref(), &planned);
            diagnostics.extend(errors.iter().map(|error| cannot("plan", &request.type_name, error)));
        }
        // A replacement has another identity, which nobody knows yet, and so has a successor.
        let known_identity = identity_data(&**resource, &planned).filter(|_| replace.is_empty());
        let planned_identity = known_identity.or_else(|| request.prior_identity.clone());
        Ok(plan_resource_change::Response {
            planned_state: Some(encode_object(Some(planned), ty)),
            requires_replace: replace.iter().map(diagnostics::path).collect(),
            planned_identity,
            diagnostics,
            ..Default::default()
        })
    }

    pub(crate) async fn apply_resource_change(
        &self,
        request: apply_resource_change::Request,
    ) -> apply_resource_change::Response {
        let verb = match (is_null(request.prior_state.as_ref()), is_null(request.planned_state.as_ref())) {
            (true, _) => "create",
            (_, true) => "delete",
            _ => "update",
        };
        let unchanged = (request.prior_state.clone(), request.planned_identity.clone());
        let ((new_state, new_identity), diagnostics) = match self.apply(&request).await {
            Ok((state, identity, outcome)) => {
                let name = &request.type_name;
                let mut diagnostics: Diagnostics =
                    outcome.error.iter().map(|error| cannot(verb, name, error)).collect();
                let summary = format!("`{name}` differs from the plan");
                diagnostics.extend(outcome.warnings.iter().map(|error| diagnostics::warning(&summary, error)));
                ((state, identity), diagnostics)
            }
            Err(error) => (unchanged, vec![cannot(verb, &request.type_name, &error)]),
        };
        let private = request.planned_private;
        apply_resource_change::Response { new_state, new_identity, private, diagnostics, legacy_type_system: false }
    }

    async fn apply(
        &self,
        request: &apply_resource_change::Request,
    ) -> Result<(Option<DynamicValue>, Option<tfplugin6::ResourceIdentityData>, Outcome)> {
        let (backend, resource, ty) = self.resource(&request.type_name)?;
        let prior = decode_object(request.prior_state.as_ref(), ty)?;
        let planned = decode_object(request.planned_state.as_ref(), ty)?;
        let config = decode_object(request.config.as_ref(), ty)?.unwrap_or_default();
        let configured = self.configured();
        let (claims, stop, type_name) = (&configured.claims, configured.stop.clone(), &*request.type_name);
        let client = configured.client(backend).await?;
        let mut outcome = match resource {
            Managed::Written(resource) => {
                let subject = Subject { resource: &**resource, client, stop, claims, type_name };
                match (prior, planned.clone()) {
                    (Some(prior), None) => subject.delete(prior).await,
                    (Some(prior), Some(planned)) => subject.update(prior, planned, &config).await,
                    (None, Some(planned)) => subject.create(planned, &config).await,
                    (None, None) => Outcome::default(),
                }
            }
            Managed::Generated(resource) => {
                let subject = Subject { resource: &**resource, client, stop, claims, type_name };
                self.apply_generated(&subject, &configured, prior, planned.clone(), &config).await?
            }
        };
        let fields = resource.table().fields;
        outcome.state = outcome.state.map(|state| without_write_only(fields, state));
        if let (true, None, Some(planned), Some(state)) =
            (cfg!(debug_assertions), &outcome.error, &planned, &outcome.state)
        {
            outcome.error = oracle::result_errors(fields, planned, state).into_iter().next();
        }
        let identity = outcome.state.as_ref().and_then(|state| identity_data(&**resource, state));
        Ok((Some(encode_object(outcome.state.take(), ty)), identity, outcome))
    }

    async fn apply_generated(
        &self,
        subject: &Subject<'_, dyn ErasedGenerated>,
        configured: &Configured,
        prior: Option<Object>,
        planned: Option<Object>,
        config: &Object,
    ) -> Result<Outcome> {
        Ok(match (prior, planned) {
            (Some(prior), None) => subject.revoke_all(prior).await,
            // The object stays itself where only notes change.
            (Some(prior), Some(planned)) if identity::identity(subject.table(), &planned).is_some() => {
                subject.note(prior, planned).await
            }
            (Some(prior), Some(planned)) => {
                subject.succeed(prior, &planned, config, &self.delivery(configured, &planned)?).await
            }
            (None, Some(planned)) => subject.issue(&planned, config, &self.delivery(configured, &planned)?).await,
            (None, None) => Outcome::default(),
        })
    }

    pub(crate) async fn import_resource_state(
        &self,
        request: import_resource_state::Request,
    ) -> import_resource_state::Response {
        match self.import(&request).await {
            Ok(imported) => {
                import_resource_state::Response { imported_resources: vec![imported], ..Default::default() }
            }
            Err(error) => import_resource_state::Response {
                diagnostics: vec![cannot("import", &request.type_name, &error)],
                ..Default::default()
            },
        }
    }

    async fn import(
        &self,
        request: &import_resource_state::Request,
    ) -> Result<import_resource_state::ImportedResource> {
        let (backend, resource, ty) = self.resource(&request.type_name)?;
        let table = resource.table();
        let identity = request.identity.as_ref().and_then(|identity| identity.identity_data.as_ref());
        let key = match decode_object(identity, &identity::identity_type(table))? {
            Some(key) => key,
            None => {
                let configured = self.configured();
                let client = configured.client(backend).await?;
                let operation = Operation::new(configured.stop.clone(), None);
                operation.run(import::key_of(&**resource, client, &request.id)).await?
            }
        };
        let state = import::stub(table, &key);
        Ok(import_resource_state::ImportedResource {
            type_name: request.type_name.clone(),
            identity: identity_data(&**resource, &state),
            state: Some(encode_object(Some(state), ty)),
            private: Bytes::new().into(),
        })
    }

    pub(crate) async fn move_resource_state(
        &self,
        request: move_resource_state::Request,
    ) -> move_resource_state::Response {
        let moved = async {
            let (_, resource, ty) = self.resource(&request.target_type_name)?;
            let json = raw_json(request.source_state.as_ref())?;
            let state = upgrade::moved(&**resource, &request.target_type_name, &request.source_type_name, json).await?;
            Ok((encode_object(Some(state.clone()), ty), identity_data(&**resource, &state)))
        };
        let (moved, diagnostics) = or_diagnostics(moved.await, "move to", &request.target_type_name);
        let (target_state, target_identity) = moved.unzip();
        let target_identity = target_identity.flatten();
        move_resource_state::Response { target_state, target_identity, diagnostics, ..Default::default() }
    }

    pub(crate) async fn generate_resource_config(
        &self,
        request: generate_resource_config::Request,
    ) -> generate_resource_config::Response {
        let generated = self.resource(&request.type_name).and_then(|(_, resource, ty)| {
            let state = decode_config(request.state.as_ref(), ty)?;
            Ok(encode_object(Some(as_config(resource.table().fields, &state)), ty))
        });
        let (config, diagnostics) = or_diagnostics(generated, "write the configuration of", &request.type_name);
        generate_resource_config::Response { config, diagnostics }
    }

    pub(crate) async fn upgrade_resource_identity(
        &self,
        request: upgrade_resource_identity::Request,
    ) -> upgrade_resource_identity::Response {
        let upgraded = self.resource(&request.type_name).and_then(|(_, resource, _)| {
            let ty = identity::identity_type(resource.table());
            let json = raw_json(request.raw_identity.as_ref())?;
            let identity = crate::value::from_state_json(json, &ty).map_err(|error| upgrade::refused(&error))?;
            Ok(encode_identity(Some(identity), &ty))
        });
        let (upgraded_identity, diagnostics) = or_diagnostics(upgraded, "use the identity of", &request.type_name);
        upgrade_resource_identity::Response { upgraded_identity: upgraded_identity.flatten(), diagnostics }
    }
}

/// The diagnostic of a failed operation.
pub(crate) fn cannot(verb: &str, type_name: &str, error: &Error) -> tfplugin6::Diagnostic {
    diagnostics::error(&format!("cannot {verb} `{type_name}`"), error)
}

/// The diagnostics of a configuration.
pub(crate) fn judgement(type_name: &str, findings: Result<Findings>) -> Diagnostics {
    let Findings { errors, warnings } =
        findings.unwrap_or_else(|error| Findings { errors: vec![error], ..Findings::default() });
    let (invalid, doubtful) =
        (format!("invalid configuration of `{type_name}`"), format!("doubtful configuration of `{type_name}`"));
    let errors = errors.iter().map(|error| diagnostics::error(&invalid, error));
    errors.chain(warnings.iter().map(|warning| diagnostics::warning(&doubtful, warning))).collect()
}

/// A result as a value and its diagnostics.
pub(crate) fn or_diagnostics<T>(result: Result<T>, verb: &str, type_name: &str) -> (Option<T>, Diagnostics) {
    match result {
        Ok(value) => (Some(value), Vec::new()),
        Err(error) => (None, vec![cannot(verb, type_name, &error)]),
    }
}

fn identity_data(resource: &dyn ErasedResource, object: &Object) -> Option<tfplugin6::ResourceIdentityData> {
    let table = resource.table();
    encode_identity(identity::identity(table, object), &identity::identity_type(table))
}

fn is_null(dynamic: Option<&DynamicValue>) -> bool {
    dynamic.is_none_or(|dynamic| dynamic.json.is_empty() && matches!(&dynamic.msgpack[..], [] | [0xc0]))
}

/// A host that does not know write-only attributes would keep them in its state.
fn refuse_write_only(fields: &[Field], config: &Object, at: &Path, problems: &mut Vec<Error>) {
    for field in fields {
        let path = at.then(Step::Attribute(field.name.to_owned()));
        let value = member(config, field.name);
        if field.write_only && !value.is_null() {
            let text = format!("`{path}` is write-only, which this version of the host does not support");
            problems.push(Error::new(text).hint("It needs Terraform 1.11 or OpenTofu 1.11.").at(path));
        } else if let Some(fields) = field.nested() {
            for (step, members) in objects_in(&field.kind, value) {
                let path = step.map_or(path.clone(), |step| path.then(step));
                refuse_write_only(fields, members, &path, problems);
            }
        }
    }
}

/// The objects that a nested attribute holds, each with the step that leads to it.
fn objects_in<'a>(kind: &Kind, value: &'a Value) -> Vec<(Option<Step>, &'a Object)> {
    match (kind, value) {
        (Kind::Object(_), Value::Map(members)) => vec![(None, members)],
        (Kind::Map(_), Value::Map(members)) => {
            let objects =
                members.iter().filter_map(|(key, member)| Some((Some(Step::Key(key.clone())), member.as_map()?)));
            objects.collect()
        }
        (_, Value::List(elements)) => {
            let steps = elements.iter().zip(0..).map(|(element, index)| (Some(Step::Index(index)), element.as_map()));
            steps.filter_map(|(step, members)| Some((step, members?))).collect()
        }
        _ => Vec::new(),
    }
}

/// A state as somebody would write it: without what the backend computes and without defaults.
fn as_config(fields: &[Field], state: &Object) -> Object {
    let members = fields.iter().map(|field| {
        let value = member(state, field.name);
        let implied = field.is_computed_only() || field.default.is_some_and(|default| default() == *value);
        (field.name.to_owned(), if implied { Value::Null } else { value_as_config(&field.kind, value) })
    });
    members.gather()
}

fn value_as_config(kind: &Kind, value: &Value) -> Value {
    match (kind, value) {
        (Kind::Object(fields), Value::Map(members)) => Value::Map(as_config(fields, members)),
        (Kind::List(kind) | Kind::Set(kind), Value::List(elements)) => {
            Value::List(elements.iter().map(|element| value_as_config(kind, element)).collect())
        }
        (Kind::Map(kind), Value::Map(members)) => {
            Value::Map(members.iter().map(|(key, member)| (key.clone(), value_as_config(kind, member))).gather())
        }
        (_, value) => value.clone(),
    }
}
