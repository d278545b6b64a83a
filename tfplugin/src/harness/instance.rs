//! One object in the state that the harness keeps.

use std::collections::BTreeSet;

use crate::value::{Object, Value};

/// An object in the state.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// The type with the provider's prefix.
    pub type_name: String,
    /// Its attributes.
    pub state: Object,
    /// Whether its creation failed half way, so that the next apply makes it anew.
    pub tainted: bool,
    pub(super) private: Vec<u8>,
    pub(super) identity: Option<Object>,
    pub(super) parents: BTreeSet<String>,
}

impl Instance {
    pub(super) fn new(type_name: &str, state: Object) -> Instance {
        Instance {
            type_name: type_name.to_owned(),
            state,
            tainted: false,
            private: Vec::new(),
            identity: None,
            parents: BTreeSet::new(),
        }
    }

    /// An attribute; null where there is none of the name.
    pub fn get(&self, name: &str) -> &Value {
        self.state.get(name).unwrap_or(&Value::Null)
    }

    /// An attribute as a text, such as for a path of the API.
    pub fn text(&self, name: &str) -> String {
        match self.get(name) {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            _ => String::new(),
        }
    }
}
