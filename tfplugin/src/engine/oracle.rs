//! Core's rules about plans and results, checked before core does, so that the attribute is named.
//!
//! Only debug and test builds ask. The rules are those of `objchange` in OpenTofu, from the protocol's description.

use crate::Error;
use crate::schema::{Field, Kind, member};
use crate::value::{Object, Path, Step, Value};

/// What is wrong with a plan: each attribute must be the configuration, the prior value, or the provider's to choose.
pub(crate) fn plan_errors(fields: &[Field], config: &Object, prior: Option<&Object>, planned: &Object) -> Vec<Error> {
    let mut errors = Vec::new();
    plan_object(fields, config, prior, planned, &Path::default(), &mut errors);
    errors
}

fn plan_object(
    fields: &[Field],
    config: &Object,
    prior: Option<&Object>,
    planned: &Object,
    at: &Path,
    errors: &mut Vec<Error>,
) {
    if planned.len() != fields.len() {
        errors.push(Error::new(format!("`{at}` is planned with another set of attributes")).at(at.clone()));
    }
    for field in fields {
        let path = at.then(Step::Attribute(field.name.to_owned()));
        let (config, planned) = (member(config, field.name), member(planned, field.name));
        let prior = prior.map_or(&Value::Null, |prior| member(prior, field.name));
        let fault = if field.write_only {
            (!planned.is_null()).then_some("is write-only and planned")
        } else if field.is_computed_only() || (config.is_null() && field.is_filled_in()) {
            None
        } else if config.is_null() {
            (!planned.is_null()).then_some("is planned although nobody sets it")
        } else {
            plan_value(&field.kind, config, prior, planned, &path, errors)
        };
        if let Some(fault) = fault {
            errors.push(Error::new(format!("`{path}` {fault}")).at(path));
        }
    }
}

fn plan_value(
    kind: &Kind,
    config: &Value,
    prior: &Value,
    planned: &Value,
    path: &Path,
    errors: &mut Vec<Error>,
) -> Option<&'static str> {
    match (kind, config, planned) {
        (Kind::Object(fields), Value::Map(config), Value::Map(planned)) => {
            plan_object(fields, config, prior.as_map(), planned, path, errors);
            None
        }
        (Kind::List(Kind::Object(fields)), Value::List(config), Value::List(planned))
            if config.len() == planned.len() =>
        {
            for (index, (config, planned)) in config.iter().zip(planned).enumerate() {
                let path = path.then(Step::Index(index.try_into().unwrap_or(i64::MAX)));
                let prior = prior.as_list().and_then(|prior| prior.get(index)).and_then(Value::as_map);
                if let (Value::Map(config), Value::Map(planned)) = (config, planned) {
                    plan_object(fields, config, prior, planned, &path, errors);
                }
            }
            None
        }
        (Kind::Map(Kind::Object(fields)), Value::Map(config), Value::Map(planned))
            if config.keys().eq(planned.keys()) =>
        {
            for (key, config) in config {
                let path = path.then(Step::Key(key.clone()));
                let prior = prior.as_map().and_then(|prior| prior.get(key)).and_then(Value::as_map);
                if let (Value::Map(config), Value::Map(planned)) = (config, member(planned, key)) {
                    plan_object(fields, config, prior, planned, &path, errors);
                }
            }
            None
        }
        // Core cannot correlate a set's elements and trusts the provider.
        (Kind::Set(Kind::Object(_)), Value::List(config), Value::List(planned)) if config.len() >= planned.len() => {
            None
        }
        (_, config, planned) if planned == config => None,
        (_, _, planned) if !prior.is_null() && planned == prior => None,
        _ => Some("is planned as neither the configured nor the prior value"),
    }
}

/// What is wrong with a result: all that was known in the plan must be there, and nothing may be unknown.
pub(crate) fn result_errors(fields: &[Field], planned: &Object, result: &Object) -> Vec<Error> {
    let errors = fields.iter().filter_map(|field| {
        let (planned, actual) = (member(planned, field.name), member(result, field.name));
        let fault = if field.write_only && !actual.is_null() {
            "is write-only and in the result"
        } else if !actual.is_wholly_known() {
            "is unknown after the apply"
        } else if !compatible(&field.kind, planned, actual) {
            "is another value than was planned"
        } else {
            return None;
        };
        Some(Error::new(format!("`{}` {fault}", field.name)).at_attribute(field.name))
    });
    errors.collect()
}

fn compatible(kind: &Kind, planned: &Value, actual: &Value) -> bool {
    match (kind, planned, actual) {
        (_, Value::Unknown, _) => true,
        (Kind::Dynamic, planned, _) if !planned.is_wholly_known() => true,
        (Kind::Object(fields), Value::Map(planned), Value::Map(actual)) => {
            fields.iter().all(|field| compatible(&field.kind, member(planned, field.name), member(actual, field.name)))
        }
        (Kind::List(kind), Value::List(planned), Value::List(actual)) => {
            planned.len() == actual.len()
                && planned.iter().zip(actual).all(|(planned, actual)| compatible(kind, planned, actual))
        }
        (Kind::Map(kind), Value::Map(planned), Value::Map(actual)) => {
            planned.keys().eq(actual.keys())
                && planned.iter().all(|(key, planned)| compatible(kind, planned, member(actual, key)))
        }
        (Kind::Set(kind), Value::List(planned), Value::List(actual)) => {
            actual.len() <= planned.len()
                && actual.iter().all(|actual| planned.iter().any(|planned| compatible(kind, planned, actual)))
        }
        (_, planned, actual) => planned == actual,
    }
}
