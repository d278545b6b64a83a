//! What the API says when it does not do what it is asked.

use serde_json::{Value, json};

use crate::http::call::Answer;

/// A refusal: a status, and a body with a code of its own where the request itself is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: u16,
    code: u16,
    message: String,
    /// What `Configuration-Version` says, where it is not the version that counts.
    pub version: Option<i64>,
}

impl Refusal {
    /// A refusal whose code is its status.
    #[must_use]
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, code: status, message: message.into(), version: None }
    }

    /// A request whose fields are wrong, with the code of the check that failed.
    #[must_use]
    pub fn unprocessable(code: u16, message: String) -> Self {
        Self { status: 422, code, message, version: None }
    }

    /// A field of the wrong type: its text is unrecorded.
    #[must_use]
    pub fn of_type(field: &str, value: &Value) -> Self {
        Self::new(
            400,
            format!("parsing body body from \"\" failed, because json: cannot unmarshal {value} into {field}"),
        )
    }

    /// A change without a version and without a transaction.
    #[must_use]
    pub fn unspecified() -> Self {
        let only_one = "version or transaction not specified, specify only one";
        Self::new(400, format!("version or transaction not specified: {only_one}"))
    }

    /// A change with both.
    #[must_use]
    pub fn both() -> Self {
        Self::new(400, "both version and transaction specified, specify only one")
    }

    /// A transaction that is not open, in a change.
    #[must_use]
    pub fn unknown_transaction(id: &str) -> Self {
        Self { version: Some(0), ..Self::new(400, format!("transaction does not exist: {id}")) }
    }

    /// A version that is not the current one.
    #[must_use]
    pub fn version_mismatch(current: i64, given: i64) -> Self {
        let text = format!("version in configuration file is {current}, given version is {given}");
        Self::new(409, format!("version mismatch: {text}"))
    }

    /// An object that is not there.
    #[must_use]
    pub fn missing(what: impl std::fmt::Display) -> Self {
        Self::new(404, format!("missing object: {what}"))
    }

    /// An object that is there already.
    #[must_use]
    pub fn exists(what: impl std::fmt::Display) -> Self {
        Self::new(409, format!("object already exists: {what} already exists"))
    }

    /// A child of a section that is not there.
    #[must_use]
    pub fn missing_parent(kind: &str, name: &str) -> Self {
        Self::new(400, format!("missing parent: {kind} {name} does not exist"))
    }

    /// The answer.
    #[must_use]
    pub fn answer(&self) -> Answer {
        Answer::json(self.status, &json!({ "code": self.code, "message": self.message }))
    }
}
