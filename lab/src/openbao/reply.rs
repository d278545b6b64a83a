//! Answers and refusals in the shapes that OpenBao uses (`http/handler.go`, `sdk/logical/response_util.go`).

use serde_json::{Map, Value, json};

use crate::http::call::Answer;
use crate::openbao::ids;
use crate::openbao::tokens::Grant;

/// What a handler answers.
#[derive(Clone, Debug)]
pub enum Reply {
    /// 204, or 404 where something was to be read.
    Nothing,
    /// Data.
    Data(Value),
    /// 404 with data.
    Gone(Value),
    /// 404 with an empty body.
    Missing,
    /// Data with a lease of that many seconds.
    Leased(Value, i64),
    /// A token is to be issued.
    Login(Box<Grant>),
    /// A token that was issued or renewed.
    Auth(Value),
    /// A body without an envelope, with its status.
    Plain(u16, Value),
}

/// A call that is not carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Status code.
    pub status: u16,
    /// Reasons; none for something that is not there.
    pub errors: Vec<String>,
    /// What the real server would not understand, if that is the reason.
    pub violation: Option<String>,
}

/// The result of a handler.
pub type Outcome = Result<Reply, Refusal>;

impl Reply {
    /// A list, or nothing if it is empty: an empty list is a 404.
    pub fn list(keys: impl IntoIterator<Item = String>) -> Self {
        let keys: Vec<String> = keys.into_iter().collect();
        if keys.is_empty() { Self::Nothing } else { Self::Data(json!({ "keys": keys })) }
    }

    /// The reply as an answer.
    ///
    /// `reads` says whether something was to be read; `repeats` whether the data stands at the top level, too, as under
    /// `sys/mounts`, `sys/auth`, `sys/policy` and some other old paths.
    pub fn answer(self, reads: bool, repeats: bool, warnings: &[String]) -> Answer {
        let (status, data, auth, lease) = match self {
            Self::Nothing if !warnings.is_empty() => (200, Value::Null, Value::Null, 0),
            Self::Nothing if reads => return Refusal::not_found().answer(),
            Self::Nothing => return Answer::empty(204),
            Self::Missing => return Answer::empty(404).with_header("Content-Type", "application/json"),
            Self::Plain(status, body) => return Answer::json(status, &body),
            Self::Data(data) => (200, data, Value::Null, 0),
            Self::Gone(data) => (404, data, Value::Null, 0),
            Self::Leased(data, seconds) => (200, data, Value::Null, seconds),
            Self::Auth(auth) => (200, Value::Null, auth, 0),
            Self::Login(_) => return Refusal::internal("the token was not issued").answer(),
        };
        let mut body = match &data {
            Value::Object(data) if repeats => data.clone(),
            _ => Map::new(),
        };
        body.insert("request_id".to_owned(), json!(ids::uuid()));
        body.insert("lease_id".to_owned(), json!(""));
        body.insert("renewable".to_owned(), json!(false));
        body.insert("lease_duration".to_owned(), json!(lease));
        body.insert("data".to_owned(), data);
        body.insert("wrap_info".to_owned(), Value::Null);
        body.insert("warnings".to_owned(), if warnings.is_empty() { Value::Null } else { json!(warnings) });
        body.insert("auth".to_owned(), auth);
        Answer::json(status, &Value::Object(body))
    }
}

impl Refusal {
    /// A refusal with one reason.
    pub fn new(status: u16, error: impl Into<String>) -> Self {
        Self { status, errors: vec![error.into()], violation: None }
    }

    /// 400 with a reason.
    pub fn bad_request(error: impl Into<String>) -> Self {
        Self::new(400, error)
    }

    /// 404 without a reason.
    pub fn not_found() -> Self {
        Self { status: 404, errors: Vec::new(), violation: None }
    }

    /// The token does not suffice.
    pub fn denied() -> Self {
        Self::collected(403, "permission denied")
    }

    /// There is no token, or none that the server knows.
    pub fn unknown_token() -> Self {
        Self::new(403, "permission denied")
    }

    /// The engine has no such path.
    pub fn unsupported_path() -> Self {
        Self::collected(404, "unsupported path")
    }

    /// The path has no such method.
    pub fn unsupported_operation() -> Self {
        Self::collected(405, "unsupported operation")
    }

    /// A mistake that the server takes for its own.
    pub fn internal(error: &str) -> Self {
        Self::collected(500, error)
    }

    /// No engine is mounted there.
    pub fn no_route(path: &str) -> Self {
        Self::new(404, format!("no handler for route {path:?}. route entry not found."))
    }

    /// Everything waits for the unseal key.
    pub fn sealed() -> Self {
        Self::new(503, "Vault is sealed")
    }

    /// An error that went through `go-multierror`, which adds the heading and the blank line.
    pub fn collected(status: u16, error: &str) -> Self {
        Self::new(status, format!("1 error occurred:\n\t* {error}\n\n"))
    }

    /// The same refusal, remembered as a mistake of the caller.
    #[must_use]
    pub fn remembered(mut self, what: String) -> Self {
        self.violation = Some(what);
        self
    }

    /// The refusal as an answer.
    pub fn answer(&self) -> Answer {
        Answer::json(self.status, &json!({ "errors": self.errors }))
    }
}
