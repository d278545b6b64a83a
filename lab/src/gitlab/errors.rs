//! Refusals in the shapes that GitLab uses.
//!
//! Grape (parameters) answers `{"error": …}`, the application `{"message": …}`, a model `{"message": {field: [reason]}}`
//! (`lib/api/helpers.rb`: `render_api_error!`, `render_validation_error!`).

use serde_json::{Map, Value, json};

use crate::http::call::Answer;

/// A call that is not carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Status code.
    pub status: u16,
    /// Body.
    pub body: Value,
    /// What the real server would not understand, if that is the reason.
    pub violation: Option<String>,
}

/// The result of a handler.
pub type Outcome = Result<Answer, Refusal>;

/// Reasons per field, as a model collects them.
#[derive(Debug, Default)]
pub struct Problems(Map<String, Value>);

impl Refusal {
    /// `{"message": message}`.
    pub fn message(status: u16, message: impl Into<Value>) -> Self {
        Self { status, body: json!({ "message": message.into() }), violation: None }
    }

    /// `{"error": error}`, as the parameter validation answers.
    pub fn parameter(error: &str) -> Self {
        Self { status: 400, body: json!({ "error": error }), violation: None }
    }

    /// `404 Group Not Found` and the like.
    pub fn not_found(what: &str) -> Self {
        Self::message(404, format!("404 {what} Not Found"))
    }

    /// A record that a `find_by!` did not find: the rescue in `lib/api/api.rb` says "Not found" with a small n.
    pub fn no_record() -> Self {
        Self::message(404, "404 Not found")
    }

    /// 403 without a reason.
    pub fn forbidden() -> Self {
        Self::message(403, "403 Forbidden")
    }

    /// Something that the real server would ignore or not have: the lab refuses it and remembers it.
    pub fn violation(status: u16, what: String) -> Self {
        Self { status, body: json!({ "error": what }), violation: Some(what) }
    }

    /// The refusal as an answer.
    pub fn answer(&self) -> Answer {
        Answer::json(self.status, &self.body)
    }
}

impl Problems {
    /// Adds a reason to a field.
    pub fn add(&mut self, field: &str, reason: impl Into<String>) {
        if let Value::Array(reasons) = self.0.entry(field).or_insert_with(|| json!([])) {
            reasons.push(Value::from(reason.into()));
        }
    }

    /// Refuses with `{"message": {field: [reason]}}` if there is any.
    pub fn check(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::message(400, self.0)) }
    }

    /// Refuses with `Failed to save group {:path=>["has already been taken"]}` if there is any: creating a group prints
    /// the errors as a Ruby hash into the message (`lib/api/groups.rb`).
    pub fn check_as_text(self, start: &str) -> Result<(), Refusal> {
        if self.0.is_empty() {
            return Ok(());
        }
        let hash: Vec<String> = self.0.iter().map(|(field, reasons)| format!(":{field}=>{}", ruby(reasons))).collect();
        Err(Refusal::message(400, format!("{start} {{{}}}", hash.join(", "))))
    }
}

/// An array as Ruby's `inspect` prints it.
fn ruby(reasons: &Value) -> String {
    let items: Vec<String> = reasons.as_array().into_iter().flatten().map(Value::to_string).collect();
    format!("[{}]", items.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_prints_its_errors_as_a_ruby_hash() {
        let mut problems = Problems::default();
        problems.add("path", "has already been taken");
        let refusal = problems.check_as_text("Failed to save group").unwrap_err();
        assert_eq!(refusal.body, json!({"message": r#"Failed to save group {:path=>["has already been taken"]}"#}));
    }
}
