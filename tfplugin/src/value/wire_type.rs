//! Terraform's types, as they stand in a schema and before a dynamic value.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{DecodeError, Gather, Value};

/// A type in Terraform's own notation, such as `["list","string"]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Json")]
pub enum Type {
    /// `"bool"`.
    Bool,
    /// `"number"`.
    Number,
    /// `"string"`.
    String,
    /// `"dynamic"`: each value carries its type.
    Dynamic,
    /// `["list", T]`.
    List(Box<Type>),
    /// `["set", T]`.
    Set(Box<Type>),
    /// `["map", T]`.
    Map(Box<Type>),
    /// `["object", {name: T}]`; every attribute is present in a value.
    Object(BTreeMap<String, Type>),
    /// `["tuple", [T]]`.
    Tuple(Vec<Type>),
}

impl Type {
    /// The type in its JSON notation, as a schema carries it.
    pub fn to_json(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }

    /// Reads the JSON notation. The list of optional attributes that may stand in an object type is passed over:
    /// it matters where a value is converted, and values come here converted.
    pub fn from_json(bytes: &[u8]) -> Result<Self, DecodeError> {
        // The parser refuses more than 128 levels, so the walk after it is bounded too.
        let notation = serde_json::from_slice(bytes).map_err(|error| refusal(format!("it is not JSON: {error}")))?;
        Type::from_notation(&notation)
    }

    /// The type that a value has by itself: arrays are tuples and maps are objects.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null | Value::Unknown => Type::Dynamic,
            Value::Bool(_) => Type::Bool,
            Value::Number(_) => Type::Number,
            Value::String(_) => Type::String,
            Value::List(elements) => Type::Tuple(elements.iter().map(Type::of).collect()),
            Value::Map(members) => {
                Type::Object(members.iter().map(|(name, member)| (name.clone(), Type::of(member))).gather())
            }
            Value::Dynamic(..) => Type::Dynamic,
        }
    }

    pub(super) fn to_notation(&self) -> Json {
        match self {
            Type::Bool => json!("bool"),
            Type::Number => json!("number"),
            Type::String => json!("string"),
            Type::Dynamic => json!("dynamic"),
            Type::List(element) => json!(["list", element.to_notation()]),
            Type::Set(element) => json!(["set", element.to_notation()]),
            Type::Map(element) => json!(["map", element.to_notation()]),
            Type::Object(attributes) => {
                let attributes = attributes.iter().map(|(name, ty)| (name.clone(), ty.to_notation()));
                json!(["object", Json::Object(attributes.gather())])
            }
            Type::Tuple(elements) => json!(["tuple", elements.iter().map(Type::to_notation).collect::<Vec<_>>()]),
        }
    }

    pub(super) fn from_notation(notation: &Json) -> Result<Self, DecodeError> {
        let parts = match notation {
            Json::String(name) => return Type::primitive(name),
            Json::Array(parts) => parts.as_slice(),
            _ => return Err(refusal("it is neither a name nor an array")),
        };
        match parts {
            [Json::String(kind), Json::Object(attributes), optional @ ..] if kind == "object" => {
                if !matches!(optional, [] | [Json::Array(_)]) {
                    return Err(refusal("an object type ends with a list of optional attributes"));
                }
                let attributes = attributes.iter().map(|(name, ty)| Ok((name.clone(), Type::from_notation(ty)?)));
                Ok(Type::Object(attributes.try_gather()?))
            }
            [Json::String(kind), Json::Array(elements)] if kind == "tuple" => {
                Ok(Type::Tuple(elements.iter().map(Type::from_notation).collect::<Result<_, _>>()?))
            }
            [Json::String(kind), element] => {
                let collection = match kind.as_str() {
                    "list" => Type::List,
                    "set" => Type::Set,
                    "map" => Type::Map,
                    _ => return Err(refusal(format!("`{kind}` is not a kind of collection with such a second part"))),
                };
                Ok(collection(Box::new(Type::from_notation(element)?)))
            }
            _ => Err(refusal("it is neither `[kind, type]` nor `[kind, types]`")),
        }
    }

    fn primitive(name: &str) -> Result<Self, DecodeError> {
        match name {
            "bool" => Ok(Type::Bool),
            "number" => Ok(Type::Number),
            "string" => Ok(Type::String),
            "dynamic" => Ok(Type::Dynamic),
            _ => Err(refusal(format!("there is no type `{name}`"))),
        }
    }
}

/// Reads the notation as it stands inside of other JSON; [`Type::from_json`] says how.
impl TryFrom<Json> for Type {
    type Error = DecodeError;

    fn try_from(notation: Json) -> Result<Self, DecodeError> {
        Type::from_notation(&notation)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_notation())
    }
}

fn refusal(reason: impl fmt::Display) -> DecodeError {
    DecodeError::new(format!("the type is not Terraform's notation: {reason}"))
}
