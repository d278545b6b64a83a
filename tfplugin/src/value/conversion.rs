//! Conversion of values to a type, as core does it before a provider sees them, but that no attribute gets lost.

use super::{Gather, Number, Object, Path, Step, Type, Value};
use crate::{Error, Result};

/// A value of the type, with every attribute of every object; unknown and null fit everywhere.
pub(crate) fn convert(value: Value, ty: &Type, at: &Path) -> Result<Value> {
    let refused = |what: &str| Err(Error::new(format!("`{at}` needs {what}")).at(at.clone()));
    Ok(match (ty, value) {
        (_, value @ (Value::Null | Value::Unknown)) => value,
        (Type::Dynamic, value) => Value::Dynamic(Type::of(&value), Box::new(value)),
        (Type::Bool, Value::String(text)) if matches!(text.as_str(), "true" | "false") => Value::Bool(text == "true"),
        (Type::Bool, value @ Value::Bool(_)) => value,
        (Type::Number, value @ Value::Number(_)) => value,
        (Type::Number, Value::String(text)) => match text.parse::<Number>() {
            Ok(number) => Value::Number(number),
            Err(_) => return refused("a number"),
        },
        (Type::String, value @ Value::String(_)) => value,
        (Type::String, Value::Number(number)) => Value::String(number.to_string()),
        (Type::String, Value::Bool(flag)) => Value::String(flag.to_string()),
        (Type::List(element) | Type::Set(element), Value::List(elements)) => {
            let elements = elements.into_iter().enumerate().map(|(index, value)| {
                convert(value, element, &at.then(Step::Index(i64::try_from(index).unwrap_or(i64::MAX))))
            });
            canonical(Value::List(elements.collect::<Result<_>>()?), ty)
        }
        (Type::Map(element), Value::Map(members)) => {
            let members = members.into_iter().map(|(key, member)| {
                let at = at.then(Step::Key(key.clone()));
                Ok((key, convert(member, element, &at)?))
            });
            Value::Map(members.try_gather()?)
        }
        (Type::Object(attributes), Value::Map(mut members)) => {
            let mut object = Object::new();
            for (name, ty) in attributes {
                let member = members.remove(name).unwrap_or_default();
                object.insert(name.clone(), convert(member, ty, &at.then(Step::Attribute(name.clone())))?);
            }
            if let Some(name) = members.keys().next() {
                let at = at.then(Step::Attribute(name.clone()));
                return Err(Error::new(format!("there is no argument `{at}`")).at(at));
            }
            Value::Map(object)
        }
        (Type::Bool, _) => return refused("a boolean"),
        (Type::Number, _) => return refused("a number"),
        (Type::String, _) => return refused("a string"),
        (Type::List(_) | Type::Set(_) | Type::Tuple(_), _) => return refused("a list"),
        (Type::Map(_), _) => return refused("a map"),
        (Type::Object(_), _) => return refused("an object"),
    })
}

/// The value with the elements of its sets in an order of their own and without duplicates, so that `==` compares it.
pub(crate) fn canonical(value: Value, ty: &Type) -> Value {
    match (ty, value) {
        (Type::Set(element), Value::List(elements)) => {
            let mut keyed: Vec<(String, Value)> = elements
                .into_iter()
                .map(|value| canonical(value, element))
                .map(|value| (format!("{value:?}"), value))
                .collect();
            keyed.sort_by(|(one, _), (other, _)| one.cmp(other));
            // Two unknown elements may turn out to be different ones.
            keyed.dedup_by(|(one, value), (other, _)| one == other && value.is_wholly_known());
            Value::List(keyed.into_iter().map(|(_, value)| value).collect())
        }
        (Type::List(element), Value::List(elements)) => {
            Value::List(elements.into_iter().map(|value| canonical(value, element)).collect())
        }
        (Type::Tuple(types), Value::List(elements)) => {
            Value::List(elements.into_iter().zip(types).map(|(value, ty)| canonical(value, ty)).collect())
        }
        (Type::Map(element), Value::Map(members)) => {
            Value::Map(members.into_iter().map(|(key, value)| (key, canonical(value, element))).gather())
        }
        (Type::Object(attributes), Value::Map(members)) => {
            let members = members.into_iter().map(|(name, value)| match attributes.get(&name) {
                Some(ty) => {
                    let value = canonical(value, ty);
                    (name, value)
                }
                None => (name, value),
            });
            Value::Map(members.gather())
        }
        (_, value) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_what_the_schema_wants() {
        let root = Path::default();
        assert_eq!(convert(Value::from(7u64), &Type::String, &root).unwrap(), Value::from("7"));
        assert_eq!(convert(Value::from("7"), &Type::Number, &root).unwrap(), Value::from(7u64));
        let set = Type::Set(Box::new(Type::String));
        let given = Value::List(vec!["b".into(), "a".into(), "b".into(), Value::Unknown, Value::Unknown]);
        let wanted = Value::List(vec!["a".into(), "b".into(), Value::Unknown, Value::Unknown]);
        assert_eq!(convert(given, &set, &root).unwrap(), wanted);
    }

    #[test]
    fn objects_get_every_attribute_and_no_other() {
        let ty = Type::Object([("a".to_owned(), Type::Bool)].into());
        let full = convert(Value::Map(Object::new()), &ty, &Path::default()).unwrap();
        assert_eq!(full, Value::Map(Object::from([("a".to_owned(), Value::Null)])));
        let wrong = Value::Map(Object::from([("b".to_owned(), Value::Null)]));
        assert_eq!(convert(wrong, &ty, &Path::default()).unwrap_err().message(), "there is no argument `b`");
    }
}
