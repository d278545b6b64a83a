//! The types of values, as Terraform writes them in schemas and variables.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

/// The type of a value.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "Value")]
pub enum Type {
    /// Any type, or one that is not known.
    Dynamic,
    /// `string`.
    String,
    /// `number`.
    Number,
    /// `bool`.
    Bool,
    /// `list(…)`.
    List(Box<Type>),
    /// `set(…)`.
    Set(Box<Type>),
    /// `map(…)`.
    Map(Box<Type>),
    /// `tuple([…])`.
    Tuple(Vec<Type>),
    /// `object({…})`.
    Object(BTreeMap<String, Field>),
}

/// A name of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The type of its value.
    pub kind: Type,
    /// Whether it can be left out.
    pub optional: bool,
}

impl Type {
    /// Whether Terraform converts a value of the type `from` to this one.
    ///
    /// Text counts as a number and as a boolean here, since only the text itself could tell.
    pub fn accepts(&self, from: &Type) -> bool {
        use Type::*;
        match (self, from) {
            (Dynamic, _) | (_, Dynamic) => true,
            (String, String | Number | Bool) | (Number, Number | String) | (Bool, Bool | String) => true,
            (List(to) | Set(to), List(from) | Set(from)) | (Map(to), Map(from)) => to.accepts(from),
            (List(to) | Set(to), Tuple(from)) => from.iter().all(|from| to.accepts(from)),
            (Map(to), Object(from)) => from.values().all(|field| to.accepts(&field.kind)),
            (Tuple(to), Tuple(from)) => {
                to.len() == from.len() && to.iter().zip(from).all(|(to, from)| to.accepts(from))
            }
            (Tuple(to), List(from)) => to.iter().all(|to| to.accepts(from)),
            (Object(to), Object(from)) => to.iter().all(|(name, field)| match from.get(name) {
                Some(from) => field.kind.accepts(&from.kind),
                None => field.optional,
            }),
            (Object(to), Map(from)) => to.values().all(|field| field.kind.accepts(from)),
            _ => false,
        }
    }

    /// The type of the elements, where this is a collection of elements of one type.
    pub fn element(&self) -> Option<&Type> {
        match self {
            Type::List(element) | Type::Set(element) | Type::Map(element) => Some(element),
            _ => None,
        }
    }
}

impl TryFrom<Value> for Type {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        match &value {
            Value::String(name) => match name.as_str() {
                "dynamic" => Ok(Type::Dynamic),
                "string" => Ok(Type::String),
                "number" => Ok(Type::Number),
                "bool" => Ok(Type::Bool),
                _ => Err(format!("there is no type {name}")),
            },
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(constructor), inner] => constructed(constructor, inner),
                // The third part of an object lists the names that can be left out.
                [Value::String(_), Value::Object(fields), Value::Array(optional)] => object(fields, optional),
                _ => Err(format!("there is no type {value}")),
            },
            _ => Err(format!("there is no type {value}")),
        }
    }
}

fn constructed(constructor: &str, inner: &Value) -> Result<Type, String> {
    let element = || Type::try_from(inner.clone()).map(Box::new);
    match (constructor, inner) {
        ("list", _) => Ok(Type::List(element()?)),
        ("set", _) => Ok(Type::Set(element()?)),
        ("map", _) => Ok(Type::Map(element()?)),
        ("tuple", Value::Array(parts)) => {
            Ok(Type::Tuple(parts.iter().cloned().map(Type::try_from).collect::<Result<_, _>>()?))
        }
        ("object", Value::Object(fields)) => object(fields, &[]),
        _ => Err(format!("there is no type {constructor} of {inner}")),
    }
}

fn object(fields: &serde_json::Map<String, Value>, optional: &[Value]) -> Result<Type, String> {
    let field = |(name, kind): (&String, &Value)| {
        let optional = optional.iter().any(|other| other.as_str() == Some(name));
        Ok((name.clone(), Field { kind: Type::try_from(kind.clone())?, optional }))
    };
    Ok(Type::Object(fields.iter().map(field).collect::<Result<_, String>>()?))
}

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dynamic => f.write_str("any"),
            Type::String => f.write_str("string"),
            Type::Number => f.write_str("number"),
            Type::Bool => f.write_str("bool"),
            Type::List(element) => write!(f, "list({element})"),
            Type::Set(element) => write!(f, "set({element})"),
            Type::Map(element) => write!(f, "map({element})"),
            Type::Tuple(parts) => {
                write!(f, "tuple([{}])", parts.iter().map(Type::to_string).collect::<Vec<_>>().join(", "))
            }
            Type::Object(fields) => {
                let field = |(name, field): (&String, &Field)| match field.optional {
                    true => format!("{name} = optional({})", field.kind),
                    false => format!("{name} = {}", field.kind),
                };
                write!(f, "object({{{}}})", fields.iter().map(field).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kind(value: Value) -> Type {
        Type::try_from(value).unwrap()
    }

    #[test]
    fn a_type_is_written_as_in_a_variable() {
        let rules = kind(json!(["set", ["object", { "port": "number", "cidrs": ["list", "string"] }]]));
        assert_eq!(rules.to_string(), "set(object({cidrs = list(string), port = number}))");
        assert!(Type::try_from(json!(["list"])).is_err());
        assert!(Type::try_from(json!("text")).is_err());
    }

    #[test]
    fn conversions_are_those_of_terraform() {
        let string = Type::String;
        assert!(string.accepts(&Type::Number) && string.accepts(&Type::Bool) && !Type::Number.accepts(&Type::Bool));
        let strings = kind(json!(["set", "string"]));
        assert!(strings.accepts(&Type::Tuple(vec![Type::String, Type::Number])));
        assert!(!strings.accepts(&string) && !string.accepts(&strings));
        assert!(!strings.accepts(&Type::Tuple(vec![strings.clone()])));
        let object = kind(json!(["object", { "a": "string", "b": "string" }, ["b"]]));
        assert!(object.accepts(&kind(json!(["object", { "a": "number" }]))));
        assert!(!object.accepts(&kind(json!(["object", { "b": "number" }]))));
        assert!(!kind(json!(["map", "number"])).accepts(&Type::Tuple(vec![])));
    }
}
