//! When two values mean the same, and which spelling of them stays.

use std::collections::BTreeMap;

use crate::schema::{Field, Kind, Presence};
use crate::value::{Gather, Object, Value};

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
        // A write-only member is in the configuration alone, so it makes no difference.
        (Kind::Object(fields), Value::Map(one), Value::Map(other)) => fields
            .iter()
            .all(|field| field.write_only || equal(&field.kind, member(one, field.name), member(other, field.name))),
        (Kind::Dynamic, one, other) => undressed(one) == undressed(other),
        _ => one == other,
    }
}

/// A dynamic value without its type, which answers do not tell.
fn undressed(value: &Value) -> &Value {
    match value {
        Value::Dynamic(_, inner) => inner,
        value => value,
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
    if unset && field.presence == Presence::Optional && !field.is_filled_in() && is_empty(&actual) {
        return Value::Null;
    }
    if unset {
        return settle_new(&field.kind, actual);
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
    settled.gather()
}

fn settle_kind(kind: &Kind, before: &Value, actual: Value) -> Value {
    match (kind, before, actual) {
        (Kind::Object(fields), Value::Map(before), Value::Map(actual)) => {
            Value::Map(settle_object(fields, Some(before), actual))
        }
        (Kind::List(kind), Value::List(before), Value::List(actual)) => {
            let settled = actual.into_iter().enumerate().map(|(index, actual)| {
                let partner = partner(before, index, |before| corresponds(kind, before, &actual));
                settle_element(kind, partner.or(before.get(index)), actual)
            });
            Value::List(settled.collect())
        }
        (Kind::Map(kind), Value::Map(before), Value::Map(actual)) => {
            let settled = actual.into_iter().map(|(key, actual)| {
                let settled = settle_element(kind, before.get(&key), actual);
                (key, settled)
            });
            Value::Map(settled.gather())
        }
        (Kind::Set(kind), Value::List(before), Value::List(actual)) => {
            let settled = actual.into_iter().enumerate().map(|(index, actual)| {
                let partner = partner(before, index, |before| corresponds(kind, before, &actual));
                settle_element(kind, partner, actual)
            });
            Value::List(settled.collect())
        }
        (_, _, actual) => actual,
    }
}

fn settle_element(kind: &Kind, before: Option<&Value>, actual: Value) -> Value {
    match before {
        Some(before) if equal(kind, before, &actual) => before.clone(),
        Some(before) => settle_kind(kind, before, actual),
        None => settle_new(kind, actual),
    }
}

/// A value that stood nowhere before: what was never set is null in it, too.
fn settle_new(kind: &Kind, actual: Value) -> Value {
    match (kind, actual) {
        (Kind::Object(fields), Value::Map(actual)) => Value::Map(settle_object(fields, None, actual)),
        (Kind::List(kind) | Kind::Set(kind), Value::List(actual)) => {
            Value::List(actual.into_iter().map(|actual| settle_new(kind, actual)).collect())
        }
        (Kind::Map(kind), Value::Map(actual)) => {
            Value::Map(actual.into_iter().map(|(key, actual)| (key, settle_new(kind, actual))).gather())
        }
        (_, actual) => actual,
    }
}

/// Whether an element of a list or set is the one that the user configured: all that the user set is the same.
pub(crate) fn corresponds(kind: &Kind, configured: &Value, candidate: &Value) -> bool {
    match (kind, configured, candidate) {
        (Kind::Object(fields), Value::Map(configured), Value::Map(candidate)) => fields.iter().all(|field| {
            let wanted = member(configured, field.name);
            let candidate = member(candidate, field.name);
            field.is_computed_only()
                || field.is_carried()
                || field.write_only
                || matches!(wanted, Value::Null | Value::Unknown)
                || (is_empty(wanted) && candidate.is_null())
                || equal(&field.kind, wanted, candidate)
        }),
        _ => equal(kind, configured, candidate),
    }
}

/// The element that fits: the one in the same place before any other, which also makes long lists cheap.
pub(crate) fn partner(elements: &[Value], index: usize, fits: impl Fn(&Value) -> bool) -> Option<&Value> {
    elements.get(index).filter(|element| fits(element)).or_else(|| elements.iter().find(|element| fits(element)))
}

/// What is planned, with what the backend has in the place of all that the plan left open.
pub(crate) fn filled_in(kind: &Kind, planned: &Value, actual: &Value) -> Value {
    match (kind, planned, actual) {
        (_, Value::Unknown, actual) => actual.clone(),
        (_, planned, _) if planned.is_wholly_known() => planned.clone(),
        (Kind::Object(fields), Value::Map(planned), actual) => {
            let members = fields.iter().map(|field| {
                let actual = actual.as_map().map_or(&Value::Null, |actual| member(actual, field.name));
                (field.name.to_owned(), filled_in(&field.kind, member(planned, field.name), actual))
            });
            Value::Map(members.gather())
        }
        (Kind::List(kind) | Kind::Set(kind), Value::List(planned), actual) => {
            let actual = actual.as_list().unwrap_or_default();
            let elements = planned.iter().enumerate().map(|(index, planned)| {
                let partner = partner(actual, index, |actual| corresponds(kind, planned, actual));
                filled_in(kind, planned, partner.unwrap_or(&Value::Null))
            });
            Value::List(elements.collect())
        }
        (Kind::Map(kind), Value::Map(planned), actual) => {
            let members = planned.iter().map(|(key, planned)| {
                let actual = actual.as_map().map_or(&Value::Null, |actual| member(actual, key));
                (key.clone(), filled_in(kind, planned, actual))
            });
            Value::Map(members.gather())
        }
        (_, _, actual) => actual.clone(),
    }
}

/// An object in which nothing is missing that its struct needs. What is null goes to `other`'s value, else to the
/// default, else it is unset where the backend decides. A configuration misses what nobody set; a state misses
/// attributes that are newer than it; an import has only the key.
pub(crate) fn completed(fields: &[Field], mut object: Object, other: &Object) -> Object {
    let members = fields.iter().map(|field| {
        let value = match object.remove(field.name).unwrap_or_default() {
            Value::Null if !field.nullable => match (member(other, field.name), field.default) {
                (Value::Null, Some(default)) => default(),
                (Value::Null, None) if field.is_computed_only() => Value::Unknown,
                (value, _) => value.clone(),
            },
            Value::Null if field.is_computed_only() && other.is_empty() => Value::Unknown,
            value => completed_value(&field.kind, value),
        };
        (field.name.to_owned(), value)
    });
    members.gather()
}

/// A value in which the same holds for the objects inside.
pub(crate) fn completed_value(kind: &Kind, value: Value) -> Value {
    match (kind, value) {
        (Kind::Object(fields), Value::Map(members)) => Value::Map(completed(fields, members, &Object::new())),
        (Kind::List(kind) | Kind::Set(kind), Value::List(elements)) => {
            Value::List(elements.into_iter().map(|element| completed_value(kind, element)).collect())
        }
        (Kind::Map(kind), Value::Map(members)) => {
            Value::Map(members.into_iter().map(|(key, member)| (key, completed_value(kind, member))).gather())
        }
        (_, value) => value,
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
    if one == other {
        return true;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Text;
    use crate::value::Type;

    const TEXT: Kind = Kind::String(Text::ANY);
    const NAME: Field = Field::new("name", "Name.", TEXT, Presence::Required);
    const NOTE: Field = Field { local: true, ..Field::new("note", "Note.", TEXT, Presence::Optional) };
    const ID: Field = Field::new("id", "Number.", TEXT, Presence::Computed);
    const FIELDS: &[Field] = &[NAME, NOTE, ID];

    fn object(name: &str, note: Value, id: Value) -> Value {
        Value::Map(
            [("name", name.into()), ("note", note), ("id", id)].map(|(name, value)| (name.to_owned(), value)).into(),
        )
    }

    #[test]
    fn an_element_of_a_set_keeps_what_the_api_does_not_know() {
        let field = Field::new("all", "All.", Kind::Set(&Kind::Object(FIELDS)), Presence::Optional);
        let before = Value::List(vec![object("a", "x".into(), "1".into()), object("b", "y".into(), "2".into())]);
        let actual = Value::List(vec![
            object("b", Value::Null, "2".into()),
            object("c", Value::Null, "3".into()),
            object("a", Value::Null, "9".into()),
        ]);
        let expected = Value::List(vec![
            object("b", "y".into(), "2".into()),
            object("c", Value::Null, "3".into()),
            object("a", "x".into(), "9".into()),
        ]);
        assert_eq!(settle(&field, &before, actual), expected);
    }

    #[test]
    fn an_answer_fills_in_what_the_plan_left_open_and_no_more() {
        let kind = Kind::List(&Kind::Object(FIELDS));
        let planned = Value::List(vec![object("a", Value::Null, Value::Unknown), object("b", Value::Null, "2".into())]);
        let actual = Value::List(vec![object("a", Value::Null, "1".into()), object("B", Value::Null, "3".into())]);
        let expected = Value::List(vec![object("a", Value::Null, "1".into()), object("b", Value::Null, "2".into())]);
        assert_eq!(filled_in(&kind, &planned, &actual), expected);
    }

    #[test]
    fn a_dynamic_value_means_the_same_without_its_type() {
        let typed = Value::Dynamic(Type::Bool, Box::new(true.into()));
        assert!(equal(&Kind::Dynamic, &typed, &true.into()));
        assert!(!equal(&Kind::Dynamic, &typed, &false.into()));
    }

    #[test]
    fn a_required_text_that_is_empty_is_not_null() {
        assert_eq!(settle(&NAME, &Value::Null, "".into()), "".into());
        let optional = Field { presence: Presence::Optional, ..NAME };
        assert_eq!(settle(&optional, &Value::Null, "".into()), Value::Null);
    }
}
