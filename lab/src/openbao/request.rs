//! One call on its way through the server: what is to be done, where, and what is said about it.

use serde_json::{Map, Value};

use crate::http::call::{Call, segments};
use crate::http::params;
use crate::openbao::acl::Capability;
use crate::openbao::fields::{self, Field};
use crate::openbao::reply::{Outcome, Refusal, Reply};

/// What a method means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `GET`.
    Read,
    /// `LIST`, or `GET` with `list=true`.
    List,
    /// `POST` or `PUT`.
    Write,
    /// `PATCH`.
    Patch,
    /// `DELETE`.
    Delete,
}

/// A call.
#[derive(Debug)]
pub struct Request<'a> {
    /// As it came.
    pub call: &'a Call,
    /// What is to be done.
    pub operation: Operation,
    /// Path after `/v1/` within the namespace, decoded, without slashes at its ends.
    pub path: String,
    /// Body of a write, query of the rest.
    pub body: Map<String, Value>,
    /// What the answer warns of.
    pub warnings: Vec<String>,
    /// What the real server would not have understood.
    pub violations: Vec<String>,
    ignored: Vec<String>,
}

impl<'a> Request<'a> {
    /// Reads a call.
    pub fn of(call: &'a Call) -> Result<Self, Refusal> {
        let mut query = params::query(call);
        let listed = query.remove("list").is_some_and(|value| value == "true");
        let operation = match call.method.as_str() {
            "GET" if listed => Operation::List,
            "GET" => Operation::Read,
            "LIST" => Operation::List,
            "POST" | "PUT" => Operation::Write,
            "PATCH" => Operation::Patch,
            "DELETE" => Operation::Delete,
            _ => return Err(Refusal::unsupported_operation()),
        };
        if operation == Operation::Patch {
            check_patch(call)?;
        }
        let body = match operation {
            Operation::Write | Operation::Patch => json(call)?,
            Operation::Read | Operation::List | Operation::Delete => query,
        };
        let path = segments(call.path.strip_prefix("/v1").unwrap_or(&call.path)).join("/");
        Ok(Self { call, operation, path, body, warnings: Vec::new(), violations: Vec::new(), ignored: Vec::new() })
    }

    /// The fields of the body, checked against the endpoint's tables.
    pub fn fields(&mut self, tables: &[&[Field]]) -> Result<Map<String, Value>, Refusal> {
        let parsed = fields::parse(tables, &self.body).map_err(Refusal::bad_request)?;
        let place = format!("{} {}", self.call.method, self.call.path);
        self.violations.extend(parsed.ignored.iter().map(|name| format!("{place} has no parameter `{name}`")));
        self.ignored.extend(parsed.ignored);
        Ok(parsed.values)
    }

    /// Adds a warning to the answer.
    pub fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }

    /// Adds the warning about fields that the endpoint does not have, if the answer has a body that can hold it.
    pub fn warn_of_ignored_fields(&mut self, outcome: &Outcome) {
        let silent = matches!(outcome, Err(_) | Ok(Reply::Nothing | Reply::Plain(..))) && self.warnings.is_empty();
        if !silent && !self.ignored.is_empty() {
            let names = self.ignored.join(" ");
            self.warn(format!("Endpoint ignored these unrecognized parameters: [{names}]"));
        }
    }

    /// The endpoint does not take the method.
    pub fn unsupported<T>(&self) -> Result<T, Refusal> {
        Err(Refusal::unsupported_operation()
            .remembered(format!("{} {} is no operation", self.call.method, self.call.path)))
    }

    /// The server has no such path.
    pub fn unknown_path<T>(&self) -> Result<T, Refusal> {
        Err(Refusal::unsupported_path().remembered(format!("{} {} is no endpoint", self.call.method, self.call.path)))
    }

    /// Path as policies see it: a list has a slash at its end.
    pub fn guarded_path(&self) -> String {
        format!("{}{}", self.path, if self.operation == Operation::List { "/" } else { "" })
    }

    /// The capability that the operation needs. Whether a write creates is told by endpoints that can tell it.
    pub fn capability(&self, exists: Option<bool>) -> Capability {
        match self.operation {
            Operation::Read => Capability::Read,
            Operation::List => Capability::List,
            Operation::Write if exists == Some(false) => Capability::Create,
            Operation::Write => Capability::Update,
            Operation::Patch => Capability::Patch,
            Operation::Delete => Capability::Delete,
        }
    }
}

/// `http/logical.go`: a merge patch says that it is one.
fn check_patch(call: &Call) -> Result<(), Refusal> {
    let content_type = call.header("content-type").unwrap_or_default();
    if content_type.split(';').next().map(str::trim) == Some("application/merge-patch+json") {
        return Ok(());
    }
    let wanted = "PATCH requires Content-Type of application/merge-patch+json";
    Err(Refusal::new(415, format!("{wanted}, provided {content_type}")))
}

/// The server reads JSON whatever the content type says.
fn json(call: &Call) -> Result<Map<String, Value>, Refusal> {
    if call.body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(&call.body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err(Refusal::bad_request("error parsing JSON")),
        Err(error) => Err(Refusal::bad_request(format!("failed to parse JSON input: {error}"))),
    }
}
