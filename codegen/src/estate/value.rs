//! Values of inputs, by their declared type, and how HCL writes them.

use super::fields::truth;
use super::node::{Content, Key, Node};
use super::reference::{self, Reference, Targets};
use crate::emit::{is_identifier, quote};
use crate::module::{Attribute, Shape};
use crate::problem::Problem;

/// A value of a declared type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as decimal text.
    Number(String),
    /// A string.
    Text(String),
    /// A list, a set or a tuple.
    List(Vec<Value>),
    /// A map or an object.
    Map(Vec<(String, Value)>),
    /// What another module gives.
    Reference(Reference),
}

/// Checks nodes against types.
pub struct Values<'a> {
    /// What references can lead to.
    pub targets: &'a Targets,
    /// What is wrong.
    pub problems: &'a mut Vec<Problem>,
}

impl Values<'_> {
    /// The value of a node, if it is one of the type; `what` names it in messages.
    pub fn value(&mut self, node: &Node, shape: &Shape, what: &str) -> Option<Value> {
        let own = matches!(shape, Shape::Object(attributes) if attributes.iter().any(|found| found.name == "from"));
        if reference::text(node).is_some() && !own {
            return reference::resolve(self.problems, self.targets, node, shape).map(Value::Reference);
        }
        match (shape, &node.content) {
            (Shape::Text, Content::Text(text)) if is_interpolated(text) => {
                let problem =
                    Problem::at(node.place.clone(), format!("`{what}` is `{text}`, and text is no expression"));
                self.problems.push(problem.hint("`{ from: root.module.output }` takes what another module gives"));
                None
            }
            (Shape::Text, Content::Text(text)) => Some(Value::Text(text.clone())),
            (Shape::Bool, Content::Text(text)) if truth(text).is_some() => truth(text).map(Value::Bool),
            (Shape::Number, Content::Text(text)) if number(text).is_some() => number(text).map(Value::Number),
            (Shape::List(inner) | Shape::Set(inner), Content::List(nodes)) => {
                self.list(nodes.iter().map(|node| (node, &**inner)), what)
            }
            (Shape::Tuple(inner), Content::List(nodes)) if inner.len() == nodes.len() => {
                self.list(nodes.iter().zip(inner), what)
            }
            (Shape::Map(inner), Content::Map(entries)) => {
                let values = entries.iter().map(|(key, node)| {
                    self.value(node, inner, &format!("{what}.{}", key.name)).map(|value| (key.name.clone(), value))
                });
                values.collect::<Vec<_>>().into_iter().collect::<Option<_>>().map(Value::Map)
            }
            (Shape::Object(attributes), Content::Map(entries)) => self.object(node, entries, attributes, what),
            _ => {
                let text = format!("`{what}` must be {}, not {}", shape.noun(), node.noun());
                self.problems.push(Problem::at(node.place.clone(), text).hint(format!("its type is {shape}")));
                None
            }
        }
    }

    fn list<'b>(&mut self, nodes: impl Iterator<Item = (&'b Node, &'b Shape)>, what: &str) -> Option<Value> {
        let values =
            nodes.enumerate().map(|(number, (node, shape))| self.value(node, shape, &format!("{what}[{number}]")));
        values.collect::<Vec<_>>().into_iter().collect::<Option<_>>().map(Value::List)
    }

    fn object(&mut self, node: &Node, entries: &[(Key, Node)], attributes: &[Attribute], what: &str) -> Option<Value> {
        let before = self.problems.len();
        for attribute in attributes.iter().filter(|attribute| !attribute.optional) {
            if !entries.iter().any(|(key, _)| key.name == attribute.name) {
                self.problems.push(Problem::at(node.place.clone(), format!("`{what}` needs `{}`", attribute.name)));
            }
        }
        let mut values = Vec::new();
        for (key, node) in entries {
            let Some(attribute) = attributes.iter().find(|attribute| attribute.name == key.name) else {
                let problem = Problem::at(key.place.clone(), format!("`{what}` has no `{}`", key.name));
                self.problems.push(problem.names(&key.name, attributes.iter().map(|attribute| &*attribute.name)));
                continue;
            };
            if node.content == Content::Null && attribute.optional {
                values.push((key.name.clone(), Value::Null));
            } else if let Some(value) = self.value(node, &attribute.shape, &format!("{what}.{}", key.name)) {
                values.push((key.name.clone(), value));
            }
        }
        (self.problems.len() == before).then_some(Value::Map(values))
    }
}

/// Whether a text is meant as an expression of Terraform; a policy's `${aws:username}` is not.
fn is_interpolated(text: &str) -> bool {
    ["${data.", "${local.", "${module.", "${var."].iter().any(|begin| text.contains(begin))
}

/// A number's text as HCL takes it: no signs of other notations, no zeros in front.
fn number(text: &str) -> Option<String> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let plain = digits.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
    if !plain || digits.matches('.').count() > 1 || !digits.starts_with(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    if digits.ends_with('.') {
        return None;
    }
    let trimmed = digits.trim_start_matches('0');
    let zero = if trimmed.is_empty() || trimmed.starts_with('.') { "0" } else { "" };
    Some(format!("{sign}{zero}{trimmed}"))
}

impl Value {
    /// Every reference in the value.
    pub fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Reference(reference) => vec![reference],
            Self::List(values) => values.iter().flat_map(Self::references).collect(),
            Self::Map(entries) => entries.iter().flat_map(|(_, value)| value.references()).collect(),
            _ => Vec::new(),
        }
    }

    /// The value as HCL: scalars and lists of scalars on one line, what holds more on several.
    pub fn expression(&self, refer: &impl Fn(&Reference) -> String) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string(),
            Self::Number(text) => text.clone(),
            Self::Text(text) => quote(text),
            Self::Reference(reference) => refer(reference),
            Self::List(values) if values.iter().all(Self::is_short) => {
                let values: Vec<String> = values.iter().map(|value| value.expression(refer)).collect();
                format!("[{}]", values.join(", "))
            }
            Self::List(values) => {
                let lines: String = values.iter().map(|value| format!("{},\n", value.expression(refer))).collect();
                format!("[\n{lines}]")
            }
            Self::Map(entries) if entries.is_empty() => "{}".into(),
            Self::Map(entries) => {
                let lines: String = entries
                    .iter()
                    .map(|(key, value)| {
                        let key = if is_identifier(key) { key.clone() } else { quote(key) };
                        format!("{key} = {}\n", value.expression(refer))
                    })
                    .collect();
                format!("{{\n{lines}}}")
            }
        }
    }

    fn is_short(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Map(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimal_and_keep_their_digits() {
        let numbers = [("3", "3"), ("1.30", "1.30"), ("007", "7"), ("0", "0"), ("-0.5", "-0.5"), ("00.5", "0.5")];
        for (text, wanted) in numbers {
            assert_eq!(number(text).as_deref(), Some(wanted));
        }
        for text in ["0x1F", "1e3", "1_000", "", "-", "1.2.3", ".5", "5.", "ten"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
