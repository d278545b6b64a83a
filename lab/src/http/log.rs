//! The request log: what was asked, in which order, and how it was answered.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use hyper::header::HeaderMap;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::http::call::matches;

/// One request and the status of its answer.
///
/// It displays as `POST /groups name="a" path="a" → 201`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Request {
    /// Method in capitals.
    pub method: String,
    /// Path without the API's prefix, such as `/api/v4`, still percent-encoded.
    pub path: String,
    /// Decoded segments of the path.
    pub segments: Vec<String>,
    /// Query parameters.
    pub query: Map<String, Value>,
    /// Fields of the body.
    pub fields: Map<String, Value>,
    /// Headers.
    #[serde(skip)]
    pub headers: HeaderMap,
    /// Status of the answer; 0 where no answer was made.
    pub status: u16,
    /// Body of the answer; empty where no answer was made.
    #[serde(skip)]
    pub answer: Bytes,
    /// When the answer was made, or given up.
    #[serde(skip)]
    pub at: Instant,
}

/// All requests so far, and what was wrong with them.
#[derive(Debug, Default)]
pub struct Log {
    requests: Mutex<Vec<Request>>,
    violations: Mutex<Vec<String>>,
}

impl Request {
    /// Whether the request has this method (`*` for all) and matches this pattern, such as `/projects/*/labels`.
    #[must_use]
    pub fn is(&self, method: &str, pattern: &str) -> bool {
        (method == "*" || method == self.method) && matches(pattern, &self.segments)
    }

    /// The header's value, where it is text; of a repeated one, the first.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        for (sign, (name, value)) in self.query.iter().map(|pair| ("?", pair)) {
            write!(f, " {sign}{name}={value}")?;
        }
        for (name, value) in &self.fields {
            write!(f, " {name}={value}")?;
        }
        write!(f, " → {}", self.status)
    }
}

impl Log {
    /// Adds a request.
    pub fn add(&self, request: Request) {
        lock(&self.requests).push(request);
    }

    /// Notes a call that the real server would not understand.
    pub fn violate(&self, what: String) {
        lock(&self.violations).push(what);
    }

    /// All requests in order.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.requests).clone()
    }

    /// How many requests match.
    #[must_use]
    pub fn count(&self, method: &str, pattern: &str) -> usize {
        lock(&self.requests).iter().filter(|request| request.is(method, pattern)).count()
    }

    /// All violations in order.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        lock(&self.violations).clone()
    }

    /// Takes the violations out.
    #[must_use]
    pub fn pardon(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.violations))
    }

    /// Forgets the requests, keeps the violations.
    pub fn clear(&self) {
        lock(&self.requests).clear();
    }

    /// Forgets everything.
    pub fn reset(&self) {
        self.clear();
        lock(&self.violations).clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
