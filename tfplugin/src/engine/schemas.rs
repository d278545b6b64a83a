//! The RPCs that tell what there is.

use std::collections::BTreeMap;

use crate::engine::identity;
use crate::engine::provider::{Position, Provider};
use crate::engine::resources::CAPABILITIES;
use crate::proto::tfplugin6::{
    self, ActionSchema, Function, Schema, StringKind, function, get_functions, get_metadata, get_provider_schema,
    get_resource_identity_schemas, resource_identity_schema,
};
use crate::schema::{Table, argument_type, block, wire_type};
use crate::value::Gather;

impl Provider {
    /// The schema, made once per process however often it is asked for.
    pub(crate) async fn get_provider_schema(&self, _: get_provider_schema::Request) -> get_provider_schema::Response {
        let schema = self.schema.get_or_init(|| get_provider_schema::Response {
            provider: Some(block(0, self.doc, self.config_fields)),
            resource_schemas: self.schemas(&self.resources, |at| self.backends[at.backend].resources[at.index].table()),
            data_source_schemas: self
                .schemas(&self.data_sources, |at| self.backends[at.backend].data_sources[at.index].table()),
            ephemeral_resource_schemas: self
                .schemas(&self.ephemerals, |at| self.backends[at.backend].ephemerals[at.index].table()),
            list_resource_schemas: self.schemas(&self.lists, |at| self.backends[at.backend].lists[at.index].table()),
            action_schemas: self
                .schemas(&self.actions, |at| self.backends[at.backend].actions[at.index].table())
                .into_iter()
                .map(|(name, schema)| (name, ActionSchema { schema: Some(schema) }))
                .collect(),
            functions: self.function_signatures(),
            server_capabilities: Some(CAPABILITIES),
            ..Default::default()
        });
        schema.clone()
    }

    fn schemas(
        &self,
        positions: &BTreeMap<String, Position>,
        table: impl Fn(&Position) -> &'static Table,
    ) -> BTreeMap<String, Schema> {
        let schemas = positions.iter().map(|(name, position)| {
            let table = table(position);
            (name.clone(), block(table.version, table.doc, table.fields))
        });
        schemas.gather()
    }

    fn function_signatures(&self) -> BTreeMap<String, Function> {
        let signatures = self.functions.iter().map(|(name, at)| {
            let function = &self.backends[at.backend].functions[at.index];
            let table = function.table();
            let parameters = table.fields.iter().map(|field| function::Parameter {
                name: field.name.to_owned(),
                r#type: argument_type(&field.kind).to_json(),
                allow_null_value: field.nullable,
                allow_unknown_values: false,
                description: field.doc.to_owned(),
                description_kind: StringKind::Markdown.into(),
            });
            let signature = Function {
                parameters: parameters.collect(),
                r#return: Some(function::Return { r#type: wire_type(&function.output()).to_json() }),
                summary: table.doc.lines().next().unwrap_or_default().to_owned(),
                description: table.doc.to_owned(),
                description_kind: StringKind::Markdown.into(),
                ..Default::default()
            };
            ((*name).to_owned(), signature)
        });
        signatures.gather()
    }

    pub(crate) async fn get_functions(&self, _: get_functions::Request) -> get_functions::Response {
        get_functions::Response { functions: self.function_signatures(), diagnostics: Vec::new() }
    }

    pub(crate) async fn get_metadata(&self, _: get_metadata::Request) -> get_metadata::Response {
        let names = |positions: &BTreeMap<String, Position>| positions.keys().cloned().collect::<Vec<_>>();
        get_metadata::Response {
            server_capabilities: Some(CAPABILITIES),
            resources: names(&self.resources)
                .into_iter()
                .map(|type_name| get_metadata::ResourceMetadata { type_name })
                .collect(),
            data_sources: names(&self.data_sources)
                .into_iter()
                .map(|type_name| get_metadata::DataSourceMetadata { type_name })
                .collect(),
            ephemeral_resources: names(&self.ephemerals)
                .into_iter()
                .map(|type_name| get_metadata::EphemeralMetadata { type_name })
                .collect(),
            list_resources: names(&self.lists)
                .into_iter()
                .map(|type_name| get_metadata::ListResourceMetadata { type_name })
                .collect(),
            actions: names(&self.actions)
                .into_iter()
                .map(|type_name| get_metadata::ActionMetadata { type_name })
                .collect(),
            functions: self
                .functions
                .keys()
                .map(|name| get_metadata::FunctionMetadata { name: (*name).to_owned() })
                .collect(),
            ..Default::default()
        }
    }

    pub(crate) async fn get_resource_identity_schemas(
        &self,
        _: get_resource_identity_schemas::Request,
    ) -> get_resource_identity_schemas::Response {
        let identity_schemas = self.resources.iter().map(|(name, at)| {
            let table = self.backends[at.backend].resources[at.index].table();
            (name.clone(), identity_schema(table))
        });
        get_resource_identity_schemas::Response {
            identity_schemas: identity_schemas.collect(),
            diagnostics: Vec::new(),
        }
    }
}

fn identity_schema(table: &Table) -> tfplugin6::ResourceIdentitySchema {
    let attributes = table.key.iter().filter_map(|name| {
        let field = table.field(name)?;
        Some(resource_identity_schema::IdentityAttribute {
            name: field.name.to_owned(),
            r#type: wire_type(&field.kind).to_json(),
            required_for_import: table.needs(name),
            optional_for_import: !table.needs(name),
            description: field.doc.to_owned(),
        })
    });
    debug_assert!(matches!(identity::identity_type(table), crate::value::Type::Object(_)));
    tfplugin6::ResourceIdentitySchema { version: 0, identity_attributes: attributes.collect() }
}
