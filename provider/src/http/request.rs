//! Requests: what a backend asks, and what the transport must know to repeat and to report it.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use serde_json::Value;
use tfplugin::value::Path;

use super::ApiPath;

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or acts.
    Post,
    /// Replaces, so it can be repeated.
    Put,
    /// Changes in part.
    Patch,
    /// Deletes, so it can be repeated: not found is a success then.
    Delete,
}

impl Method {
    /// Whether the method leaves the server as it is.
    pub fn reads(self) -> bool {
        self == Method::Get
    }

    fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Method> for reqwest::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        }
    }
}

/// One call of a backend's API.
#[derive(Clone)]
pub struct Request {
    pub(super) method: Method,
    pub(super) path: ApiPath,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Body,
    pub(super) secrets: Vec<String>,
    pub(super) values: Vec<String>,
    pub(super) repeatable: bool,
    pub(super) accepted: Vec<u16>,
    pub(super) purpose: Option<String>,
    pub(super) confidential: bool,
    pub(super) places: BTreeMap<String, Path>,
}

/// What is sent along.
#[derive(Clone)]
pub(super) enum Body {
    None,
    Json(Value),
    Form(Vec<(String, String)>),
    Bytes { content_type: &'static str, bytes: Bytes },
}

impl Body {
    /// The content type and the bytes, if there is a body.
    pub(super) fn encode(&self) -> Option<(&'static str, Bytes)> {
        match self {
            Body::None => None,
            Body::Json(value) => Some(("application/json", value.to_string().into())),
            Body::Form(pairs) => {
                let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
                Some(("application/x-www-form-urlencoded", text.into()))
            }
            Body::Bytes { content_type, bytes } => Some((content_type, bytes.clone())),
        }
    }
}

impl Request {
    /// Reads `path`.
    pub fn get(path: ApiPath) -> Self {
        Self::new(Method::Get, path)
    }

    /// Creates below `path`, or acts on it.
    pub fn post(path: ApiPath) -> Self {
        Self::new(Method::Post, path)
    }

    /// Replaces `path`.
    pub fn put(path: ApiPath) -> Self {
        Self::new(Method::Put, path)
    }

    /// Changes a part of `path`.
    pub fn patch(path: ApiPath) -> Self {
        Self::new(Method::Patch, path)
    }

    /// Deletes `path`.
    pub fn delete(path: ApiPath) -> Self {
        Self::new(Method::Delete, path)
    }

    /// A request of any method; GET, PUT and DELETE can be repeated.
    pub fn new(method: Method, path: ApiPath) -> Self {
        Request {
            method,
            path,
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::None,
            secrets: Vec::new(),
            values: Vec::new(),
            repeatable: matches!(method, Method::Get | Method::Put | Method::Delete),
            accepted: Vec::new(),
            purpose: None,
            confidential: false,
            places: BTreeMap::new(),
        }
    }

    /// Where the request goes.
    pub fn path(&self) -> &ApiPath {
        &self.path
    }

    /// What the request does to the server.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Whether executing this request twice does the same as executing it once.
    pub fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Adds a header; its value is not taken for a secret.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends JSON.
    #[must_use]
    pub fn json(mut self, value: Value) -> Self {
        self.body = Body::Json(value);
        self
    }

    /// Sends a form, as Proxmox VE takes it; a name may occur several times.
    #[must_use]
    pub fn form<N: Into<String>, V: Into<String>>(mut self, pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        self.body = Body::Form(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect());
        self
    }

    /// Sends bytes as they are.
    #[must_use]
    pub fn bytes(mut self, content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        self.body = Body::Bytes { content_type, bytes: bytes.into() };
        self
    }

    /// Names a value that must never appear in an error or a log.
    #[must_use]
    pub fn secret(mut self, value: impl Into<String>) -> Self {
        self.secrets.push(value.into());
        self
    }

    /// Names values that the server's words must not show: every text and number in a value of JSON, but not the names
    /// of its members. Unlike what [`Request::secret`] names, they are kept where they stand in the path, since a short one
    /// stands there by chance.
    #[must_use]
    pub fn secrets_in(mut self, value: &Value) -> Self {
        match value {
            Value::String(text) => self.values.push(text.clone()),
            Value::Number(number) => self.values.push(number.to_string()),
            Value::Array(items) => return items.iter().fold(self, Self::secrets_in),
            Value::Object(members) => return members.values().fold(self, Self::secrets_in),
            Value::Null | Value::Bool(_) => {}
        }
        self
    }

    /// Keeps the bodies out of logs and errors as a whole, where any value in them may be a secret.
    #[must_use]
    pub fn confidential(mut self) -> Self {
        self.confidential = true;
        self
    }

    /// Declares whether executing this request twice does the same as executing it once, where the method does not tell:
    /// a POST that sets a value, or a PUT that acts.
    #[must_use]
    pub fn repeatable(mut self, repeatable: bool) -> Self {
        self.repeatable = repeatable;
        self
    }

    /// Takes this status for an answer, not for an error.
    #[must_use]
    pub fn accept(mut self, status: u16) -> Self {
        self.accepted.push(status);
        self
    }

    /// Says where the user set the parameters, by the API's names: a refusal that is about one of them points there.
    #[must_use]
    pub fn places(mut self, places: impl IntoIterator<Item = (String, Path)>) -> Self {
        self.places.extend(places);
        self
    }

    /// Says what the request is to do, such as "create project `acme/site`", for the case that its answer is lost.
    #[must_use]
    pub fn purpose(mut self, purpose: impl Into<String>) -> Self {
        self.purpose = Some(purpose.into());
        self
    }
}
