//! The provider that is played: its schema, its configuration, and what becomes of objects.

use std::sync::{Arc, PoisonError, RwLock};

use tfplugin::engine::diagnostics;
use tfplugin::engine::wire::{decode_config, decode_object, encode, encode_object, raw_json};
use tfplugin::proto::tfplugin6::{
    DynamicValue, FunctionError, apply_resource_change, call_function, configure_provider, import_resource_state,
    move_resource_state, open_ephemeral_resource, plan_resource_change, read_data_source, read_resource,
    upgrade_resource_state, validate_data_resource_config, validate_resource_config,
};
use tfplugin::value::{Object, Value, from_state_json};
use tfplugin::{Error, Result};

use crate::configured::Configured;
use crate::data;
use crate::document::Document;
use crate::invent::Inventor;
use crate::mark::computed_is_unknown;
use crate::plan::{self, Plan};
use crate::schema::{Attribute, ProviderSchema, Schema};
use crate::validate;

/// One provider, played from its schema.
#[derive(Debug)]
pub(crate) struct Standin {
    document: Document,
    configured: RwLock<Arc<Configured>>,
}

impl Standin {
    pub(crate) fn new(document: Document) -> Self {
        Standin { document, configured: RwLock::default() }
    }

    pub(crate) fn schema(&self) -> &ProviderSchema {
        &self.document.schema
    }

    /// The provider's type, such as `aws`.
    pub(crate) fn name(&self) -> &str {
        self.document.name()
    }

    fn configured(&self) -> Arc<Configured> {
        Arc::clone(&self.configured.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn resource(&self, type_name: &str) -> Result<&Schema> {
        self.find(self.schema().resource_schemas.get(type_name), "resource", type_name)
    }

    fn data_source(&self, type_name: &str) -> Result<&Schema> {
        self.find(self.schema().data_source_schemas.get(type_name), "data source", type_name)
    }

    fn find<'a>(&self, found: Option<&'a Schema>, what: &str, type_name: &str) -> Result<&'a Schema> {
        found.ok_or_else(|| {
            Error::new(format!("the schema at hand of {} has no {what} `{type_name}`", self.document.source()))
        })
    }

    /// The object with its computed values, for a type that is read: `config` is all that is known.
    fn read(&self, type_name: &str, schema: &Schema, config: Object) -> Object {
        let configured = self.configured();
        let mut members = config;
        plan::decide(&schema.block, &configured, &mut members);
        members.extend(data::known(type_name, &configured, &members));
        computed_is_unknown(&schema.block, &mut members);
        Inventor::new(type_name, &configured, schema, &members).complete()
    }

    /// Keeps the configuration, and warns that this is not the provider.
    pub(crate) fn configure_provider(
        &self,
        request: &configure_provider::Request,
    ) -> Result<configure_provider::Response> {
        let config = decode_config(request.config.as_ref(), self.schema().provider.wire_type())?;
        *self.configured.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Configured::new(&config));
        let summary = format!("this is a stand-in for {}", self.document.source());
        let error = Error::new("no object is created, read or deleted anywhere, and what is computed is invented")
            .hint("`substrate test` put it in the provider's place, to test without an account.");
        Ok(configure_provider::Response { diagnostics: vec![diagnostics::warning(&summary, &error)] })
    }

    pub(crate) fn validate_resource_config(
        &self,
        request: &validate_resource_config::Request,
    ) -> Result<validate_resource_config::Response> {
        let schema = self.resource(&request.type_name)?;
        let config = decode_config(request.config.as_ref(), schema.wire_type())?;
        let faults = validate::faults(&request.type_name, schema, &self.document.constraints, &config);
        let summary = format!("{} is not valid", request.type_name);
        Ok(validate_resource_config::Response {
            diagnostics: faults.iter().map(|fault| diagnostics::error(&summary, fault)).collect(),
        })
    }

    pub(crate) fn validate_data_resource_config(
        &self,
        request: &validate_data_resource_config::Request,
    ) -> Result<validate_data_resource_config::Response> {
        let schema = self.data_source(&request.type_name)?;
        let config = decode_config(request.config.as_ref(), schema.wire_type())?;
        let summary = format!("{} is not valid", request.type_name);
        let faults = validate::unconfigurable(&schema.block, &config);
        Ok(validate_data_resource_config::Response {
            diagnostics: faults.iter().map(|fault| diagnostics::error(&summary, fault)).collect(),
        })
    }

    pub(crate) fn upgrade_resource_state(
        &self,
        request: &upgrade_resource_state::Request,
    ) -> Result<upgrade_resource_state::Response> {
        let ty = self.resource(&request.type_name)?.wire_type();
        let state = from_state_json(raw_json(request.raw_state.as_ref())?, ty)
            .map_err(|error| Error::new(format!("the state does not fit the schema: {error}")))?;
        Ok(upgrade_resource_state::Response { upgraded_state: Some(encode(&state, ty)), diagnostics: Vec::new() })
    }

    /// What is in the state is what there is.
    pub(crate) fn read_resource(&self, request: &read_resource::Request) -> Result<read_resource::Response> {
        self.resource(&request.type_name)?;
        let new_state = request.current_state.clone();
        Ok(read_resource::Response { new_state, private: request.private.clone(), ..Default::default() })
    }

    pub(crate) fn plan_resource_change(
        &self,
        request: &plan_resource_change::Request,
    ) -> Result<plan_resource_change::Response> {
        let schema = self.resource(&request.type_name)?;
        let ty = schema.wire_type();
        let prior = decode_object(request.prior_state.as_ref(), ty)?;
        let Some(proposed) = decode_object(request.proposed_new_state.as_ref(), ty)? else {
            let planned_state = Some(encode_object(None, ty));
            return Ok(plan_resource_change::Response { planned_state, ..Default::default() });
        };
        let Plan { planned, replace } =
            plan::plan(&request.type_name, schema, &self.configured(), prior.as_ref(), proposed);
        Ok(plan_resource_change::Response {
            planned_state: Some(encode_object(Some(planned), ty)),
            requires_replace: replace.iter().map(diagnostics::path).collect(),
            planned_private: request.prior_private.clone(),
            // The schemas are those of older providers too, which leave nulls and zeros where a configuration has none.
            legacy_type_system: true,
            ..Default::default()
        })
    }

    pub(crate) fn apply_resource_change(
        &self,
        request: &apply_resource_change::Request,
    ) -> Result<apply_resource_change::Response> {
        let schema = self.resource(&request.type_name)?;
        let ty = schema.wire_type();
        let planned = decode_object(request.planned_state.as_ref(), ty)?;
        let new_state = planned.map(|mut planned| {
            let configured = self.configured();
            plan::decide(&schema.block, &configured, &mut planned);
            planned.extend(data::computed(&request.type_name, &planned));
            Inventor::new(&request.type_name, &configured, schema, &planned).complete()
        });
        Ok(apply_resource_change::Response {
            new_state: Some(encode_object(new_state, ty)),
            private: request.planned_private.clone(),
            legacy_type_system: true,
            ..Default::default()
        })
    }

    /// An object of the id that was asked for; all else of it is invented.
    pub(crate) fn import_resource_state(
        &self,
        request: &import_resource_state::Request,
    ) -> Result<import_resource_state::Response> {
        let schema = self.resource(&request.type_name)?;
        let known = |(name, attribute): (&String, &Attribute)| {
            let id = name == "id" && attribute.value_type() == tfplugin::value::Type::String;
            (name.clone(), if id { request.id.as_str().into() } else { Value::Null })
        };
        let config = schema.block.attributes.iter().map(known).collect();
        let state = self.read(&request.type_name, schema, config);
        let imported = import_resource_state::ImportedResource {
            type_name: request.type_name.clone(),
            state: Some(encode_object(Some(state), schema.wire_type())),
            ..Default::default()
        };
        Ok(import_resource_state::Response { imported_resources: vec![imported], ..Default::default() })
    }

    /// Takes over what the other type's state has under the same names.
    pub(crate) fn move_resource_state(
        &self,
        request: &move_resource_state::Request,
    ) -> Result<move_resource_state::Response> {
        let ty = self.resource(&request.target_type_name)?.wire_type();
        let state = from_state_json(raw_json(request.source_state.as_ref())?, ty)
            .map_err(|error| Error::new(format!("the state of {} does not fit: {error}", request.source_type_name)))?;
        Ok(move_resource_state::Response { target_state: Some(encode(&state, ty)), ..Default::default() })
    }

    pub(crate) fn read_data_source(&self, request: &read_data_source::Request) -> Result<read_data_source::Response> {
        let schema = self.data_source(&request.type_name)?;
        let config = decode_config(request.config.as_ref(), schema.wire_type())?;
        let state = match request.type_name.as_str() {
            data::POLICY_DOCUMENT => self.read(&request.type_name, schema, data::policy_document(config)?),
            _ => self.read(&request.type_name, schema, config),
        };
        Ok(read_data_source::Response {
            state: Some(encode_object(Some(state), schema.wire_type())),
            ..Default::default()
        })
    }

    pub(crate) fn open_ephemeral_resource(
        &self,
        request: &open_ephemeral_resource::Request,
    ) -> Result<open_ephemeral_resource::Response> {
        let found = self.schema().ephemeral_resource_schemas.get(&request.type_name);
        let schema = self.find(found, "ephemeral resource", &request.type_name)?;
        let config = decode_config(request.config.as_ref(), schema.wire_type())?;
        let result = self.read(&request.type_name, schema, config);
        Ok(open_ephemeral_resource::Response {
            result: Some(encode_object(Some(result), schema.wire_type())),
            ..Default::default()
        })
    }

    /// The result of a function: a value of its type, as if it was an attribute of the function's name.
    pub(crate) fn call_function(&self, request: &call_function::Request) -> call_function::Response {
        let result = self.schema().functions.get(&request.name).map(|signature| {
            let attribute =
                Attribute { r#type: Some(signature.return_type.clone()), computed: true, ..Attribute::default() };
            let schema = Schema::of([(request.name.clone(), attribute)].into());
            let mut result = self.read(&arguments(&request.arguments), &schema, Object::new());
            encode(&result.remove(&request.name).unwrap_or_default(), &signature.return_type)
        });
        let error = result.is_none().then(|| FunctionError {
            text: format!("the schema at hand of {} has no function `{}`", self.document.source(), request.name),
            function_argument: None,
        });
        call_function::Response { result, error }
    }
}

/// The arguments of a call as one text, so that other arguments give another result.
fn arguments(arguments: &[DynamicValue]) -> String {
    arguments.iter().map(|argument| format!("{:?}", argument.msgpack)).collect()
}
