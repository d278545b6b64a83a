//! The proposed new state: the configuration, merged with what the prior state says of computed attributes.

use super::shape::{Attribute, Shape};
use crate::proto::tfplugin6::schema::object::NestingMode;
use crate::value::{Object, Value};

/// What core proposes before it asks for a plan.
pub(super) fn propose(shape: &Shape, prior: Option<&Object>, config: &Object) -> Object {
    let proposed = shape.attributes.iter().map(|attribute| {
        let prior = prior.and_then(|prior| prior.get(&attribute.name)).unwrap_or(&Value::Null);
        let config = config.get(&attribute.name).unwrap_or(&Value::Null);
        (attribute.name.clone(), propose_attribute(attribute, prior, config))
    });
    proposed.collect()
}

fn propose_attribute(attribute: &Attribute, prior: &Value, config: &Value) -> Value {
    if attribute.computed && config.is_null() {
        // What only a configuration can have set goes when the configuration goes.
        return if attribute.optional && was_configured(attribute, prior) { Value::Null } else { prior.clone() };
    }
    match &attribute.nested {
        Some((mode, shape)) => propose_nested(*mode, shape, prior, config),
        None => config.clone(),
    }
}

fn propose_nested(mode: NestingMode, shape: &Shape, prior: &Value, config: &Value) -> Value {
    match (mode, config) {
        (NestingMode::Map, Value::Map(members)) => {
            let proposed = members.iter().map(|(key, config)| {
                let prior = prior.as_map().and_then(|prior| prior.get(key));
                (key.clone(), propose_object(shape, prior, config))
            });
            Value::Map(proposed.collect())
        }
        (_, Value::Map(_)) => propose_object(shape, Some(prior), config),
        (NestingMode::Set, Value::List(elements)) => {
            let mut left: Vec<&Value> = prior.as_list().unwrap_or_default().iter().collect();
            let proposed = elements.iter().map(|config| {
                let partner = left.iter().position(|prior| may_stem_from(shape, prior, config));
                propose_object(shape, partner.map(|partner| left.remove(partner)), config)
            });
            Value::List(proposed.collect())
        }
        (_, Value::List(elements)) => {
            let prior = prior.as_list().unwrap_or_default();
            let elements = elements.iter().enumerate();
            Value::List(elements.map(|(index, config)| propose_object(shape, prior.get(index), config)).collect())
        }
        _ => config.clone(),
    }
}

fn propose_object(shape: &Shape, prior: Option<&Value>, config: &Value) -> Value {
    match config {
        Value::Map(config) => Value::Map(propose(shape, prior.and_then(Value::as_map), config)),
        other => other.clone(),
    }
}

/// Whether a prior element of a set is what became of a configured one: all but the computed parts are the same.
fn may_stem_from(shape: &Shape, prior: &Value, config: &Value) -> bool {
    let (Some(prior), Some(config)) = (prior.as_map(), config.as_map()) else {
        return false;
    };
    shape.attributes.iter().all(|attribute| {
        let config = config.get(&attribute.name).unwrap_or(&Value::Null);
        (attribute.computed && config.is_null()) || prior.get(&attribute.name) == Some(config)
    })
}

/// Whether somewhere inside there is a value that no provider may compute.
fn was_configured(attribute: &Attribute, prior: &Value) -> bool {
    let Some((mode, shape)) = &attribute.nested else {
        return false;
    };
    super::shape::objects(*mode, prior).into_iter().any(|(_, object)| {
        shape.attributes.iter().any(|attribute| {
            let value = object.get(&attribute.name).unwrap_or(&Value::Null);
            (attribute.optional && !attribute.computed && !value.is_null()) || was_configured(attribute, value)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;

    fn attribute(name: &str, optional: bool, computed: bool) -> Attribute {
        Attribute {
            name: name.to_owned(),
            ty: Type::String,
            nested: None,
            required: false,
            optional,
            computed,
            write_only: false,
        }
    }

    fn object(members: &[(&str, Value)]) -> Object {
        members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn computed_values_stay_where_nothing_is_configured() {
        let shape = Shape {
            attributes: vec![attribute("id", false, true), attribute("a", true, true), attribute("b", true, false)],
            version: 0,
        };
        let prior = object(&[("id", "7".into()), ("a", "kept".into()), ("b", "gone".into())]);
        let config = object(&[("id", Value::Null), ("a", Value::Null), ("b", Value::Null)]);
        let expected = object(&[("id", "7".into()), ("a", "kept".into()), ("b", Value::Null)]);
        assert_eq!(propose(&shape, Some(&prior), &config), expected);
    }

    #[test]
    fn elements_of_a_set_find_their_prior_by_what_is_configured() {
        let shape = Shape { attributes: vec![attribute("id", false, true), attribute("a", true, false)], version: 0 };
        let element = |id: Value, a: &str| Value::Map(object(&[("id", id), ("a", a.into())]));
        let prior = Value::List(vec![element("1".into(), "x"), element("2".into(), "y")]);
        let config = Value::List(vec![element(Value::Null, "y"), element(Value::Null, "z")]);
        let expected = Value::List(vec![element("2".into(), "y"), element(Value::Null, "z")]);
        assert_eq!(propose_nested(NestingMode::Set, &shape, &prior, &config), expected);
    }
}
