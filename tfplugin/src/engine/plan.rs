//! The plan: what each attribute will be, from the configuration and the prior state alone.

use crate::schema::{Field, Kind, Table, Volatile, corresponds, equal, member};
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
    let changed: Vec<&Field> = table.fields.iter().filter(|field| differs(field, prior, &planned)).collect();
    for field in table.fields.iter().filter(|field| is_left_to_backend(field, config)) {
        let anew = match field.volatile {
            Volatile::Never => false,
            Volatile::Always => !changed.is_empty(),
            Volatile::With(names) => changed.iter().any(|field| names.contains(&field.name)),
        };
        if anew {
            planned.insert(field.name.to_owned(), Value::Unknown);
        }
    }
    let replaces = |field: &&&Field| field.replace && differs(field, prior, &planned);
    let replace = changed.iter().filter(replaces).map(|field| Path::attribute(field.name)).collect();
    let nested = changed.iter().flat_map(|field| nested_replacements(field, prior, &planned));
    let replace = nested.fold(replace, |mut all: Vec<Path>, path| {
        all.push(path);
        all
    });
    Plan { planned, replace }
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
        return prior.cloned().unwrap_or(Value::Unknown);
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
        (Kind::List(kind @ Kind::Object(_)), Value::List(elements)) => {
            let prior = prior.and_then(Value::as_list).unwrap_or_default();
            let elements = elements.iter().enumerate();
            Value::List(elements.map(|(index, element)| plan_value(kind, element, prior.get(index))).collect())
        }
        (Kind::Map(kind @ Kind::Object(_)), Value::Map(members)) => {
            let prior = prior.and_then(Value::as_map);
            let members = members.iter().map(|(key, member)| {
                let prior = prior.and_then(|prior| prior.get(key));
                (key.clone(), plan_value(kind, member, prior))
            });
            Value::Map(members.collect())
        }
        (Kind::Set(kind @ Kind::Object(_)), Value::List(elements)) => {
            let prior = prior.and_then(Value::as_list).unwrap_or_default();
            let elements = elements.iter().map(|element| {
                let partner = prior.iter().find(|prior| corresponds(kind, element, prior));
                plan_value(kind, element, partner)
            });
            Value::List(elements.collect())
        }
        (_, config) => config.clone(),
    };
    spelled(kind, planned, prior)
}

fn spelled(kind: &Kind, planned: Value, prior: Option<&Value>) -> Value {
    match prior {
        Some(prior) if equal(kind, prior, &planned) => prior.clone(),
        _ => planned,
    }
}

/// Replacements that an attribute of a nested object asks for; elements of sets have no path, so the set is named.
fn nested_replacements(field: &Field, prior: &Object, planned: &Object) -> Vec<Path> {
    let path = Path::attribute(field.name);
    let (prior, planned) = (member(prior, field.name), member(planned, field.name));
    match (&field.kind, prior, planned) {
        (Kind::Object(fields), Value::Map(prior), Value::Map(planned)) => {
            let changed = fields.iter().filter(|field| field.replace && differs(field, prior, planned));
            changed.map(|field| path.then(Step::Attribute(field.name.to_owned()))).collect()
        }
        _ => Vec::new(),
    }
}
