//! What a document of IAM means, whatever its spelling.
//!
//! Facts come from the IAM user guide, "IAM JSON policy elements reference" and "Grammar": one value stands for a list of
//! one, lists have no order, names of actions and of condition keys have no case, a document without a version has
//! 2008-10-17, and an account's id stands for `arn:aws:iam::<id>:root`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// A document or a part of one; two of the same meaning are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// A text, a number or a boolean.
    Text(String),
    /// Values in any order.
    Set(BTreeSet<Meaning>),
    /// Values by name.
    Object(BTreeMap<String, Meaning>),
}

/// The version of a document that says none.
const OLDEST: &str = "2008-10-17";

/// The meaning of a whole document.
pub fn of(document: &Value) -> Meaning {
    let Value::Object(members) = document else { return plain(document) };
    let mut meaning = BTreeMap::from([("Version".to_owned(), Meaning::Text(OLDEST.to_owned()))]);
    meaning.extend(members.iter().map(|(name, value)| match name.as_str() {
        "Statement" => (name.clone(), set(value, statement)),
        _ => (name.clone(), plain(value)),
    }));
    Meaning::Object(meaning)
}

fn statement(statement: &Value) -> Meaning {
    let Value::Object(members) = statement else { return plain(statement) };
    let is_said = |(name, value): &(&String, &Value)| match name.as_str() {
        "Sid" => value.as_str() != Some(""),
        "Condition" => value.as_object().is_none_or(|conditions| !conditions.is_empty()),
        _ => true,
    };
    let meaning = members.iter().filter(is_said).map(|(name, value)| {
        let meaning = match name.as_str() {
            "Action" | "NotAction" => set(value, |action| Meaning::Text(text(action).to_lowercase())),
            "Resource" | "NotResource" => set(value, plain),
            "Principal" | "NotPrincipal" => principals(value),
            "Condition" => conditions(value),
            _ => plain(value),
        };
        (name.clone(), meaning)
    });
    Meaning::Object(meaning.collect())
}

/// Who is meant, by the kind of principal; `"*"` is `{"AWS": "*"}`.
fn principals(value: &Value) -> Meaning {
    let Value::Object(kinds) = value else {
        return Meaning::Object(BTreeMap::from([("AWS".to_owned(), set(value, plain))]));
    };
    let kinds = kinds.iter().map(|(kind, names)| match kind.as_str() {
        "AWS" => (kind.clone(), set(names, |name| Meaning::Text(account_of(&text(name)).to_owned()))),
        _ => (kind.clone(), set(names, plain)),
    });
    Meaning::Object(kinds.collect())
}

/// The id of an account that is named by its root; else the name itself.
fn account_of(name: &str) -> &str {
    let root = name.strip_prefix("arn:").and_then(|rest| rest.split_once(":iam::")).map(|(_, rest)| rest);
    let id = root.and_then(|rest| rest.strip_suffix(":root")).filter(|id| is_account(id));
    id.unwrap_or(name)
}

/// Whether it is the id of an account.
pub fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|digit| digit.is_ascii_digit())
}

/// Operators, and under each the keys with their values.
fn conditions(value: &Value) -> Meaning {
    let Value::Object(operators) = value else { return plain(value) };
    let operators = operators.iter().map(|(operator, keys)| match keys {
        Value::Object(keys) => (operator.clone(), Meaning::Object(condition_keys(keys))),
        keys => (operator.clone(), plain(keys)),
    });
    Meaning::Object(operators.collect())
}

/// Keys have no case, but what stands after a slash in them may, such as the key of a tag.
fn condition_keys(keys: &Map<String, Value>) -> BTreeMap<String, Meaning> {
    let caseless = |key: &str| match key.split_once('/') {
        Some((key, rest)) => format!("{}/{rest}", key.to_lowercase()),
        None => key.to_lowercase(),
    };
    let one_each: BTreeMap<_, _> = keys.iter().map(|(key, values)| (caseless(key), set(values, plain))).collect();
    match one_each.len() == keys.len() {
        true => one_each,
        // What one key in two spellings means, nobody says.
        false => keys.iter().map(|(key, values)| (key.clone(), set(values, plain))).collect(),
    }
}

fn set(value: &Value, each: impl Fn(&Value) -> Meaning) -> Meaning {
    match value {
        Value::Array(values) => Meaning::Set(values.iter().map(each).collect()),
        value => Meaning::Set(BTreeSet::from([each(value)])),
    }
}

fn plain(value: &Value) -> Meaning {
    match value {
        Value::Array(_) => set(value, plain),
        Value::Object(members) => {
            Meaning::Object(members.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
        }
        scalar => Meaning::Text(text(scalar)),
    }
}

/// A text as it is, and a number or boolean as text.
fn text(scalar: &Value) -> String {
    match scalar {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
