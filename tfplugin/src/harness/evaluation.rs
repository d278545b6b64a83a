//! Values of HCL expressions: literals, templates and references, known or not yet.

use std::collections::{BTreeMap, BTreeSet};

use hcl::expr::{TemplateExpr, Traversal, TraversalOperator};
use hcl::template::Element;
use hcl::{Expression, ObjectKey, Template};

use crate::value::{Number, Object, Value, plain_json};
use crate::{Error, Result};

/// Where a scope has the locals.
pub(super) const LOCAL: &str = "local";

/// What references stand for: the values of the addresses that are known; all others are unknown.
pub(super) type Scope<'a> = BTreeMap<&'a str, &'a Object>;

/// The value of an expression.
pub(super) fn evaluate(expression: &Expression, scope: &Scope) -> Result<Value> {
    Ok(match expression {
        Expression::Null => Value::Null,
        Expression::Bool(flag) => Value::Bool(*flag),
        Expression::Number(number) => Value::Number(parse_number(&number.to_string())?),
        Expression::String(text) => Value::String(text.clone()),
        Expression::Array(elements) => {
            Value::List(elements.iter().map(|element| evaluate(element, scope)).collect::<Result<_>>()?)
        }
        Expression::Object(members) => {
            let members = members.iter().map(|(key, member)| Ok((key_of(key)?, evaluate(member, scope)?)));
            Value::Map(members.collect::<Result<_>>()?)
        }
        Expression::Parenthesis(inner) => evaluate(inner, scope)?,
        Expression::TemplateExpr(template) => filled(template, scope)?,
        Expression::Traversal(traversal) => follow(traversal, scope)?,
        Expression::FuncCall(call) if call.name.to_string() == "jsonencode" => encoded(&call.args, scope)?,
        other => return Err(Error::new(format!("the harness does not evaluate `{other}`"))),
    })
}

/// The addresses that an expression refers to.
pub(super) fn references(expression: &Expression) -> BTreeSet<String> {
    match expression {
        Expression::Array(elements) => elements.iter().flat_map(references).collect(),
        Expression::Object(members) => members.values().flat_map(references).collect(),
        Expression::Parenthesis(inner) => references(inner),
        Expression::FuncCall(call) => call.args.iter().flat_map(references).collect(),
        Expression::TemplateExpr(template) => {
            let parts = Template::from_expr(template).map(|template| template.elements().to_vec()).unwrap_or_default();
            let parts = parts.into_iter().filter_map(|part| match part {
                Element::Interpolation(part) => Some(references(&part.expr)),
                _ => None,
            });
            parts.flatten().collect()
        }
        Expression::Traversal(traversal) => {
            address(traversal).map(|(address, _)| address).filter(|address| address != LOCAL).into_iter().collect()
        }
        _ => BTreeSet::new(),
    }
}

/// `jsonencode` of one value, as text.
fn encoded(arguments: &[Expression], scope: &Scope) -> Result<Value> {
    let [argument] = arguments else { return Err(Error::new("`jsonencode` takes one value")) };
    let value = evaluate(argument, scope)?;
    Ok(if value.is_wholly_known() { Value::String(plain_json(&value).to_string()) } else { Value::Unknown })
}

fn parse_number(text: &str) -> Result<Number> {
    text.parse().map_err(|_| Error::new(format!("`{text}` is not a number")))
}

fn key_of(key: &ObjectKey) -> Result<String> {
    match key {
        ObjectKey::Identifier(name) => Ok(name.to_string()),
        ObjectKey::Expression(Expression::String(text)) => Ok(text.clone()),
        other => Err(Error::new(format!("the harness does not evaluate the key `{other:?}`"))),
    }
}

fn filled(template: &TemplateExpr, scope: &Scope) -> Result<Value> {
    let template = Template::from_expr(template).map_err(|error| Error::new(format!("a template: {error}")))?;
    let mut text = String::new();
    for element in template.elements() {
        match element {
            Element::Literal(literal) => text.push_str(literal),
            Element::Interpolation(part) => match evaluate(&part.expr, scope)? {
                Value::Unknown => return Ok(Value::Unknown),
                Value::String(part) => text.push_str(&part),
                Value::Number(part) => text.push_str(&part.to_string()),
                Value::Bool(part) => text.push_str(&part.to_string()),
                _ => return Err(Error::new("a template holds something that is no text")),
            },
            Element::Directive(_) => return Err(Error::new("the harness does not evaluate directives")),
        }
    }
    Ok(Value::String(text))
}

/// The address that a reference begins with, and how many of its operators belong to it.
fn address(traversal: &Traversal) -> Option<(String, usize)> {
    let Expression::Variable(first) = &traversal.expr else { return None };
    let names: Vec<&str> = traversal
        .operators
        .iter()
        .map_while(|operator| match operator {
            TraversalOperator::GetAttr(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    match (first.as_str(), names.as_slice()) {
        (LOCAL, [_, ..]) => Some((LOCAL.to_owned(), 0)),
        ("data", [type_name, name, ..]) => Some((format!("data.{type_name}.{name}"), 2)),
        (type_name, [name, ..]) => Some((format!("{type_name}.{name}"), 1)),
        _ => None,
    }
}

fn follow(traversal: &Traversal, scope: &Scope) -> Result<Value> {
    let (address, used) =
        address(traversal).ok_or_else(|| Error::new(format!("the harness does not follow `{:?}`", traversal.expr)))?;
    let Some(object) = scope.get(address.as_str()) else {
        return Ok(Value::Unknown);
    };
    let mut value = &Value::Map((*object).clone());
    for operator in &traversal.operators[used..] {
        let next = match (operator, value) {
            (_, Value::Unknown) => return Ok(Value::Unknown),
            (TraversalOperator::GetAttr(name), Value::Map(members)) => members.get(name.as_str()),
            (TraversalOperator::Index(Expression::String(key)), Value::Map(members)) => members.get(key),
            (TraversalOperator::Index(Expression::Number(index)), Value::List(elements)) => {
                index.as_u64().and_then(|index| elements.get(usize::try_from(index).ok()?))
            }
            _ => None,
        };
        value = next.ok_or_else(|| Error::new(format!("`{address}` has nothing at `{operator:?}`")))?;
    }
    Ok(value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Value) {
        let expression: Expression = text.parse().unwrap();
        let top = Object::from([("id".to_owned(), Value::from(7u64)), ("name".to_owned(), Value::from("a"))]);
        let scope = Scope::from([("x.top", &top)]);
        assert_eq!(evaluate(&expression, &scope).unwrap(), expected, "{text}");
    }

    #[test]
    fn references_are_known_once_their_object_is() {
        check("x.top.id", Value::from(7u64));
        check("x.other.id", Value::Unknown);
        check("\"${x.top.name}:${x.top.id}\"", Value::from("a:7"));
        check("\"${x.other.name}:b\"", Value::Unknown);
        check("[x.top.name, 0.10]", Value::List(vec![Value::from("a"), Value::Number("0.1".parse().unwrap())]));
        check("jsonencode({ b = [1, x.top.name], a = null })", Value::from("{\"a\":null,\"b\":[1,\"a\"]}"));
        check("jsonencode({ a = x.other.name })", Value::Unknown);
        check("{ a = null }", Value::Map(Object::from([("a".to_owned(), Value::Null)])));
    }

    #[test]
    fn what_is_not_evaluated_is_an_error() {
        for text in ["1 + 1", "upper(\"a\")", "x.top.wrong"] {
            let top = Object::new();
            assert!(evaluate(&text.parse().unwrap(), &Scope::from([("x.top", &top)])).is_err(), "{text}");
        }
    }
}
