//! How often a block or a nested attribute stands, and its occurrences in a value.

use serde::Deserialize;
use tfplugin::value::{Object, Value};

/// How the occurrences of a block, or of a nested attribute, are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Nesting {
    Single,
    /// One that is there even where nobody writes it; attributes do not have it.
    Group,
    List,
    Set,
    Map,
}

/// The occurrences that are known to be there.
pub(crate) fn elements_mut(nesting: Nesting, value: &mut Value) -> Vec<&mut Object> {
    match (nesting, value) {
        (Nesting::Single | Nesting::Group, Value::Map(members)) => vec![members],
        (Nesting::List | Nesting::Set, Value::List(elements)) => objects(elements.iter_mut()),
        (Nesting::Map, Value::Map(members)) => objects(members.values_mut()),
        _ => Vec::new(),
    }
}

fn objects<'a>(values: impl Iterator<Item = &'a mut Value>) -> Vec<&'a mut Object> {
    let object = |value: &'a mut Value| match value {
        Value::Map(members) => Some(members),
        _ => None,
    };
    values.filter_map(object).collect()
}
