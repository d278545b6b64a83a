//! Keys of `for_each` that stand in the code, so that it is known which instances there are.

use super::change::{Change, Kind};
use super::objects::{gone, is_stateful, rename_to_say};
use super::surface::Surface;
use hcl_edit::expr::{Expression, ObjectKey};
use std::collections::BTreeMap;

/// The code of the values by their keys, where `for_each` is an object or a set of texts; `None` where what it reads
/// decides.
pub(super) fn literal(repetition: &str) -> Option<BTreeMap<String, String>> {
    let body = hcl_edit::parser::parse_body(&format!("{repetition}\n")).ok()?;
    let mut value = &body.get_attribute("for_each")?.value;
    while let Expression::Parenthesis(inner) = value {
        value = inner.inner();
    }
    match value {
        Expression::Object(object) => {
            let entries =
                object.iter().map(|(key, value)| Some((text(key)?, value.expr().to_string().trim().to_owned())));
            entries.collect()
        }
        Expression::FuncCall(call) if call.name.name.as_str() == "toset" => {
            let list = call.args.iter().next()?.as_array()?;
            list.iter().map(|key| Some((key.as_str()?.to_owned(), String::new()))).collect()
        }
        _ => None,
    }
}

fn text(key: &ObjectKey) -> Option<String> {
    match key {
        ObjectKey::Ident(name) => Some(name.as_str().to_owned()),
        ObjectKey::Expression(Expression::Variable(name)) => Some(name.as_str().to_owned()),
        ObjectKey::Expression(expression) => expression.as_str().map(str::to_owned),
    }
}

/// Compares the instances of one block.
pub(super) fn compare(
    address: &str,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
    new: &Surface,
    changes: &mut Vec<Change>,
) {
    let instance = |key: &str| format!("{address}[\"{key}\"]");
    let mut arrived: Vec<&String> = after.keys().filter(|key| !before.contains_key(*key)).collect();
    let mut lost = Vec::new();
    for (key, value) in before {
        let from = instance(key);
        let to = after.keys().find(|other| new.moves.get(&from).is_some_and(|to| *to == instance(other)));
        let now = match to {
            Some(to) => {
                changes.push(Change::new(Kind::ObjectMoved, format!("{from} is {} now", instance(to))));
                arrived.retain(|key| *key != to);
                to
            }
            None if after.contains_key(key) => key,
            None => {
                lost.push(key);
                continue;
            }
        };
        if after[now] != *value {
            let kind = if is_stateful(address) { Kind::RepetitionChanged } else { Kind::ArgumentChanged };
            changes.push(Change::new(kind, format!("{} has another value: {}", instance(now), after[now])));
        }
    }
    for key in &lost {
        let change = Change::new(Kind::ObjectRemoved, gone(&instance(key)));
        changes.push(match (lost.as_slice(), arrived.as_slice()) {
            ([_], [to]) => change.hint(rename_to_say(&instance(key), &instance(to))),
            _ => change,
        });
    }
    for key in arrived {
        let text = format!("{} is new, and nothing switches it off", instance(key));
        changes.push(Change::new(Kind::UnconditionalObject, text));
    }
}
