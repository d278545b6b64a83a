//! Core's rules about answers, from its documentation, judged with nothing but the schema in hand.

use super::shape::{Attribute, Shape};
use crate::proto::tfplugin6::schema::object::NestingMode;
use crate::value::{Object, Path, Step, Value};
use crate::{Error, Result};

/// A plan is valid if each attribute is the configured value, the prior one, or the provider's to choose.
pub(super) fn plan_is_valid(shape: &Shape, config: &Object, prior: Option<&Object>, planned: &Object) -> Result<()> {
    object_is_valid(shape, config, prior, planned, &Path::default())
        .map_err(|error| error.context("the provider made an invalid plan"))
}

fn object_is_valid(shape: &Shape, config: &Object, prior: Option<&Object>, planned: &Object, at: &Path) -> Result<()> {
    for attribute in &shape.attributes {
        let path = at.then(Step::Attribute(attribute.name.clone()));
        let of = |object: &Object| object.get(&attribute.name).cloned().unwrap_or_default();
        let (config, planned, prior) = (of(config), of(planned), prior.map(of).unwrap_or_default());
        attribute_is_valid(attribute, &config, &prior, &planned, &path)?;
    }
    Ok(())
}

fn attribute_is_valid(attribute: &Attribute, config: &Value, prior: &Value, planned: &Value, at: &Path) -> Result<()> {
    let invalid = |what: &str| Err(Error::new(format!("`{at}` {what}")).at(at.clone()));
    if attribute.write_only {
        return if planned.is_null() { Ok(()) } else { invalid("is write-only and planned") };
    }
    if attribute.is_computed_only() || (attribute.computed && config.is_null()) || planned == config {
        return Ok(());
    }
    if !prior.is_null() && !config.is_null() && planned == prior {
        return Ok(());
    }
    match (&attribute.nested, config, planned) {
        (Some((mode, shape)), config, planned) if !config.is_null() && !config.is_unknown() => {
            nested_is_valid(*mode, shape, config, prior, planned, at)
        }
        (_, Value::Null, _) => invalid("is planned although nobody sets it"),
        _ => invalid("is planned as neither the configured nor the prior value"),
    }
}

fn nested_is_valid(
    mode: NestingMode,
    shape: &Shape,
    config: &Value,
    prior: &Value,
    planned: &Value,
    at: &Path,
) -> Result<()> {
    let invalid = |what: &str| Err(Error::new(format!("`{at}` {what}")).at(at.clone()));
    match (mode, config, planned) {
        (NestingMode::Map, Value::Map(config), Value::Map(planned)) => {
            if !config.keys().eq(planned.keys()) {
                return invalid("is planned with other keys than those configured");
            }
            for (key, config) in config {
                let prior = prior.as_map().and_then(|prior| prior.get(key)).and_then(Value::as_map);
                if let (Some(config), Some(planned)) = (config.as_map(), planned[key].as_map()) {
                    object_is_valid(shape, config, prior, planned, &at.then(Step::Key(key.clone())))?;
                }
            }
            Ok(())
        }
        (_, Value::Map(config), Value::Map(planned)) => object_is_valid(shape, config, prior.as_map(), planned, at),
        (_, Value::List(config), Value::List(planned)) if config.len() != planned.len() => {
            invalid("is planned with another number of elements than is configured")
        }
        // Elements of a set have nothing that tells which is which, and core trusts the provider.
        (NestingMode::Set, Value::List(_), Value::List(_)) => Ok(()),
        (_, Value::List(config), Value::List(planned)) => {
            let prior = prior.as_list().unwrap_or_default();
            for (index, (config, planned)) in config.iter().zip(planned).enumerate() {
                let at = at.then(Step::Index(index.try_into().unwrap_or(i64::MAX)));
                let prior = prior.get(index).and_then(Value::as_map);
                if let (Some(config), Some(planned)) = (config.as_map(), planned.as_map()) {
                    object_is_valid(shape, config, prior, planned, &at)?;
                }
            }
            Ok(())
        }
        _ => invalid("is planned as neither the configured nor the prior value"),
    }
}

/// Each path that asks for a replacement must exist; whether one of them changed is returned.
pub(super) fn replaces(paths: &[Path], prior: &Object, planned: &Object) -> Result<bool> {
    let mut replaces = false;
    for path in paths {
        match (look_up(prior, path), look_up(planned, path)) {
            (None, None) => return Err(Error::new(format!("`{path}` asks for a replacement and is not there"))),
            (prior, planned) => replaces |= prior != planned,
        }
    }
    Ok(replaces)
}

fn look_up<'a>(object: &'a Object, path: &Path) -> Option<&'a Value> {
    let (first, rest) = path.0.split_first()?;
    let Step::Attribute(name) = first else { return None };
    rest.iter().try_fold(object.get(name)?, |value, step| match (step, value) {
        (Step::Attribute(name) | Step::Key(name), Value::Map(members)) => members.get(name),
        (Step::Index(index), Value::List(elements)) => elements.get(usize::try_from(*index).ok()?),
        _ => None,
    })
}

/// A later answer keeps every promise of an earlier one: what was known is the same, what was unknown is anything.
pub(super) fn keeps(promised: &Object, actual: &Object, what: &str) -> Result<()> {
    for (name, wanted) in promised {
        let found = actual.get(name).unwrap_or(&Value::Null);
        if !fulfils(wanted, found) {
            let text = format!("the provider broke its plan with {what}: `{name}` was {wanted:?} and is {found:?}");
            return Err(Error::new(text).at_attribute(name));
        }
    }
    Ok(())
}

fn fulfils(promised: &Value, actual: &Value) -> bool {
    match (promised, actual) {
        (Value::Unknown, _) => true,
        (Value::Map(promised), Value::Map(actual)) => {
            promised.keys().eq(actual.keys()) && promised.iter().all(|(key, value)| fulfils(value, &actual[key]))
        }
        (Value::List(promised), Value::List(actual)) if promised.iter().all(Value::is_wholly_known) => {
            promised == actual
        }
        // Only a set can have lost elements: a list of another length was refused with its plan.
        (Value::List(promised), Value::List(actual)) => {
            actual.len() <= promised.len()
                && actual.iter().all(|actual| promised.iter().any(|promised| fulfils(promised, actual)))
        }
        (promised, actual) => promised == actual,
    }
}

/// A state holds nothing that is unknown, and no write-only value.
pub(super) fn state_is_valid(shape: &Shape, state: &Object) -> Result<()> {
    if let Some((name, _)) = state.iter().find(|(_, value)| !value.is_wholly_known()) {
        return Err(Error::new(format!("`{name}` is unknown in a state")).at_attribute(name));
    }
    write_only_is_null(shape, state, &Path::default())
}

fn write_only_is_null(shape: &Shape, object: &Object, at: &Path) -> Result<()> {
    for attribute in &shape.attributes {
        let path = at.then(Step::Attribute(attribute.name.clone()));
        let value = object.get(&attribute.name).unwrap_or(&Value::Null);
        if attribute.write_only && !value.is_null() {
            return Err(Error::new(format!("`{path}` is write-only and in the answer")).at(path));
        }
        if let Some((mode, shape)) = &attribute.nested {
            for (step, object) in super::shape::objects(*mode, value) {
                write_only_is_null(shape, object, &step.map_or(path.clone(), |step| path.then(step)))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;

    fn shape(optional: bool, computed: bool, write_only: bool) -> Shape {
        let attribute = Attribute {
            name: "a".to_owned(),
            ty: Type::String,
            nested: None,
            required: false,
            optional,
            computed,
            write_only,
        };
        Shape { attributes: vec![attribute], version: 0 }
    }

    fn a(value: impl Into<Value>) -> Object {
        Object::from([("a".to_owned(), value.into())])
    }

    fn check(shape: &Shape, config: Value, prior: Option<Value>, planned: Value, valid: bool) {
        let prior = prior.map(a);
        let result = plan_is_valid(shape, &a(config), prior.as_ref(), &a(planned));
        assert_eq!(result.is_ok(), valid, "{result:?}");
    }

    #[test]
    fn a_plan_is_the_configuration_or_the_prior_value() {
        let optional = shape(true, false, false);
        check(&optional, "x".into(), None, "x".into(), true);
        check(&optional, "x".into(), Some("X".into()), "X".into(), true);
        check(&optional, "x".into(), Some("y".into()), "z".into(), false);
        check(&optional, Value::Null, Some("y".into()), "y".into(), false);
        check(&optional, "x".into(), None, Value::Unknown, false);
    }

    #[test]
    fn what_the_provider_may_choose_is_free_and_what_is_write_only_is_null() {
        check(&shape(true, true, false), Value::Null, None, Value::Unknown, true);
        check(&shape(true, true, false), "x".into(), None, Value::Unknown, false);
        check(&shape(false, true, false), Value::Null, Some("y".into()), "z".into(), true);
        check(&shape(true, false, true), "x".into(), None, "x".into(), false);
        check(&shape(true, false, true), "x".into(), None, Value::Null, true);
        assert!(state_is_valid(&shape(true, false, true), &a("x")).is_err());
        assert!(state_is_valid(&shape(true, false, false), &a(Value::Unknown)).is_err());
    }

    #[test]
    fn results_keep_what_was_known() {
        assert!(keeps(&a("x"), &a("x"), "the result").is_ok());
        assert!(keeps(&a(Value::Unknown), &a("x"), "the result").is_ok());
        assert!(keeps(&a(Value::Null), &a("x"), "the result").is_err());
        let set = |elements: &[Value]| a(Value::List(elements.to_vec()));
        assert!(keeps(&set(&["x".into(), Value::Unknown]), &set(&["x".into()]), "the result").is_ok());
        assert!(keeps(&set(&["x".into()]), &set(&["x".into(), "y".into()]), "the result").is_err());
    }

    #[test]
    fn replacements_name_what_is_there() {
        let path = [Path::attribute("a")];
        assert!(replaces(&path, &a("x"), &a("y")).unwrap());
        assert!(!replaces(&path, &a("x"), &a("x")).unwrap());
        assert!(replaces(&[Path::attribute("b")], &a("x"), &a("y")).is_err());
    }
}
