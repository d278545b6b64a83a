//! The JSON form of values: states to upgrade, JSON answers of core, and the JSON of other APIs.

use std::collections::BTreeMap;

use serde_json::{Map as JsonMap, Value as Json, json};

use super::{DecodeError, Gather, Number, Object, Step, Type, Value};

/// Reads the JSON of a value, exactly as core writes it for this type.
///
/// The parser refuses more than 128 levels, as the msgpack form does.
pub fn from_json(bytes: &[u8], ty: &Type) -> Result<Value, DecodeError> {
    Reading::Exact.value(parse(bytes)?, ty)
}

/// Reads a stored state, which an older or a newer version may have written.
///
/// Attributes that the type does not have are dropped, missing ones are null, and primitives are converted as core
/// converts them: `"5"` to a number, `5` and `true` to a string, `"true"` to a boolean.
pub fn from_state_json(bytes: &[u8], ty: &Type) -> Result<Value, DecodeError> {
    Reading::Stored.value(parse(bytes)?, ty)
}

/// The JSON of a value as core writes it for this type; what is unknown is null, for JSON has no unknown.
pub fn to_json(value: &Value, ty: &Type) -> Json {
    match (value, ty) {
        (Value::Null | Value::Unknown, _) => Json::Null,
        (Value::Dynamic(own, inner), Type::Dynamic) => dynamic_json(inner, own),
        (Value::Dynamic(_, inner), _) => to_json(inner, ty),
        (_, Type::Dynamic) => dynamic_json(value, &Type::of(value)),
        (Value::List(elements), Type::List(element) | Type::Set(element)) => {
            elements.iter().map(|value| to_json(value, element)).collect()
        }
        (Value::List(elements), Type::Tuple(types)) => {
            let types = types.iter().chain(std::iter::repeat(&Type::Dynamic));
            elements.iter().zip(types).map(|(value, ty)| to_json(value, ty)).collect()
        }
        (Value::Map(members), Type::Map(element)) => {
            Json::Object(members.iter().map(|(key, member)| (key.clone(), to_json(member, element))).gather())
        }
        (Value::Map(members), Type::Object(attributes)) => {
            let json = |(name, ty): (&String, &Type)| {
                (name.clone(), members.get(name).map_or(Json::Null, |member| to_json(member, ty)))
            };
            Json::Object(attributes.iter().map(json).gather())
        }
        _ => plain_json(value),
    }
}

/// The JSON of a value without its types, as other APIs take it; what is unknown is null.
pub fn plain_json(value: &Value) -> Json {
    match value {
        Value::Null | Value::Unknown => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Number(number) => number_json(number),
        Value::String(text) => Json::String(text.clone()),
        Value::List(elements) => elements.iter().map(plain_json).collect(),
        Value::Map(members) => {
            Json::Object(members.iter().map(|(key, member)| (key.clone(), plain_json(member))).gather())
        }
        Value::Dynamic(_, inner) => plain_json(inner),
    }
}

/// The value that stands in any JSON. A number with an exponent out of all range stays as its text.
pub fn from_plain_json(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(flag),
        Json::Number(number) => {
            let text = number.to_string();
            text.parse().map_or(Value::String(text), Value::Number)
        }
        Json::String(text) => Value::String(text),
        Json::Array(elements) => Value::List(elements.into_iter().map(from_plain_json).collect()),
        Json::Object(members) => {
            Value::Map(members.into_iter().map(|(key, member)| (key, from_plain_json(member))).gather())
        }
    }
}

/// How closely JSON must follow its type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Exact,
    Stored,
}

impl Reading {
    fn value(self, json: Json, ty: &Type) -> Result<Value, DecodeError> {
        match (ty, json) {
            (Type::Dynamic, json) => self.dynamic(json),
            (_, Json::Null) => Ok(Value::Null),
            (Type::Bool, Json::Bool(flag)) => Ok(Value::Bool(flag)),
            (Type::Number, Json::Number(number)) => parse_number(&number.to_string()),
            (Type::String, Json::String(text)) => Ok(Value::String(text)),
            (Type::List(element) | Type::Set(element), Json::Array(elements)) => {
                self.elements(elements, std::iter::repeat(&**element))
            }
            (Type::Tuple(types), Json::Array(elements)) => {
                if elements.len() != types.len() {
                    let reason = format!("expected {} elements, found {}", types.len(), elements.len());
                    return Err(DecodeError::new(reason));
                }
                self.elements(elements, types.iter())
            }
            (Type::Map(element), Json::Object(members)) => self.map(members, element),
            (Type::Object(attributes), Json::Object(members)) => self.object(members, attributes),
            (Type::Bool | Type::Number | Type::String, json) if self == Reading::Stored => convert(json, ty),
            (_, json) => Err(mismatch(ty, &json)),
        }
    }

    fn elements<'t>(self, elements: Vec<Json>, types: impl Iterator<Item = &'t Type>) -> Result<Value, DecodeError> {
        let elements = (0..)
            .zip(elements.into_iter().zip(types))
            .map(|(index, (element, ty))| self.value(element, ty).map_err(|error| error.under(Step::Index(index))));
        Ok(Value::List(elements.collect::<Result<_, _>>()?))
    }

    fn map(self, members: JsonMap<String, Json>, element: &Type) -> Result<Value, DecodeError> {
        let members = members.into_iter().map(|(key, member)| match self.value(member, element) {
            Ok(value) => Ok((key, value)),
            Err(error) => Err(error.under(Step::Key(key))),
        });
        Ok(Value::Map(members.try_gather()?))
    }

    fn object(
        self,
        mut members: JsonMap<String, Json>,
        attributes: &BTreeMap<String, Type>,
    ) -> Result<Value, DecodeError> {
        let mut object = Object::new();
        for (name, ty) in attributes {
            let value = match members.remove(name) {
                Some(json) => self.value(json, ty).map_err(|error| error.under(Step::Attribute(name.clone())))?,
                None if self == Reading::Stored => Value::Null,
                None => return Err(DecodeError::missing_attribute(name)),
            };
            object.insert(name.clone(), value);
        }
        match members.keys().next() {
            Some(name) if self == Reading::Exact => Err(DecodeError::extra_attribute(name)),
            _ => Ok(Value::Map(object)),
        }
    }

    /// A value that carries its type: `{"type": …, "value": …}`.
    fn dynamic(self, json: Json) -> Result<Value, DecodeError> {
        let mut members = match json {
            Json::Null => return Ok(Value::Null),
            Json::Object(members) if members.len() == 2 && members.contains_key("value") => members,
            // The attribute was not dynamic yet in the version that wrote this state.
            json if self == Reading::Stored => return Ok(typed(from_plain_json(json))),
            _ => return Err(DecodeError::new("expected `type` and `value` under a dynamic type")),
        };
        let ty = match members.get("type").map(Type::from_notation) {
            Some(Ok(ty)) => ty,
            _ if self == Reading::Stored => return Ok(typed(from_plain_json(Json::Object(members)))),
            Some(Err(error)) => return Err(error),
            None => return Err(DecodeError::new("expected `type` and `value` under a dynamic type")),
        };
        let value = self.value(members.remove("value").unwrap_or_default(), &ty)?;
        Ok(if ty == Type::Dynamic { value } else { Value::Dynamic(ty, Box::new(value)) })
    }
}

fn parse(bytes: &[u8]) -> Result<Json, DecodeError> {
    serde_json::from_slice(bytes).map_err(|error| DecodeError::new(format!("the value is not JSON: {error}")))
}

fn dynamic_json(value: &Value, own: &Type) -> Json {
    if *own == Type::Dynamic {
        return to_json(value, own);
    }
    json!({ "type": own.to_notation(), "value": to_json(value, own) })
}

/// A number with its text; an infinity, which JSON does not have, is a string.
fn number_json(number: &Number) -> Json {
    let text = number.to_string();
    text.parse().map_or(Json::String(text), Json::Number)
}

/// A primitive of another type, converted as core converts it.
fn convert(json: Json, ty: &Type) -> Result<Value, DecodeError> {
    match (ty, json) {
        (Type::Number, Json::String(text)) => parse_number(&text),
        (Type::String, Json::Number(number)) => Ok(Value::String(number.to_string())),
        (Type::String, Json::Bool(flag)) => Ok(Value::String(flag.to_string())),
        (Type::Bool, Json::String(text)) => match text.as_str() {
            "true" | "1" => Ok(Value::Bool(true)),
            "false" | "0" => Ok(Value::Bool(false)),
            _ => Err(DecodeError::new("expected a boolean, found another string than `true` and `false`")),
        },
        (_, json) => Err(mismatch(ty, &json)),
    }
}

fn typed(value: Value) -> Value {
    match Type::of(&value) {
        Type::Dynamic => value,
        ty => Value::Dynamic(ty, Box::new(value)),
    }
}

fn parse_number(text: &str) -> Result<Value, DecodeError> {
    text.parse().map(Value::Number).map_err(|error| DecodeError::new(format!("expected a number: {error}")))
}

fn mismatch(ty: &Type, json: &Json) -> DecodeError {
    let expected = match ty {
        Type::Bool => "a boolean",
        Type::Number => "a number",
        Type::String => "a string",
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => "an array",
        Type::Map(_) | Type::Object(_) => "an object",
        Type::Dynamic => "a value with its type",
    };
    let found = match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    };
    DecodeError::new(format!("expected {expected}, found {found}"))
}
