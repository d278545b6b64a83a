//! What an answer is made of.

use serde_json::Value;

use crate::haproxy::refusal::Refusal;
use crate::haproxy::state::After;
use crate::http::call::Answer;

/// A reply, or a refusal.
pub type Outcome = Result<Reply, Refusal>;

/// What the API answers when it does what it is asked.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    status: u16,
    body: Body,
    reload: Option<String>,
    version: Option<i64>,
}

#[derive(Clone, Debug, Default)]
enum Body {
    #[default]
    Nothing,
    Json(Value),
    Text(&'static str, String),
}

impl Reply {
    /// An answer with JSON.
    #[must_use]
    pub fn json(status: u16, body: impl Into<Value>) -> Self {
        Self { status, body: Body::Json(body.into()), ..Self::default() }
    }

    /// An answer without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// An answer with text of this type.
    #[must_use]
    pub fn text(status: u16, content_type: &'static str, body: String) -> Self {
        Self { status, body: Body::Text(content_type, body), ..Self::default() }
    }

    /// An answer without a body in place of one with `null`, which the API never sends.
    #[must_use]
    pub fn of(status: u16, body: Option<Value>) -> Self {
        body.map_or_else(|| Self::empty(status), |body| Self::json(status, body))
    }

    /// The status of a change that waits for its reload is 202.
    #[must_use]
    pub fn changed(after: After, done: u16, body: Option<Value>, reload: Option<String>) -> Self {
        let status = if after == After::Queue { 202 } else { done };
        Self { reload, ..Self::of(status, body) }
    }

    /// Names the reload that takes the change up.
    #[must_use]
    pub fn with_reload(mut self, reload: Option<String>) -> Self {
        self.reload = reload;
        self
    }

    /// Says another version than the current one.
    #[must_use]
    pub fn with_version(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    /// The answer.
    #[must_use]
    pub fn answer(self, current: i64) -> Answer {
        let answer = match self.body {
            Body::Nothing => Answer::empty(self.status),
            Body::Json(body) => Answer::json(self.status, &body),
            Body::Text(content_type, text) => {
                let answer = Answer { body: text.into(), ..Answer::empty(self.status) };
                answer.with_header("Content-Type", content_type)
            }
        };
        let answer = answer.with_header("Configuration-Version", &self.version.unwrap_or(current).to_string());
        match self.reload {
            Some(id) => answer.with_header("Reload-ID", &id),
            None => answer,
        }
    }
}
