//! A call of the API: where it goes, and what it says.

use serde_json::Value;

use crate::haproxy::refusal::Refusal;
use crate::haproxy::sections::Object;
use crate::haproxy::state::{After, State};
use crate::http::call::{Call, segments};

/// A call, taken apart.
#[derive(Debug)]
pub struct Request<'a> {
    /// As it came.
    pub call: &'a Call,
    /// Decoded parts of the path below `/v3/services/haproxy`.
    pub path: Vec<String>,
}

impl<'a> Request<'a> {
    /// Takes a call apart, unless it is none of `/v3`.
    #[must_use]
    pub fn of(call: &'a Call) -> Option<Self> {
        let segments = segments(call.path.strip_prefix("/v3/")?);
        let path = match segments.strip_prefix(&["services".to_owned(), "haproxy".to_owned()]) {
            Some(path) => path.to_vec(),
            None => segments,
        };
        Some(Self { call, path })
    }

    /// A parameter of the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        let found = self.call.query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A parameter of the query that is a word of truth.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.query(name) == Some("true")
    }

    /// When the change is to be taken up.
    #[must_use]
    pub fn after(&self) -> After {
        State::after(self.is("force_reload"), self.is("skip_reload"))
    }

    /// The version that the call names.
    ///
    /// # Errors
    ///
    /// It is no number.
    pub fn version(&self) -> Result<Option<i64>, Refusal> {
        let wrong = || Refusal::unprocessable(601, "version in query must be of type int64".to_owned());
        self.query("version").map(|text| text.parse().map_err(|_| wrong())).transpose()
    }

    /// The body.
    ///
    /// # Errors
    ///
    /// It is no JSON.
    pub fn json(&self) -> Result<Value, Refusal> {
        let wrong = |error| Refusal::new(400, format!("parsing body body from \"\" failed, because {error}"));
        serde_json::from_slice(&self.call.body).map_err(wrong)
    }

    /// The body, an object.
    ///
    /// # Errors
    ///
    /// It is something else.
    pub fn object(&self) -> Result<Object, Refusal> {
        match self.json()? {
            Value::Object(mut object) => {
                object.retain(|_, value| !value.is_null());
                Ok(object)
            }
            other => Err(Refusal::of_type("body", &other)),
        }
    }

    /// The body, a list of objects.
    ///
    /// # Errors
    ///
    /// It is something else.
    pub fn objects(&self) -> Result<Vec<Object>, Refusal> {
        serde_json::from_value(self.json()?).map_err(|error| Refusal::new(400, error.to_string()))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.call.body).into_owned()
    }
}
