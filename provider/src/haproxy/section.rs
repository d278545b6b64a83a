//! Sections of the configuration, frontends and backends, with everything that stands in them.

use std::sync::Arc;

use tfplugin::prelude::*;
use tfplugin::schema::{Field, Kind, to_api};
use tfplugin::value::{Object, Value};

/// A kind of section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKind {
    /// Where requests come in.
    Frontend,
    /// Where they go.
    Backend,
}

impl SectionKind {
    /// The API's name of all of them.
    pub fn list(self) -> &'static str {
        match self {
            SectionKind::Frontend => "frontends",
            SectionKind::Backend => "backends",
        }
    }

    /// The word in a sentence.
    pub fn word(self) -> &'static str {
        match self {
            SectionKind::Frontend => "frontend",
            SectionKind::Backend => "backend",
        }
    }
}

/// What makes a section out of the one that is there, which is empty for a new one. It is called again for each try.
pub type Shape = Arc<dyn Fn(Object) -> Object + Send + Sync>;

/// Lays the attributes of a plan over a section, or over a part of it: what the table does not know stays.
pub fn overlay(fields: &[Field], section: &mut Object, planned: &Object) {
    lay(fields, section, planned, true);
}

/// `words` says whether booleans are spelled `enabled` and `disabled` here.
fn lay(fields: &[Field], section: &mut Object, planned: &Object, words: bool) {
    for field in fields.iter().filter(|field| !field.is_computed_only() && !field.local) {
        match planned.get(field.name).unwrap_or(&Value::Null) {
            Value::Unknown => {}
            Value::Null if field.computed => {}
            Value::Null => {
                section.remove(field.api);
            }
            value => {
                // A bind has true booleans, and a server has none.
                let words = words && field.api != "binds";
                let laid = laid(&field.kind, section.remove(field.api), value, words);
                section.insert(field.api.to_owned(), laid);
            }
        }
    }
}

fn laid(kind: &Kind, current: Option<Value>, planned: &Value, words: bool) -> Value {
    let members = |current| match current {
        Some(Value::Map(members)) => members,
        _ => Object::new(),
    };
    match (kind, planned) {
        (Kind::Bool, Value::Bool(on)) if words => Value::from(if *on { "enabled" } else { "disabled" }),
        (Kind::Object(fields), Value::Map(planned)) => {
            let mut current = members(current);
            lay(fields, &mut current, planned, words);
            Value::Map(current)
        }
        (Kind::Map(element), Value::Map(planned)) => {
            let mut current = members(current);
            let elements = planned.iter().map(|(name, planned)| {
                let mut element = laid(element, current.remove(name), planned, words);
                if let Value::Map(members) = &mut element {
                    members.insert("name".to_owned(), name.as_str().into());
                }
                (name.clone(), element)
            });
            Value::Map(elements.collect())
        }
        _ => to_api(kind, planned),
    }
}

/// Refuses a name that HAProxy would not take for a section.
pub fn section_name(name: &str) -> Result<(), String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    match !name.is_empty() && name.bytes().all(fits) {
        true => Ok(()),
        false => Err(format!("is `{name}`; letters, digits, `-`, `_`, `.` and `:` are allowed")),
    }
}

#[cfg(test)]
mod tests {
    use tfplugin::value::from_plain_json;

    use super::*;

    #[derive(Nested)]
    struct Server {
        /// Address.
        address: String,
        /// Whether it is checked.
        check: Option<bool>,
        /// Name for TLS.
        #[tf(api = "check-sni")]
        check_sni: Option<String>,
    }

    /// A backend.
    #[derive(Schema)]
    #[tf(name = "haproxy_backend", key(name))]
    struct Backend {
        /// Name.
        name: String,
        /// Servers.
        servers: Option<BTreeMap<String, Server>>,
        /// Mode.
        #[tf(computed)]
        mode: Option<String>,
        /// Retries.
        retries: Option<u64>,
    }

    fn object(json: serde_json::Value) -> Object {
        match from_plain_json(json) {
            Value::Map(object) => object,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_nobody_manages_stays_and_what_is_unset_goes() {
        let mut section = object(serde_json::json!({
            "name": "web", "mode": "http", "retries": 3, "fullconn": 7,
            "servers": {
                "w1": { "name": "w1", "address": "10.0.0.1", "check": "enabled", "maxqueue": 9 },
                "w2": { "name": "w2", "address": "10.0.0.2" },
            },
        }));
        let planned = object(serde_json::json!({
            "name": "web",
            "servers": {
                "w1": { "address": "10.0.0.9", "check": false, "check_sni": "a" }, "w3": { "address": "10.0.0.3" },
            },
        }));
        overlay(Backend::TABLE.fields, &mut section, &planned);
        let expected = object(serde_json::json!({
            "name": "web", "mode": "http", "fullconn": 7,
            "servers": {
                "w1": { "name": "w1", "address": "10.0.0.9", "check": "disabled", "maxqueue": 9, "check-sni": "a" },
                "w3": { "name": "w3", "address": "10.0.0.3" },
            },
        }));
        assert_eq!(section, expected);
    }
}
