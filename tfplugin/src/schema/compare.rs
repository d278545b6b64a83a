//! When two values mean the same, and which spelling of them stays.

use std::collections::BTreeMap;

use crate::schema::{Field, Kind};
use crate::value::{Object, Value};

/// Whether two values mean the same by the rules of their type; unknown means the same as nothing else.
pub fn equal(kind: &Kind, one: &Value, other: &Value) -> bool {
    match (kind, one, other) {
        (Kind::String(text), Value::String(one), Value::String(other)) => {
            one == other || text.equal.is_some_and(|equal| equal(one, other))
        }
        (Kind::List(kind), Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(kind, one, other))
        }
        (Kind::Set(kind), Value::List(one), Value::List(other)) => same_elements(kind, one, other),
        (Kind::Map(kind), Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, one)| other.get(key).is_some_and(|other| equal(kind, one, other)))
        }
        (Kind::Object(fields), Value::Map(one), Value::Map(other)) => {
            fields.iter().all(|field| equal(&field.kind, member(one, field.name), member(other, field.name)))
        }
        _ => one == other,
    }
}

/// Whether nothing is in it: an empty text, list or map, which many APIs answer for what was never set.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::List(elements) => elements.is_empty(),
        Value::Map(members) => members.is_empty(),
        _ => false,
    }
}

/// What goes into state for an attribute, from what stood there (in the plan or the state) and what the API answered.
///
/// The user's spelling stays while it means what the API answered; an attribute that the API never returns is carried;
/// an optional attribute that was never set stays null when the API answers an empty value.
pub fn settle(field: &Field, before: &Value, actual: Value) -> Value {
    let unset = matches!(before, Value::Null | Value::Unknown);
    if field.is_carried() {
        return if before.is_unknown() { actual } else { before.clone() };
    }
    if equal(&field.kind, before, &actual) || (is_empty(before) && actual.is_null()) {
        return before.clone();
    }
    if unset && !field.is_filled_in() && !field.is_computed_only() && is_empty(&actual) {
        return Value::Null;
    }
    if unset {
        return match (&field.kind, actual) {
            (Kind::Object(fields), Value::Map(actual)) => Value::Map(settle_object(fields, None, actual)),
            (_, actual) => actual,
        };
    }
    settle_kind(&field.kind, before, actual)
}

/// [`settle`] for every attribute of an object.
pub fn settle_object(fields: &[Field], before: Option<&Object>, mut actual: Object) -> Object {
    let settled = fields.iter().map(|field| {
        let before = before.map_or(&Value::Unknown, |before| member(before, field.name));
        let actual = actual.remove(field.name).unwrap_or_default();
        (field.name.to_owned(), settle(field, before, actual))
    });
    settled.collect()
}

fn settle_kind(kind: &Kind, before: &Value, actual: Value) -> Value {
    match (kind, before, actual) {
        (Kind::Object(fields), Value::Map(before), Value::Map(actual)) => {
            Value::Map(settle_object(fields, Some(before), actual))
        }
        (Kind::List(kind), Value::List(before), Value::List(actual)) => {
            let mut before = before.iter();
            Value::List(actual.into_iter().map(|actual| settle_element(kind, before.next(), actual)).collect())
        }
        (Kind::Map(kind), Value::Map(before), Value::Map(actual)) => {
            let settled = actual.into_iter().map(|(key, actual)| {
                let settled = settle_element(kind, before.get(&key), actual);
                (key, settled)
            });
            Value::Map(settled.collect())
        }
        (Kind::Set(kind), Value::List(before), Value::List(actual)) => {
            let settled = actual.into_iter().map(|actual| {
                let partner = before.iter().find(|before| corresponds(kind, before, &actual));
                settle_element(kind, partner, actual)
            });
            Value::List(settled.collect())
        }
        (_, _, actual) => actual,
    }
}

fn settle_element(kind: &Kind, before: Option<&Value>, actual: Value) -> Value {
    match (kind, before) {
        (_, Some(before)) if equal(kind, before, &actual) => before.clone(),
        (_, Some(before)) => settle_kind(kind, before, actual),
        (Kind::Object(fields), None) => match actual {
            Value::Map(actual) => Value::Map(settle_object(fields, None, actual)),
            other => other,
        },
        (_, None) => actual,
    }
}

/// Whether an element of a set is the one that the user configured: all that the user set is the same.
pub(crate) fn corresponds(kind: &Kind, configured: &Value, candidate: &Value) -> bool {
    match (kind, configured, candidate) {
        (Kind::Object(fields), Value::Map(configured), Value::Map(candidate)) => fields.iter().all(|field| {
            let wanted = member(configured, field.name);
            field.is_computed_only()
                || matches!(wanted, Value::Null | Value::Unknown)
                || equal(&field.kind, wanted, member(candidate, field.name))
        }),
        _ => equal(kind, configured, candidate),
    }
}

/// A member of an object; an absent one is null.
pub(crate) fn member<'a>(object: &'a Object, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}

/// Exact matches are counted first, so that a large set costs no quadratic search.
fn same_elements(kind: &Kind, one: &[Value], other: &[Value]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut unmatched: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for value in other {
        unmatched.entry(format!("{value:?}")).or_default().push(value);
    }
    let strangers: Vec<&Value> =
        one.iter().filter(|value| unmatched.get_mut(&format!("{value:?}")).and_then(Vec::pop).is_none()).collect();
    let mut left: Vec<&Value> = unmatched.into_values().flatten().collect();
    strangers.into_iter().all(|value| {
        let position = left.iter().position(|candidate| equal(kind, value, candidate));
        position.map(|position| left.swap_remove(position)).is_some()
    })
}
