//! Write-only values on their way: in for the resource's eyes, and out of everything that is returned.

use crate::engine::plan::is_version;
use crate::schema::{Field, Kind, member};
use crate::value::{Gather, Object, Value};

/// The plan with the write-only values of the configuration, for the resource's eyes only.
pub(crate) fn with_write_only(fields: &[Field], planned: &Object, config: &Object) -> Object {
    let full = fields.iter().map(|field| {
        let (planned, config) = (member(planned, field.name), member(config, field.name));
        let value = match field.write_only {
            true => config.clone(),
            false => fill(&field.kind, planned, config),
        };
        (field.name.to_owned(), value)
    });
    full.gather()
}

fn fill(kind: &Kind, planned: &Value, config: &Value) -> Value {
    match (kind, planned, config) {
        (Kind::Object(fields), Value::Map(planned), Value::Map(config)) => {
            Value::Map(with_write_only(fields, planned, config))
        }
        (Kind::List(kind @ Kind::Object(_)), Value::List(planned), Value::List(config)) => {
            Value::List(planned.iter().zip(config).map(|(planned, config)| fill(kind, planned, config)).collect())
        }
        (Kind::Map(kind @ Kind::Object(_)), Value::Map(planned), Value::Map(config)) => {
            let filled = planned.iter().map(|(key, planned)| (key.clone(), fill(kind, planned, member(config, key))));
            Value::Map(filled.gather())
        }
        _ => planned.clone(),
    }
}

/// The object with every write-only value nulled.
pub(crate) fn without_write_only(fields: &[Field], object: Object) -> Object {
    nulled(fields, object, |_, field| field.write_only)
}

/// The object as if its write-only values had never been sent.
pub(crate) fn without_versions(fields: &[Field], object: Object) -> Object {
    nulled(fields, object, is_version)
}

/// The object with every attribute nulled that is `meant`, given those beside it, wherever it stands.
fn nulled(fields: &[Field], object: Object, meant: fn(&[Field], &Field) -> bool) -> Object {
    let rest = fields.iter().map(|field| {
        let value = match meant(fields, field) {
            true => Value::Null,
            false => nulled_inside(&field.kind, member(&object, field.name).clone(), meant),
        };
        (field.name.to_owned(), value)
    });
    rest.gather()
}

fn nulled_inside(kind: &Kind, value: Value, meant: fn(&[Field], &Field) -> bool) -> Value {
    match (kind, value) {
        (Kind::Object(fields), Value::Map(members)) => Value::Map(nulled(fields, members, meant)),
        (Kind::List(kind) | Kind::Set(kind), Value::List(elements)) => {
            Value::List(elements.into_iter().map(|element| nulled_inside(kind, element, meant)).collect())
        }
        (Kind::Map(kind), Value::Map(members)) => {
            let rest = members.into_iter().map(|(key, member)| (key, nulled_inside(kind, member, meant)));
            Value::Map(rest.gather())
        }
        (_, value) => value,
    }
}
