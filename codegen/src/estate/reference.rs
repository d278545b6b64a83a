//! References: `{ from: root.module.output.path }`, the contract between modules and the graph's edges.

use super::node::{Content, Node};
use crate::module::{Description, Shape};
use crate::problem::{Place, Problem};
use std::collections::BTreeMap;

/// Where a value comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reference {
    /// Where the text stands.
    pub place: Place,
    /// The root.
    pub root: String,
    /// The call in that root.
    pub call: String,
    /// The output of the call's module.
    pub output: String,
    /// Keys, attributes or numbers that lead into the output.
    pub path: Vec<String>,
    /// Whether it is a single value, without keys.
    pub is_single: bool,
}

/// What references can lead to: the calls of each root; `None` for a call whose module is not known.
pub type Targets = BTreeMap<String, BTreeMap<String, Option<Description>>>;

/// The text behind `from`, if a node is a reference.
pub fn text(node: &Node) -> Option<(&str, &Place)> {
    match &node.content {
        Content::Map(entries) => match entries.as_slice() {
            [(key, Node { content: Content::Text(text), place })] if key.name == "from" => Some((text, place)),
            _ => None,
        },
        _ => None,
    }
}

/// The reference behind `from`, if it leads to a value of the wanted type.
pub fn resolve(problems: &mut Vec<Problem>, targets: &Targets, node: &Node, wanted: &Shape) -> Option<Reference> {
    let (text, place) = text(node)?;
    let mut parts = text.split('.');
    let (Some(root), Some(call), Some(output)) = (parts.next(), parts.next(), parts.next()) else {
        let problem = Problem::at(place.clone(), format!("`{text}` leads nowhere"));
        problems.push(problem.hint("write root.module.output, and keys of the output behind it"));
        return None;
    };
    let path: Vec<String> = parts.map(str::to_owned).collect();
    let mut refuse = |text: String, name: &str, allowed: Vec<&str>| {
        problems.push(Problem::at(place.clone(), text).names(name, allowed));
    };
    let Some(calls) = targets.get(root) else {
        refuse(format!("there is no root `{root}`"), root, targets.keys().map(String::as_str).collect());
        return None;
    };
    let Some(description) = calls.get(call) else {
        refuse(format!("the root `{root}` has no module `{call}`"), call, calls.keys().map(String::as_str).collect());
        return None;
    };
    let description = description.as_ref()?;
    let Some(found) = description.output(output) else {
        let outputs = description.outputs.iter().map(|output| output.name.as_str()).collect();
        refuse(
            format!("`{}` with the features of {root}.{call} has no output `{output}`", description.name),
            output,
            outputs,
        );
        return None;
    };
    let mut shape = &found.shape;
    for part in &path {
        let Some(inner) = shape.part(part) else {
            refuse(format!("`{output}` is {shape} and has no `{part}`"), part, attributes(shape));
            return None;
        };
        shape = inner;
    }
    if !wanted.accepts(shape) {
        problems.push(Problem::at(place.clone(), format!("`{text}` is {shape}; wanted is {wanted}")));
        return None;
    }
    let (root, call, output) = (root.to_owned(), call.to_owned(), output.to_owned());
    Some(Reference { place: place.clone(), root, call, output, path, is_single: !shape.is_collection() })
}

fn attributes(shape: &Shape) -> Vec<&str> {
    match shape {
        Shape::Object(attributes) => attributes.iter().map(|attribute| attribute.name.as_str()).collect(),
        _ => Vec::new(),
    }
}
