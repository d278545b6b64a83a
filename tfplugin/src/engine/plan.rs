//! The plan: what each attribute will be, from the configuration and the prior state alone.

use crate::schema::{Field, Kind, Table, Volatile, corresponds, equal, member, partner};
use crate::value::{Object, Path, Step, Value};

/// A planned object and the attributes whose change replaces the resource.
#[derive(Debug, PartialEq)]
pub(crate) struct Plan {
    pub planned: Object,
    pub replace: Vec<Path>,
}

/// Plans a create (`prior` is none) or an update.
pub(crate) fn plan(table: &Table, config: &Object, prior: Option<&Object>) -> Plan {
    let mut planned = plan_object(table.fields, config, prior);
    let Some(prior) = prior else {
        return Plan { planned, replace: Vec::new() };
    };
    let touched = table.fields.iter().any(|field| differs(field, prior, &planned) && !is_note(table.fields, field));
    renew(table.fields, config, prior, &mut planned, touched);
    let mut replace = Vec::new();
    replacements(table.fields, prior, &planned, &Path::default(), &mut replace);
    Plan { planned, replace }
}

/// Whether a change of the attribute is no more than a note in the state: the backend is not told about it.
pub(crate) fn is_note(fields: &[Field], field: &Field) -> bool {
    let triggers = || {
        let name = field.name.strip_suffix("_version");
        name.is_some_and(|name| fields.iter().any(|field| field.write_only && field.name == name))
    };
    field.local && !triggers()
}

/// Makes unknown again what the backend computes anew, and what is computed from that.
fn renew(fields: &[Field], config: &Object, prior: &Object, planned: &mut Object, touched: bool) {
    for field in fields {
        let (config, prior) = (member(config, field.name), member(prior, field.name));
        if let (Kind::Object(fields), Value::Map(config), Value::Map(prior), Some(Value::Map(planned))) =
            (&field.kind, config, prior, planned.get_mut(field.name))
        {
            renew(fields, config, prior, planned, touched);
        }
    }
    let mut stale: Vec<&Field> = fields.iter().filter(|field| is_left_to_backend(field, config)).collect();
    loop {
        let (anew, rest): (Vec<&Field>, Vec<&Field>) = stale.into_iter().partition(|field| match field.volatile {
            Volatile::Never => false,
            Volatile::Always => touched,
            Volatile::With(names) => names.iter().any(|name| member(prior, name) != member(planned, name)),
        });
        if anew.is_empty() {
            return;
        }
        for field in anew {
            planned.insert(field.name.to_owned(), Value::Unknown);
        }
        stale = rest;
    }
}

fn differs(field: &Field, prior: &Object, planned: &Object) -> bool {
    member(prior, field.name) != member(planned, field.name)
}

/// Whether the backend decides the value: nobody configured it and no default fills it.
fn is_left_to_backend(field: &Field, config: &Object) -> bool {
    field.is_computed_only() || (field.computed && member(config, field.name).is_null())
}

fn plan_object(fields: &[Field], config: &Object, prior: Option<&Object>) -> Object {
    let planned = fields.iter().map(|field| {
        let prior = prior.map(|prior| member(prior, field.name));
        (field.name.to_owned(), plan_field(field, member(config, field.name), prior))
    });
    planned.collect()
}

fn plan_field(field: &Field, config: &Value, prior: Option<&Value>) -> Value {
    if field.write_only {
        return Value::Null;
    }
    if field.is_computed_only() {
        let known = prior.filter(|prior| field.nullable || !prior.is_null());
        return known.cloned().unwrap_or(Value::Unknown);
    }
    match (config, field.default) {
        (Value::Null, Some(default)) => spelled(&field.kind, default(), prior),
        (Value::Null, None) if field.computed => prior.cloned().unwrap_or(Value::Unknown),
        (config, _) => plan_value(&field.kind, config, prior),
    }
}

/// The configured value, in the prior spelling where both mean the same.
fn plan_value(kind: &Kind, config: &Value, prior: Option<&Value>) -> Value {
    let planned = match (kind, config) {
        (Kind::Object(fields), Value::Map(members)) => {
            Value::Map(plan_object(fields, members, prior.and_then(Value::as_map)))
        }
        // An element that changed, or still may, can be another one: nothing of the one in its place is promised.
        (Kind::List(kind @ Kind::Object(_)), Value::List(elements)) => {
            let prior = prior.and_then(Value::as_list).unwrap_or_default();
            let elements = elements.iter().enumerate().map(|(index, element)| {
                let same = prior.get(index).filter(|prior| is_same(kind, element, prior));
                plan_value(kind, element, same)
            });
            Value::List(elements.collect())
        }
        (Kind::Set(kind @ Kind::Object(_)), Value::List(elements)) => {
            let prior = prior.and_then(Value::as_list).unwrap_or_default();
            let elements = elements.iter().enumerate().map(|(index, element)| {
                plan_value(kind, element, partner(prior, index, |prior| is_same(kind, element, prior)))
            });
            Value::List(elements.collect())
        }
        (Kind::Map(kind @ Kind::Object(_)), Value::Map(members)) => {
            let prior = prior.and_then(Value::as_map);
            let members = members.iter().map(|(key, member)| {
                let prior = prior.and_then(|prior| prior.get(key));
                (key.clone(), plan_value(kind, member, prior))
            });
            Value::Map(members.collect())
        }
        (_, config) => config.clone(),
    };
    spelled(kind, planned, prior)
}

/// Whether the configured element is certain to be this one.
fn is_same(kind: &Kind, element: &Value, prior: &Value) -> bool {
    element.is_wholly_known() && corresponds(kind, element, prior)
}

fn spelled(kind: &Kind, planned: Value, prior: Option<&Value>) -> Value {
    match prior {
        Some(prior) if equal(kind, prior, &planned) => prior.clone(),
        _ => planned,
    }
}

/// The attributes whose change replaces the resource, wherever they stand.
fn replacements(fields: &[Field], prior: &Object, planned: &Object, at: &Path, found: &mut Vec<Path>) {
    for field in fields.iter().filter(|field| differs(field, prior, planned)) {
        let path = at.then(Step::Attribute(field.name.to_owned()));
        if field.replace {
            found.push(path);
        } else {
            replacements_inside(&field.kind, member(prior, field.name), member(planned, field.name), &path, found);
        }
    }
}

fn replacements_inside(kind: &Kind, prior: &Value, planned: &Value, at: &Path, found: &mut Vec<Path>) {
    match (kind, prior, planned) {
        (Kind::Object(fields), Value::Map(prior), Value::Map(planned)) => {
            replacements(fields, prior, planned, at, found);
        }
        (Kind::List(kind), Value::List(prior), Value::List(planned)) => {
            for (index, (prior, planned)) in prior.iter().zip(planned).enumerate() {
                let path = at.then(Step::Index(index.try_into().unwrap_or(i64::MAX)));
                replacements_inside(kind, prior, planned, &path, found);
            }
        }
        (Kind::Map(kind), Value::Map(prior), Value::Map(planned)) => {
            for (key, prior) in prior {
                let path = at.then(Step::Key(key.clone()));
                replacements_inside(kind, prior, member(planned, key), &path, found);
            }
        }
        // An element of a set has no path, and one that changed is another element: the set itself is named.
        (Kind::Set(Kind::Object(fields)), Value::List(prior), Value::List(planned)) => {
            let fixed: Vec<&Field> = fields.iter().filter(|field| field.replace).collect();
            let same = |one: &Value, other: &Value| match (one.as_map(), other.as_map()) {
                (Some(one), Some(other)) => fixed.iter().all(|field| !differs(field, one, other)),
                _ => false,
            };
            if !fixed.is_empty() && !planned.iter().all(|planned| prior.iter().any(|prior| same(planned, prior))) {
                found.push(at.clone());
            }
        }
        _ => {}
    }
}
