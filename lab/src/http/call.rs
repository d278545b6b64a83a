//! One exchange as a server sees it: the call that came in and the answer that goes out.

use bytes::Bytes;
use hyper::header::{HeaderMap, HeaderValue};
use serde_json::Value;

/// A request, read to its end.
#[derive(Clone, Debug)]
pub struct Call {
    /// Method in capitals.
    pub method: String,
    /// Path and query as they were sent.
    pub target: String,
    /// Path as it was sent, still percent-encoded.
    pub path: String,
    /// Query parameters in order, decoded.
    pub query: Vec<(String, String)>,
    /// Headers as they were sent.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

/// An answer, whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// What follows the code in the status line, where that is not the usual phrase.
    pub reason: Option<String>,
    /// Headers besides `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
}

impl Call {
    /// A call that never was on a wire.
    #[must_use]
    pub fn new(method: &str, path_and_query: &str) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        Self {
            method: method.to_owned(),
            target: path_and_query.to_owned(),
            path: path.to_owned(),
            query: pairs(query),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// Adds a JSON body.
    #[must_use]
    pub fn with_json(mut self, body: &Value) -> Self {
        self.body = Bytes::from(body.to_string());
        self.with_header("content-type", "application/json")
    }

    /// Sets a header, in place of what it was.
    ///
    /// # Panics
    ///
    /// The name or the value is not what a header may have.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, HeaderValue::from_str(value).expect("a header is ASCII without line breaks"));
        self
    }

    /// The header's value, where it is text; of a repeated one, the first.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Answer {
    /// An answer with a JSON body.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self { body: Bytes::from(body.to_string()), ..Self::empty(status) }
            .with_header("Content-Type", "application/json")
    }

    /// An answer with a plain text body.
    #[must_use]
    pub fn text(status: u16, body: &str) -> Self {
        Self { body: Bytes::copy_from_slice(body.as_bytes()), ..Self::empty(status) }
            .with_header("Content-Type", "text/plain")
    }

    /// An answer without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, reason: None, headers: Vec::new(), body: Bytes::new() }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Splits a path into decoded segments. An encoded slash stays inside its segment, as GitLab's `group%2Fproject` needs.
#[must_use]
pub fn segments(path: &str) -> Vec<String> {
    path.split('/').filter(|segment| !segment.is_empty()).map(|segment| decode(segment, false)).collect()
}

/// Whether decoded segments match a pattern such as `/projects/*/labels`: `*` stands for one segment, a final `**` for the rest.
#[must_use]
pub fn matches(pattern: &str, segments: &[String]) -> bool {
    let wanted: Vec<&str> = pattern.split('/').filter(|segment| !segment.is_empty()).collect();
    match wanted.split_last() {
        Some((&"**", start)) => segments.len() >= start.len() && same(start, &segments[..start.len()]),
        _ => wanted.len() == segments.len() && same(&wanted, segments),
    }
}

fn same(wanted: &[&str], segments: &[String]) -> bool {
    wanted.iter().zip(segments).all(|(wanted, segment)| *wanted == "*" || wanted == segment)
}

/// Decodes `a=b&c=d`.
#[must_use]
pub fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name, true), decode(value, true))
        })
        .collect()
}

/// Percent-encodes all but the unreserved characters.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn decode(text: &str, plus_is_space: bool) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match (first, escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                rest = &after[2..];
                continue;
            }
            (b'+', _) if plus_is_space => decoded.push(b' '),
            _ => decoded.push(first),
        }
        rest = after;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_slash_stays_in_its_segment() {
        assert_eq!(segments("/projects/a%2Fb/labels/50%25+"), ["projects", "a/b", "labels", "50%+"]);
    }

    #[test]
    fn patterns_match_whole_segments() {
        let path = segments("/projects/a%2Fb/labels");
        assert!(matches("/projects/*/labels", &path));
        assert!(matches("/projects/**", &path));
        assert!(matches("/projects/a/b/labels", &segments("/projects/a/b/labels")));
        assert!(!matches("/projects/*", &path));
        assert!(!matches("/groups/*/labels", &path));
    }

    #[test]
    fn queries_decode() {
        assert_eq!(
            pairs("filter%5Benvironment_scope%5D=a+b&x"),
            [("filter[environment_scope]".to_owned(), "a b".to_owned()), ("x".to_owned(), String::new())]
        );
        assert_eq!(encode("a/b é"), "a%2Fb%20%C3%A9");
    }
}
