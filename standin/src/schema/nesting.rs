//! How often a block or a nested attribute stands, and its occurrences in a value.

use serde::Deserialize;
use tfplugin::value::{Object, Step, Value};

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

/// The same, to be read, each with its step from the value; an element of a set has none that a path could name.
pub(crate) fn elements(nesting: Nesting, value: &Value) -> Vec<(Option<Step>, &Object)> {
    let found: Vec<(Option<Step>, &Value)> = match (nesting, value) {
        (Nesting::Single | Nesting::Group, value) => vec![(None, value)],
        (Nesting::List, Value::List(elements)) => (0..).map(|index| Some(Step::Index(index))).zip(elements).collect(),
        (Nesting::Set, Value::List(elements)) => elements.iter().map(|element| (None, element)).collect(),
        (Nesting::Map, Value::Map(members)) => {
            members.iter().map(|(key, member)| (Some(Step::Key(key.clone())), member)).collect()
        }
        _ => Vec::new(),
    };
    found.into_iter().filter_map(|(step, value)| Some((step, value.as_map()?))).collect()
}

fn objects<'a>(values: impl Iterator<Item = &'a mut Value>) -> Vec<&'a mut Object> {
    let object = |value: &'a mut Value| match value {
        Value::Map(members) => Some(members),
        _ => None,
    };
    values.filter_map(object).collect()
}
