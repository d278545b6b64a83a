//! Blocks and attributes, as they stand in the JSON of a schema, and the types of their values.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use tfplugin::value::Type;

use super::Nesting;

/// Everything that a provider offers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ProviderSchema {
    /// The provider's own configuration.
    pub provider: Schema,
    pub resource_schemas: BTreeMap<String, Schema>,
    pub data_source_schemas: BTreeMap<String, Schema>,
    pub ephemeral_resource_schemas: BTreeMap<String, Schema>,
    pub functions: BTreeMap<String, FunctionSchema>,
}

/// The schema of a type.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Schema {
    pub version: i64,
    pub block: Block,
    #[serde(skip)]
    wire_type: OnceLock<Type>,
}

/// What may stand between two braces.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Block {
    pub attributes: BTreeMap<String, Attribute>,
    pub block_types: BTreeMap<String, NestedBlock>,
    pub description: String,
    pub description_kind: Prose,
    pub deprecated: bool,
    pub deprecation_message: String,
}

/// A block inside of a block.
#[derive(Debug, Deserialize)]
pub(crate) struct NestedBlock {
    pub nesting_mode: Nesting,
    #[serde(default)]
    pub block: Block,
    #[serde(default)]
    pub min_items: i64,
    #[serde(default)]
    pub max_items: i64,
}

/// An argument, or a value that the provider computes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Attribute {
    /// Its type; absent where the attribute is nested.
    pub r#type: Option<Type>,
    pub nested_type: Option<NestedAttributes>,
    pub required: bool,
    pub optional: bool,
    pub computed: bool,
    pub sensitive: bool,
    pub write_only: bool,
    pub deprecated: bool,
    pub deprecation_message: String,
    pub description: String,
    pub description_kind: Prose,
}

/// The attributes of a nested attribute.
#[derive(Debug, Deserialize)]
pub(crate) struct NestedAttributes {
    pub nesting_mode: Nesting,
    #[serde(default)]
    pub attributes: BTreeMap<String, Attribute>,
}

/// The signature of a function.
#[derive(Debug, Deserialize)]
pub(crate) struct FunctionSchema {
    pub return_type: Type,
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    pub variadic_parameter: Option<Parameter>,
    #[serde(default)]
    pub summary: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub deprecation_message: String,
}

/// A parameter of a function.
#[derive(Debug, Deserialize)]
pub(crate) struct Parameter {
    pub name: String,
    pub r#type: Type,
    #[serde(default)]
    pub is_nullable: bool,
    #[serde(default)]
    pub description: String,
}

/// How a description is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Prose {
    #[default]
    Plain,
    Markdown,
}

impl Schema {
    /// A schema of these attributes alone.
    pub(crate) fn of(attributes: BTreeMap<String, Attribute>) -> Self {
        Schema { block: Block { attributes, ..Block::default() }, ..Schema::default() }
    }

    /// The type of its values on the wire.
    pub(crate) fn wire_type(&self) -> &Type {
        self.wire_type.get_or_init(|| self.block.value_type())
    }
}

impl Block {
    fn value_type(&self) -> Type {
        let attributes = self.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.value_type()));
        let blocks = self
            .block_types
            .iter()
            .map(|(name, block)| (name.clone(), collection(block.nesting_mode, block.block.value_type())));
        Type::Object(attributes.chain(blocks).collect())
    }
}

impl Attribute {
    /// The type of its values.
    pub(crate) fn value_type(&self) -> Type {
        match (&self.r#type, &self.nested_type) {
            (_, Some(nested)) => collection(nested.nesting_mode, nested.value_type()),
            (Some(ty), None) => ty.clone(),
            (None, None) => Type::Dynamic,
        }
    }
}

impl NestedAttributes {
    /// The type of one of its objects.
    pub(crate) fn value_type(&self) -> Type {
        Type::Object(self.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.value_type())).collect())
    }
}

/// The type of all occurrences. Where types inside differ from one to the next, there is no common type.
fn collection(nesting: Nesting, element: Type) -> Type {
    match nesting {
        Nesting::Single | Nesting::Group => element,
        Nesting::List | Nesting::Map if has_dynamic(&element) => Type::Dynamic,
        Nesting::List => Type::List(Box::new(element)),
        Nesting::Set => Type::Set(Box::new(element)),
        Nesting::Map => Type::Map(Box::new(element)),
    }
}

fn has_dynamic(ty: &Type) -> bool {
    match ty {
        Type::Dynamic => true,
        Type::Bool | Type::Number | Type::String => false,
        Type::List(element) | Type::Set(element) | Type::Map(element) => has_dynamic(element),
        Type::Object(attributes) => attributes.values().any(has_dynamic),
        Type::Tuple(elements) => elements.iter().any(has_dynamic),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire_type(block: &str) -> String {
        let schema: Schema = serde_json::from_str(&format!(r#"{{"version": 0, "block": {block}}}"#)).unwrap();
        schema.wire_type().to_string()
    }

    #[test]
    fn each_nesting_has_its_type() {
        let block = |mode: &str| {
            let inner = r#"{"attributes": {"a": {"type": "string", "optional": true}}}"#;
            wire_type(&format!(r#"{{"block_types": {{"b": {{"nesting_mode": "{mode}", "block": {inner}}}}}}}"#))
        };
        let element = r#"["object",{"a":"string"}]"#;
        for (mode, expected) in [
            ("single", element.to_owned()),
            ("group", element.to_owned()),
            ("list", format!(r#"["list",{element}]"#)),
            ("set", format!(r#"["set",{element}]"#)),
            ("map", format!(r#"["map",{element}]"#)),
        ] {
            assert_eq!(block(mode), format!(r#"["object",{{"b":{expected}}}]"#), "{mode}");
        }
    }

    #[test]
    fn a_list_of_dynamic_values_has_no_common_type() {
        let block =
            r#"{"block_types": {"b": {"nesting_mode": "list", "block": {"attributes": {"a": {"type": "dynamic"}}}}}}"#;
        assert_eq!(wire_type(block), r#"["object",{"b":"dynamic"}]"#);
    }

    #[test]
    fn nested_attributes_are_objects() {
        let block =
            r#"{"attributes": {"n": {"nested_type": {"nesting_mode": "map", "attributes": {"a": {"type": "bool"}}}}}}"#;
        assert_eq!(wire_type(block), r#"["object",{"n":["map",["object",{"a":"bool"}]]}]"#);
    }
}
