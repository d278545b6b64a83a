//! Lists of a section whose places count: ACLs, rules and the steps of a check.

use serde_json::{Map, Value};

use crate::haproxy::actions::{self, Action};
use crate::haproxy::refusal::Refusal;
use crate::haproxy::words::{Writer, millis, split};

/// What a list holds.
#[derive(Clone, Copy, Debug)]
enum Content {
    /// A name, a criterion and a value.
    Acl,
    /// A backend and a condition.
    Switching,
    /// An action of requests or responses in HTTP, and a condition.
    Http,
    /// When, what, and a condition.
    Tcp,
    /// A step of a check.
    Check,
}

/// A list.
#[derive(Debug)]
pub struct List {
    /// Part of the path.
    pub path: &'static str,
    /// The field of a whole section.
    pub field: &'static str,
    /// First word of its lines.
    pub word: &'static str,
    /// Kinds of the sections that have it.
    pub of: &'static [&'static str],
    content: Content,
}

const PROXIES: &[&str] = &["frontend", "backend"];

/// The lists that are modelled.
pub const LISTS: &[List] = &[
    List { path: "acls", field: "acl_list", word: "acl", of: PROXIES, content: Content::Acl },
    List {
        path: "backend_switching_rules",
        field: "backend_switching_rule_list",
        word: "use_backend",
        of: &["frontend"],
        content: Content::Switching,
    },
    List {
        path: "http_request_rules",
        field: "http_request_rule_list",
        word: "http-request",
        of: PROXIES,
        content: Content::Http,
    },
    List {
        path: "http_response_rules",
        field: "http_response_rule_list",
        word: "http-response",
        of: PROXIES,
        content: Content::Http,
    },
    List {
        path: "tcp_request_rules",
        field: "tcp_request_rule_list",
        word: "tcp-request",
        of: PROXIES,
        content: Content::Tcp,
    },
    List {
        path: "http_checks",
        field: "http_check_list",
        word: "http-check",
        of: &["backend"],
        content: Content::Check,
    },
];

/// Steps of a check beside `expect`, as an action has them.
const STEPS: &[Action] =
    &[Action { name: "send", parts: &[("meth", "method"), ("uri", "uri"), ("ver", "version"), ("body", "body")] }];

impl List {
    /// The object that a line describes.
    #[must_use]
    pub fn read(&self, line: &str) -> Map<String, Value> {
        let words = split(line);
        let words = words.get(1..).unwrap_or_default();
        let mut object = Map::new();
        match self.content {
            Content::Acl => {
                let value = words.get(2..).unwrap_or_default().join(" ");
                let parts = [("acl_name", words.first()), ("criterion", words.get(1)), ("value", Some(&value))];
                let parts =
                    parts.into_iter().filter_map(|(field, word)| Some((field.to_owned(), Value::from(word?.as_str()))));
                object.extend(parts);
            }
            Content::Switching => {
                object.insert("name".to_owned(), Value::from(words.first().map(String::as_str)));
                read_condition(words, &mut object);
            }
            Content::Http => {
                let action = read_condition(words, &mut object);
                actions::read(actions::OF_HTTP, "type", action, &mut object);
            }
            Content::Tcp => read_tcp(words, &mut object),
            Content::Check => read_check(words, &mut object),
        }
        object
    }

    /// The line that describes an object.
    ///
    /// # Errors
    ///
    /// The object has a type that is not modelled.
    pub fn write(&self, object: &Map<String, Value>) -> Result<String, Refusal> {
        let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
        let mut line = Writer::of(self.word);
        match self.content {
            Content::Acl => line.word(text("acl_name")).word(text("criterion")).word(text("value")),
            Content::Switching => line.word(text("name")),
            Content::Http => line.word(&actions::write(actions::OF_HTTP, "type", object)?),
            Content::Tcp if text("type") == "inspect-delay" => {
                let timeout = object.get("timeout").and_then(Value::as_i64).unwrap_or_default();
                line.word("inspect-delay").word(&timeout.to_string())
            }
            Content::Tcp => line.word(text("type")).word(&actions::write(actions::OF_TCP, "action", object)?),
            Content::Check if text("type") == "expect" => {
                let negated = object.get("exclamation_mark").is_some_and(|mark| mark == true);
                line.word("expect").word(if negated { "!" } else { "" }).word(text("match")).word(text("pattern"))
            }
            Content::Check => line.word(&actions::write(STEPS, "type", object)?),
        };
        if !text("cond").is_empty() && !matches!(self.content, Content::Acl | Content::Check) {
            line.word(text("cond")).word(text("cond_test"));
        }
        Ok(line.line())
    }

    /// Fields of an object that its line would not hold.
    #[must_use]
    pub fn dropped(&self, object: &Map<String, Value>) -> Vec<String> {
        let kept = self.write(object).map(|line| self.read(&line)).unwrap_or_default();
        let lost = object.iter().filter(|(field, value)| **value != "" && !kept.contains_key(*field));
        // A rule that is not modelled is refused as a whole.
        lost.filter(|_| !kept.is_empty()).map(|(field, _)| field.clone()).collect()
    }
}

/// Reads the condition at the end, and returns what stands in front of it.
fn read_condition<'a>(words: &'a [String], object: &mut Map<String, Value>) -> &'a [String] {
    let Some(at) = words.iter().position(|word| word == "if" || word == "unless") else { return words };
    object.insert("cond".to_owned(), Value::from(words[at].as_str()));
    object.insert("cond_test".to_owned(), Value::from(words[at + 1..].join(" ")));
    &words[..at]
}

fn read_tcp(words: &[String], object: &mut Map<String, Value>) {
    let kind = words.first().map(String::as_str).unwrap_or_default();
    object.insert("type".to_owned(), Value::from(kind));
    if kind == "inspect-delay" {
        object.insert("timeout".to_owned(), words.get(1).and_then(|time| millis(time)).into());
    } else {
        let action = read_condition(words.get(1..).unwrap_or_default(), object);
        actions::read(actions::OF_TCP, "action", action, object);
    }
}

fn read_check(words: &[String], object: &mut Map<String, Value>) {
    if words.first().is_none_or(|word| word != "expect") {
        return actions::read(STEPS, "type", words, object);
    }
    object.insert("type".to_owned(), Value::from("expect"));
    let mut words = &words[1..];
    if words.first().is_some_and(|word| word == "!") {
        object.insert("exclamation_mark".to_owned(), Value::from(true));
        words = &words[1..];
    }
    if let Some((kind, pattern)) = words.split_first() {
        object.insert("match".to_owned(), Value::from(kind.as_str()));
        object.insert("pattern".to_owned(), Value::from(pattern.join(" ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_are_written_as_recorded_and_read_back() {
        let same = |path: &str, line: &str, object: Value| {
            let list = LISTS.iter().find(|list| list.path == path).unwrap();
            assert_eq!(Value::from(list.read(line)), object);
            assert_eq!(list.write(object.as_object().unwrap()).unwrap(), line);
        };
        same(
            "acls",
            "acl is_x hdr(host) -i x.test",
            json!({"acl_name": "is_x", "criterion": "hdr(host)", "value": "-i x.test"}),
        );
        same("backend_switching_rules", "use_backend %[map(/m,b)]", json!({"name": "%[map(/m,b)]"}));
        same(
            "backend_switching_rules",
            "use_backend b if { ssl_fc } || x",
            json!({"name": "b", "cond": "if", "cond_test": "{ ssl_fc } || x"}),
        );
        same(
            "http_request_rules",
            "http-request redirect scheme https code 301 unless { ssl_fc }",
            json!({"cond": "unless", "cond_test": "{ ssl_fc }", "redir_code": 301, "redir_type": "scheme", "redir_value": "https", "type": "redirect"}),
        );
        same(
            "http_request_rules",
            "http-request set-header X-A 1",
            json!({"hdr_format": "1", "hdr_name": "X-A", "type": "set-header"}),
        );
        same(
            "http_request_rules",
            "http-request set-var(txn.a) req.hdr(host),lower if x",
            json!({"type": "set-var", "var_scope": "txn", "var_name": "a", "var_expr": "req.hdr(host),lower", "cond": "if", "cond_test": "x"}),
        );
        same("http_request_rules", "http-request deny deny_status 403", json!({"type": "deny", "deny_status": 403}));
        same(
            "http_request_rules",
            "http-request return status 200 content-type text/plain string \"up\\n\"",
            json!({"type": "return", "return_status_code": 200, "return_content_type": "text/plain", "return_content_format": "string", "return_content": "\"up\\n\""}),
        );
        same("tcp_request_rules", "tcp-request inspect-delay 5000", json!({"type": "inspect-delay", "timeout": 5000}));
        same(
            "tcp_request_rules",
            "tcp-request content accept if { req.ssl_hello_type 1 }",
            json!({"type": "content", "action": "accept", "cond": "if", "cond_test": "{ req.ssl_hello_type 1 }"}),
        );
        same(
            "http_checks",
            "http-check expect ! status 500",
            json!({"type": "expect", "exclamation_mark": true, "match": "status", "pattern": "500"}),
        );
        same("http_checks", "http-check send meth GET uri /", json!({"type": "send", "method": "GET", "uri": "/"}));
    }
}
