//! Schemas as the protocol carries them.

use std::collections::BTreeMap;

use tfplugin::proto::tfplugin6::schema::{self, nested_block, object};
use tfplugin::proto::tfplugin6::{self as proto, StringKind, function};

use super::block::{Attribute, Block, FunctionSchema, NestedAttributes, NestedBlock, Parameter, Prose};
use super::{Nesting, Schema};

impl From<&Schema> for proto::Schema {
    fn from(schema: &Schema) -> Self {
        proto::Schema { version: schema.version, block: Some((&schema.block).into()) }
    }
}

impl From<&Block> for schema::Block {
    fn from(block: &Block) -> Self {
        schema::Block {
            attributes: attributes(&block.attributes),
            block_types: block.block_types.iter().map(nested_block).collect(),
            description: block.description.clone(),
            description_kind: StringKind::from(block.description_kind).into(),
            deprecated: block.deprecated,
            deprecation_message: block.deprecation_message.clone(),
            ..Default::default()
        }
    }
}

impl From<&FunctionSchema> for proto::Function {
    fn from(signature: &FunctionSchema) -> Self {
        proto::Function {
            parameters: signature.parameters.iter().map(Into::into).collect(),
            variadic_parameter: signature.variadic_parameter.as_ref().map(Into::into),
            r#return: Some(function::Return { r#type: signature.return_type.to_json() }),
            summary: signature.summary.clone(),
            description: signature.description.clone(),
            description_kind: StringKind::Plain.into(),
            deprecation_message: signature.deprecation_message.clone(),
        }
    }
}

impl From<&Parameter> for function::Parameter {
    fn from(parameter: &Parameter) -> Self {
        function::Parameter {
            name: parameter.name.clone(),
            r#type: parameter.r#type.to_json(),
            allow_null_value: parameter.is_nullable,
            description: parameter.description.clone(),
            ..Default::default()
        }
    }
}

impl From<Prose> for StringKind {
    fn from(prose: Prose) -> Self {
        match prose {
            Prose::Plain => StringKind::Plain,
            Prose::Markdown => StringKind::Markdown,
        }
    }
}

fn attributes(attributes: &BTreeMap<String, Attribute>) -> Vec<schema::Attribute> {
    attributes.iter().map(|(name, attribute)| one_attribute(name, attribute)).collect()
}

fn one_attribute(name: &str, attribute: &Attribute) -> schema::Attribute {
    schema::Attribute {
        name: name.to_owned(),
        // An attribute has a type or is nested, never both.
        r#type: match attribute.nested_type {
            Some(_) => Vec::new(),
            None => attribute.value_type().to_json(),
        },
        nested_type: attribute.nested_type.as_ref().map(nested_attributes),
        description: attribute.description.clone(),
        description_kind: StringKind::from(attribute.description_kind).into(),
        required: attribute.required,
        optional: attribute.optional,
        computed: attribute.computed,
        sensitive: attribute.sensitive,
        deprecated: attribute.deprecated,
        write_only: attribute.write_only,
        deprecation_message: attribute.deprecation_message.clone(),
    }
}

fn nested_attributes(nested: &NestedAttributes) -> schema::Object {
    let nesting = match nested.nesting_mode {
        Nesting::Single | Nesting::Group => object::NestingMode::Single,
        Nesting::List => object::NestingMode::List,
        Nesting::Set => object::NestingMode::Set,
        Nesting::Map => object::NestingMode::Map,
    };
    schema::Object { attributes: attributes(&nested.attributes), nesting: nesting.into(), ..Default::default() }
}

fn nested_block((name, nested): (&String, &NestedBlock)) -> schema::NestedBlock {
    let nesting = match nested.nesting_mode {
        Nesting::Single => nested_block::NestingMode::Single,
        Nesting::Group => nested_block::NestingMode::Group,
        Nesting::List => nested_block::NestingMode::List,
        Nesting::Set => nested_block::NestingMode::Set,
        Nesting::Map => nested_block::NestingMode::Map,
    };
    schema::NestedBlock {
        type_name: name.clone(),
        block: Some((&nested.block).into()),
        nesting: nesting.into(),
        min_items: nested.min_items,
        max_items: nested.max_items,
    }
}
