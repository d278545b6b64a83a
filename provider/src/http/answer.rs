//! Answers: a status, headers and bytes, and what a backend reads out of an answer that is not a success.

use std::sync::Arc;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;
use tfplugin::{Error, Result};

use super::Method;
use super::failure::Asked;

/// A complete answer.
#[derive(Clone)]
pub struct Answer {
    pub(super) asked: Arc<Asked>,
    pub(super) status: StatusCode,
    pub(super) reason: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    /// The status code.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// What the status line says behind the status, where that is not the status's own phrase.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The method of the request.
    pub fn method(&self) -> Method {
        self.asked.method
    }

    /// Where the request went, without its query and without secrets.
    pub fn url(&self) -> &str {
        &self.asked.url
    }

    /// A header's value, if the server sent it as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The bytes of the body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; a write whose answer cannot be read may still have happened.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).map_err(|source| self.malformed(&source))
    }

    fn malformed(&self, source: &serde_json::Error) -> Error {
        let asked = &self.asked;
        let said = match self.body.is_empty() {
            true => "an empty body".to_owned(),
            false if asked.confidential => source.to_string(),
            false => format!("{source}, in: {}", asked.redactor.excerpt(&self.text())),
        };
        let problem = format!("{asked} answered {} with something that is not JSON: {said}", status_text(self.status));
        match asked.method.reads() {
            true => Error::new(problem).hint(format!(
                "Check that {} is the address of the API and not of a proxy or a login page.",
                asked.origins.address
            )),
            false => asked.lost(&problem),
        }
    }
}

/// Reads a server's own words, and what they mean, out of an answer that is not a success.
pub type Explain = fn(&Answer) -> Option<Refusal>;

/// What the server said when it refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The server's own words.
    pub message: String,
    /// What they mean, where the status does not tell.
    pub meaning: Meaning,
    /// What the user can do, where the status and the meaning do not tell.
    pub hint: Option<String>,
    /// The parameter that it is about, by the API's name.
    pub parameter: Option<String>,
}

/// What a refusal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// What the status says.
    AsStatus,
    /// The object does not exist.
    NotFound,
    /// The object exists already, or it changed.
    Conflict,
    /// Nothing was executed, and the same request may succeed soon.
    Busy,
    /// Nothing was executed whatever the status, since the server does not want to.
    Declined,
    /// An error whatever the status: something else than the API answered, so a 404 says nothing about the object.
    Failure,
}

impl Refusal {
    /// The server's words, with the meaning that the status has.
    pub fn new(message: impl Into<String>) -> Self {
        Refusal { message: message.into(), meaning: Meaning::AsStatus, hint: None, parameter: None }
    }

    /// The same words with another meaning.
    #[must_use]
    pub fn means(mut self, meaning: Meaning) -> Self {
        self.meaning = meaning;
        self
    }

    /// The same words with a sentence that says what the user can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same about a parameter of the request, by the API's name: the error points at what the user set.
    #[must_use]
    pub fn about(mut self, parameter: impl Into<String>) -> Self {
        self.parameter = Some(parameter.into());
        self
    }

    /// What `explain` reads, or else a plain text as it stands, unless it may be a secret.
    pub(super) fn read(answer: &Answer, explain: Explain) -> Self {
        let refusal = explain(answer).unwrap_or_else(|| {
            let html = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
            Refusal::new(if html || answer.asked.confidential { String::new() } else { answer.text() })
        });
        refusal.to(answer)
    }

    /// The same with the meaning that the status has, where the words have none of their own.
    pub(super) fn to(mut self, answer: &Answer) -> Self {
        if self.meaning == Meaning::AsStatus {
            self.meaning = match answer.status() {
                404 | 410 => Meaning::NotFound,
                409 => Meaning::Conflict,
                // 595: a proxy of Proxmox VE could not connect to the node (AnyEvent::HTTP's pseudo status).
                429 | 595 => Meaning::Busy,
                503 if answer.header("retry-after").is_some() => Meaning::Busy,
                _ => Meaning::AsStatus,
            };
        }
        self
    }
}

/// "403 Forbidden".
pub(super) fn status_text(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}
