//! Blocks and attributes, as `terraform providers schema -json` writes them.

use crate::schema::{Field, Type};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What can stand inside a block.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct Block {
    /// Attributes by name.
    #[serde(default)]
    pub attributes: BTreeMap<String, Attribute>,
    /// Nested blocks by name.
    #[serde(default, rename = "block_types")]
    pub blocks: BTreeMap<String, Nested>,
    /// Whether the block as a whole is to be avoided.
    #[serde(default)]
    pub deprecated: bool,
}

/// A nested block and how often it can stand.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Nested {
    /// How several of them make up one value.
    #[serde(rename = "nesting_mode")]
    pub nesting: Nesting,
    /// At least so many.
    #[serde(default, rename = "min_items")]
    pub min: u64,
    /// At most so many; `None` is without limit.
    #[serde(default, rename = "max_items")]
    pub max: Option<u64>,
    /// What can stand inside.
    pub block: Block,
}

/// How nested blocks, or the objects of a nested attribute, make up one value.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Nesting {
    /// One object, or null.
    Single,
    /// One object, never null.
    Group,
    /// A list.
    List,
    /// A set.
    Set,
    /// A map by the block's label.
    Map,
}

/// An attribute.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(from = "Written")]
pub struct Attribute {
    /// The type of its value.
    pub kind: Type,
    /// Whether it has to be set.
    pub required: bool,
    /// Whether it can be set.
    pub optional: bool,
    /// Whether the provider sets it, always or where it is left out.
    pub computed: bool,
    /// Whether it is hidden in output.
    pub sensitive: bool,
    /// Whether its value is in no plan and no state.
    pub write_only: bool,
    /// Whether it is to be avoided.
    pub deprecated: bool,
}

impl Attribute {
    /// Whether a configuration can set it.
    pub fn is_argument(&self) -> bool {
        self.required || self.optional
    }
}

/// An attribute in JSON, where its type stands in one of two places.
#[derive(Deserialize)]
struct Written {
    #[serde(rename = "type")]
    kind: Option<Type>,
    nested_type: Option<NestedType>,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    computed: bool,
    #[serde(default)]
    sensitive: bool,
    #[serde(default)]
    write_only: bool,
    #[serde(default)]
    deprecated: bool,
}

/// The type of an attribute whose objects have attributes with flags of their own.
#[derive(Deserialize)]
struct NestedType {
    #[serde(default)]
    attributes: BTreeMap<String, Attribute>,
    nesting_mode: Nesting,
}

impl From<Written> for Attribute {
    fn from(written: Written) -> Self {
        let kind = match (written.kind, written.nested_type) {
            (Some(kind), _) => kind,
            (None, Some(nested)) => nested.into(),
            (None, None) => Type::Dynamic,
        };
        let Written { required, optional, computed, sensitive, write_only, deprecated, .. } = written;
        Attribute { kind, required, optional, computed, sensitive, write_only, deprecated }
    }
}

impl From<NestedType> for Type {
    fn from(nested: NestedType) -> Self {
        let field = |(name, attribute): (String, Attribute)| {
            (name, Field { optional: !attribute.required, kind: attribute.kind })
        };
        nested.nesting_mode.wrap(Type::Object(nested.attributes.into_iter().map(field).collect()))
    }
}

impl Nesting {
    fn wrap(self, object: Type) -> Type {
        match self {
            Nesting::Single | Nesting::Group => object,
            Nesting::List => Type::List(Box::new(object)),
            Nesting::Set => Type::Set(Box::new(object)),
            Nesting::Map => Type::Map(Box::new(object)),
        }
    }
}

impl Block {
    /// The type of one attribute, or of the value that its nested blocks of one name make.
    pub fn part(&self, name: &str) -> Option<Type> {
        match self.attributes.get(name) {
            Some(attribute) => Some(attribute.kind.clone()),
            None => self.blocks.get(name).map(|nested| nested.nesting.wrap(nested.block.kind())),
        }
    }

    /// The type of the value that such a block makes, with its computed attributes.
    pub fn kind(&self) -> Type {
        let attributes = self.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.kind.clone()));
        let blocks = self.blocks.iter().map(|(name, nested)| (name.clone(), nested.nesting.wrap(nested.block.kind())));
        let field = |(name, kind)| (name, Field { kind, optional: false });
        Type::Object(attributes.chain(blocks).map(field).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_nested_attribute_has_a_type_whose_fields_can_be_left_out() {
        let attribute: Attribute = serde_json::from_value(json!({
            "nested_type": {
                "nesting_mode": "list",
                "attributes": { "name": { "type": "string", "required": true }, "value": { "type": "bool", "optional": true } },
            },
            "optional": true,
        }))
        .unwrap();
        assert_eq!(attribute.kind.to_string(), "list(object({name = string, value = optional(bool)}))");
        assert!(attribute.is_argument());
    }

    #[test]
    fn a_block_is_an_object_of_its_attributes_and_blocks() {
        let block: Block = serde_json::from_value(json!({
            "attributes": { "id": { "type": "string", "computed": true } },
            "block_types": { "rule": { "nesting_mode": "set", "max_items": 2, "block": {} } },
        }))
        .unwrap();
        assert_eq!(block.kind().to_string(), "object({id = string, rule = set(object({}))})");
        assert_eq!(block.blocks["rule"].max, Some(2));
    }
}
