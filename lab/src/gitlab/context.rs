//! What a handler works with: the call, its parameters, the store and the server's options.

use serde_json::{Map, Value};

use crate::gitlab::callers::Caller;
use crate::gitlab::errors::Refusal;
use crate::gitlab::fields::{Field, On, check};
use crate::gitlab::server::Options;
use crate::gitlab::store::{Group, Project, Store};
use crate::http::call::Call;
use crate::http::params::{self, Unreadable};

/// One call on its way through the server.
pub struct Context<'a> {
    /// The call.
    pub call: &'a Call,
    /// Who makes it.
    pub caller: Caller,
    /// What the server remembers.
    pub store: &'a mut Store,
    /// How it was started.
    pub options: &'a Options,
    /// Its address, without a slash at the end.
    pub url: &'a str,
}

impl Context<'_> {
    /// The parameters, checked against the endpoint's tables.
    pub fn params(
        &self,
        on: On,
        tables: &[&'static [Field]],
        required: &[&str],
    ) -> Result<Map<String, Value>, Refusal> {
        let params = params::all(self.call).map_err(|unreadable| match unreadable {
            // Both texts are Grape's.
            Unreadable::Syntax => Refusal::parameter("message body does not match declared format"),
            Unreadable::ContentType => {
                Refusal::violation(415, "The provided content-type is not supported.".to_owned())
            }
        })?;
        let fields: Vec<&Field> = tables.iter().flat_map(|table| table.iter()).collect();
        check(&format!("{} {}", self.call.method, self.call.path), &fields, on, required, params)
    }

    /// Whether the server has a licence.
    pub fn licensed(&self) -> bool {
        self.options.licensed()
    }

    /// Either table, or both with a licence.
    pub fn edition(&self, all: &'static [Field], licensed: &'static [Field]) -> Vec<&'static [Field]> {
        if self.licensed() { vec![all, licensed] } else { vec![all] }
    }

    /// The group, or its 404.
    pub fn group(&self, id_or_path: &str) -> Result<&Group, Refusal> {
        self.store.group(id_or_path).ok_or_else(|| Refusal::not_found("Group"))
    }

    /// The project, or its 404.
    pub fn project(&self, id_or_path: &str) -> Result<&Project, Refusal> {
        self.store.project(id_or_path).ok_or_else(|| Refusal::not_found("Project"))
    }
}

/// The text of a parameter.
pub fn text<'a>(params: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    params.get(name).and_then(Value::as_str)
}

/// The number of a parameter.
pub fn number(params: &Map<String, Value>, name: &str) -> Option<i64> {
    params.get(name).and_then(Value::as_i64)
}

/// The truth of a parameter.
pub fn flag(params: &Map<String, Value>, name: &str) -> Option<bool> {
    params.get(name).and_then(Value::as_bool)
}
