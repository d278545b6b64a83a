//! Answers and refusals as Proxmox VE makes them: data, or the reason in the status line.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::http::call::Answer;

/// What is said of a password that is wrong, by a method; before any method there is no body.
pub const WRONG_PASSWORD: &str = "authentication failure";

/// What a handler answers.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Data.
    Data(Value),
    /// One page of that many.
    Page(Value, usize),
}

/// A call that is not carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Status code.
    pub status: u16,
    /// Reason in the status line.
    pub reason: String,
    /// What is wrong with which parameter.
    pub errors: BTreeMap<String, String>,
    /// When it is said.
    pub delay: Delay,
}

/// When a refusal is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delay {
    /// At once.
    #[default]
    None,
    /// After that long.
    For(Duration),
    /// When the lock is still held after that long; until then the call is tried again.
    WhileLocked(Duration),
}

/// The result of a handler.
pub type Outcome = Result<Reply, Refusal>;

impl Reply {
    /// `null`: what was asked for is done.
    #[must_use]
    pub fn done() -> Self {
        Self::Data(Value::Null)
    }

    /// The reply as an answer. The order of names is another one each time.
    #[must_use]
    pub fn answer(self) -> Answer {
        let body = match self {
            Self::Data(data) => json!({ "data": data }),
            Self::Page(data, total) => json!({ "data": data, "total": total }),
        };
        with_json(Answer::empty(200), &body)
    }
}

impl Refusal {
    /// A refusal with its reason.
    pub fn new(status: u16, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into(), errors: BTreeMap::new(), delay: Delay::None }
    }

    /// What Proxmox VE answers whenever something does not work, even where something is not there.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self::new(500, reason)
    }

    /// Parameters that are not what they must be.
    #[must_use]
    pub fn of_parameters(errors: BTreeMap<String, String>) -> Self {
        Self { errors, ..Self::new(400, "Parameter verification failed.") }
    }

    /// One such parameter.
    #[must_use]
    pub fn of_parameter(name: &str, complaint: &str) -> Self {
        Self::of_parameters(BTreeMap::from([(name.to_owned(), complaint.to_owned())]))
    }

    /// Somebody may not do it (`PVE::Exception::raise_perm_exc`).
    #[must_use]
    pub fn forbidden(what: &str) -> Self {
        Self::new(403, format!("Permission check failed ({what})"))
    }

    /// A privilege is missing.
    #[must_use]
    pub fn denied(place: &str, privileges: &str) -> Self {
        Self::forbidden(&format!("{place}, {privileges}"))
    }

    /// Somebody holds the lock of a guest's file.
    #[must_use]
    pub fn locked_file(file: &str, patience: Duration) -> Self {
        let refusal = Self::failed(format!("can't lock file '{file}' - got timeout"));
        Self { delay: Delay::WhileLocked(patience), ..refusal }
    }

    /// The same refusal, said later.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay: Delay::For(delay), ..self }
    }

    /// The same refusal with words before its reason.
    #[must_use]
    pub fn within(self, what: &str) -> Self {
        Self { reason: format!("{what}{}", self.reason), ..self }
    }

    /// The refusal as an answer, which ends the connection.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let answer = Answer { reason: Some(self.reason.clone()), ..Answer::empty(self.status) };
        let answer = answer.with_header("Connection", "close");
        match self.status {
            401 if self.reason != WRONG_PASSWORD => answer,
            // Unlike all others, this message has no line break.
            501 => with_json(answer, &json!({ "data": null, "message": self.reason })),
            _ => {
                let mut body = json!({ "data": null, "message": format!("{}\n", self.reason) });
                if !self.errors.is_empty() {
                    body["errors"] = json!(self.errors);
                }
                with_json(answer, &body)
            }
        }
    }
}

/// Adds a body whose names stand in an order that differs from answer to answer, as Perl's do.
#[must_use]
pub fn with_json(answer: Answer, body: &Value) -> Answer {
    let mut text = String::new();
    write(body, &RandomState::new(), &mut text);
    Answer { body: Bytes::from(text), ..answer }.with_header("Content-Type", "application/json;charset=UTF-8")
}

fn write(value: &Value, order: &RandomState, text: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| order.hash_one(name));
            text.push('{');
            for (place, (name, value)) in members.into_iter().enumerate() {
                text.push_str(if place == 0 { "" } else { "," });
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(value, order, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                text.push_str(if place == 0 { "" } else { "," });
                write(item, order, text);
            }
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(answer: &Answer) -> Value {
        serde_json::from_slice(&answer.body).unwrap()
    }

    #[test]
    fn the_reason_stands_in_the_status_line_and_in_the_body() {
        let answer = Refusal::failed("pool 'nope' does not exist").answer();
        assert_eq!((answer.status, answer.reason.as_deref()), (500, Some("pool 'nope' does not exist")));
        assert_eq!(body(&answer), json!({ "data": null, "message": "pool 'nope' does not exist\n" }));
        let answer = Refusal::of_parameter("vmid", "no").answer();
        assert_eq!(body(&answer)["errors"], json!({ "vmid": "no" }));
        assert!(Refusal::new(401, "No ticket").answer().body.is_empty());
    }

    #[test]
    fn the_order_of_names_differs() {
        let many: Value =
            (0..20).map(|number| (format!("n{number}"), json!(number))).collect::<serde_json::Map<_, _>>().into();
        let texts: std::collections::BTreeSet<Bytes> =
            (0..5).map(|_| with_json(Answer::empty(200), &many).body).collect();
        assert!(texts.len() > 1);
        assert!(texts.iter().all(|text| serde_json::from_slice::<Value>(text).unwrap() == many));
    }
}
