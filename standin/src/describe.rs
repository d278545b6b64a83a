//! The RPCs that tell what there is.

use std::collections::BTreeMap;

use tfplugin::proto::tfplugin6::{ServerCapabilities, get_functions, get_metadata, get_provider_schema};
use tfplugin::value::Type;

use crate::schema::{Attribute, Schema};
use crate::standin::Standin;

const CAPABILITIES: ServerCapabilities = ServerCapabilities {
    plan_destroy: false,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: false,
};

impl Standin {
    pub(crate) fn get_provider_schema(&self) -> get_provider_schema::Response {
        let schema = self.schema();
        get_provider_schema::Response {
            provider: Some((&schema.provider).into()),
            resource_schemas: all(&schema.resource_schemas),
            data_source_schemas: all(&schema.data_source_schemas),
            ephemeral_resource_schemas: all(&schema.ephemeral_resource_schemas),
            functions: all(&schema.functions),
            provider_meta: provider_meta(self.name()).as_ref().map(Into::into),
            server_capabilities: Some(CAPABILITIES),
            ..Default::default()
        }
    }

    pub(crate) fn get_functions(&self) -> get_functions::Response {
        get_functions::Response { functions: all(&self.schema().functions), diagnostics: Vec::new() }
    }

    pub(crate) fn get_metadata(&self) -> get_metadata::Response {
        let schema = self.schema();
        let resource = |type_name: &String| get_metadata::ResourceMetadata { type_name: type_name.clone() };
        let data_source = |type_name: &String| get_metadata::DataSourceMetadata { type_name: type_name.clone() };
        let ephemeral = |type_name: &String| get_metadata::EphemeralMetadata { type_name: type_name.clone() };
        get_metadata::Response {
            server_capabilities: Some(CAPABILITIES),
            resources: schema.resource_schemas.keys().map(resource).collect(),
            data_sources: schema.data_source_schemas.keys().map(data_source).collect(),
            ephemeral_resources: schema.ephemeral_resource_schemas.keys().map(ephemeral).collect(),
            functions: schema
                .functions
                .keys()
                .map(|name| get_metadata::FunctionMetadata { name: name.clone() })
                .collect(),
            ..Default::default()
        }
    }
}

fn all<'a, S, W: From<&'a S>>(schemas: &'a BTreeMap<String, S>) -> BTreeMap<String, W> {
    schemas.iter().map(|(name, schema)| (name.clone(), schema.into())).collect()
}

/// What a module may say to the provider about itself. The JSON of schemas leaves it out, so what is known stands here.
pub(crate) fn provider_meta(provider: &str) -> Option<Schema> {
    let user_agent =
        Attribute { r#type: Some(Type::List(Box::new(Type::String))), optional: true, ..Attribute::default() };
    (provider == "aws").then(|| Schema::of([("user_agent".to_owned(), user_agent)].into()))
}
