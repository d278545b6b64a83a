//! Fields of sections whose lines have a form of their own.

use serde_json::{Map, Value, json};

use crate::haproxy::health_check;
use crate::haproxy::params::{read_default_server, write_default_server};
use crate::haproxy::refusal::Refusal;
use crate::haproxy::words::Writer;

/// Options that say how long a connection lives.
const CONNECTION_MODES: &[&str] = &["httpclose", "http-server-close", "http-keep-alive"];

/// Flags of `cookie`.
const COOKIE_FLAGS: &[&str] = &["dynamic", "httponly", "indirect", "nocache", "postonly", "preserve", "secure"];

/// Which field it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// `balance`.
    Balance,
    /// `adv_check` with what it asks, such as `httpchk_params`.
    Check,
    /// `http_connection_mode`.
    ConnectionMode,
    /// `cookie`.
    Cookie,
    /// `default_server`.
    DefaultServer,
    /// `forwardfor`.
    ForwardFor,
    /// `hash_type`.
    HashType,
    /// `redispatch`.
    Redispatch,
    /// `runtime_apis`, which is only read.
    RuntimeApis,
}

impl Special {
    /// Whether a line that begins as the field's does is the field's.
    #[must_use]
    pub fn concerns(self, words: &[String]) -> bool {
        let option = words.get(1).map(String::as_str).unwrap_or_default();
        match self {
            Self::Check => health_check::is_check(option),
            Self::ConnectionMode => CONNECTION_MODES.contains(&option),
            _ => true,
        }
    }

    /// Reads the line into the object.
    pub fn read(self, words: &[String], object: &mut Map<String, Value>) {
        let word = |at: usize| words.get(at).map(String::as_str);
        let after = |keyword: &str| {
            let at = words.iter().position(|word| word == keyword)?;
            words.get(at + 1).map(|word| Value::from(word.as_str()))
        };
        let mut put = |field: &str, value: Value| drop(object.insert(field.to_owned(), value));
        match self {
            Self::Balance => put("balance", balance(words)),
            Self::Check => health_check::read(words, object),
            Self::ConnectionMode => put("http_connection_mode", Value::from(word(1))),
            Self::Cookie => put("cookie", cookie(words)),
            Self::DefaultServer => put("default_server", read_default_server(&words[1..]).into()),
            Self::ForwardFor => {
                let mut value = json!({ "enabled": "enabled" });
                for (field, found) in [("except", after("except")), ("header", after("header"))] {
                    if let Some(found) = found {
                        value[field] = found;
                    }
                }
                if words.iter().any(|word| word == "if-none") {
                    value["ifnone"] = Value::from(true);
                }
                put("forwardfor", value);
            }
            Self::HashType => {
                let names = ["method", "function", "modifier"].into_iter().zip(1..);
                let value = names.filter_map(|(name, at)| Some((name.to_owned(), Value::from(word(at)?))));
                put("hash_type", value.collect::<Map<_, _>>().into());
            }
            Self::Redispatch => {
                let mut value = json!({ "enabled": "enabled" });
                if let Some(interval) = word(2).and_then(|interval| interval.parse::<i64>().ok()) {
                    value["interval"] = Value::from(interval);
                }
                put("redispatch", value);
            }
            Self::RuntimeApis => {
                let mut api = json!({ "address": word(2) });
                for name in ["level", "mode", "user", "group"] {
                    if let Some(found) = after(name) {
                        api[name] = found;
                    }
                }
                put("runtime_apis", json!([api]));
            }
        }
    }

    /// The line for the field's value.
    ///
    /// # Errors
    ///
    /// The value has another type.
    pub fn write(self, value: &Value, object: &Map<String, Value>) -> Result<Option<String>, Refusal> {
        let text = |name: &str| value[name].as_str();
        let line = match self {
            Self::Balance => write_balance(value),
            Self::Check => health_check::write(value.as_str().unwrap_or_default(), object),
            Self::ConnectionMode => format!("option {}", value.as_str().unwrap_or_default()),
            Self::Cookie => write_cookie(value),
            Self::DefaultServer => {
                let object = value.as_object().ok_or_else(|| Refusal::of_type("default_server", value))?;
                write_default_server(object)?
            }
            Self::ForwardFor => {
                let mut line = Writer::of("option forwardfor");
                line.pair("except", text("except")).pair("header", text("header"));
                line.word(if value["ifnone"] == true { "if-none" } else { "" }).line()
            }
            Self::HashType => {
                let mut line = Writer::of("hash-type");
                for part in ["method", "function", "modifier"] {
                    line.word(text(part).unwrap_or_default());
                }
                line.line()
            }
            Self::Redispatch if value["enabled"] != "enabled" => return Ok(None),
            Self::Redispatch => {
                let interval = value["interval"].as_i64().map(|interval| interval.to_string()).unwrap_or_default();
                Writer::of("option redispatch").word(&interval).line()
            }
            Self::RuntimeApis => return Ok(None),
        };
        Ok(Some(line))
    }
}

fn balance(words: &[String]) -> Value {
    let text = words.get(1).map(String::as_str).unwrap_or_default();
    let (algorithm, inner) = match text.split_once('(') {
        Some((algorithm, inner)) => (algorithm, inner.trim_end_matches(')')),
        None => (text, ""),
    };
    let mut value = json!({ "algorithm": algorithm });
    match algorithm {
        "hash" => value["hash_expression"] = Value::from(words.get(2).map(String::as_str)),
        "hdr" => value["hdr_name"] = Value::from(inner),
        "rdp-cookie" if !inner.is_empty() => value["rdp_cookie_name"] = Value::from(inner),
        "random" => {
            if let Ok(draws) = inner.parse::<i64>() {
                value["random_draws"] = Value::from(draws);
            }
        }
        "url_param" => value["url_param"] = Value::from(words.get(2).map(String::as_str)),
        "uri" => {
            for pair in words[2..].windows(2) {
                if let Ok(number) = pair[1].parse::<i64>() {
                    value[format!("uri_{}", pair[0])] = Value::from(number);
                }
            }
            for flag in ["whole", "path-only"].into_iter().filter(|flag| words.iter().any(|word| word == flag)) {
                value[format!("uri_{}", flag.replace('-', "_"))] = Value::from(true);
            }
        }
        _ => {}
    }
    value
}

fn write_balance(value: &Value) -> String {
    let text = |name: &str| value[name].as_str().unwrap_or_default();
    let number = |name: &str| value[name].as_i64().map(|number| number.to_string());
    let mut line = Writer::of("balance");
    match text("algorithm") {
        "hash" => line.word("hash").word(text("hash_expression")),
        "hdr" => line.word(&format!("hdr({})", text("hdr_name"))),
        "rdp-cookie" if !text("rdp_cookie_name").is_empty() => {
            line.word(&format!("rdp-cookie({})", text("rdp_cookie_name")))
        }
        "random" if value["random_draws"].is_number() => {
            line.word(&format!("random({})", number("random_draws").unwrap_or_default()))
        }
        "url_param" => line.word("url_param").word(text("url_param")),
        "uri" => {
            line.word("uri").pair("len", number("uri_len").as_deref()).pair("depth", number("uri_depth").as_deref());
            let flags = [("uri_whole", "whole"), ("uri_path_only", "path-only")];
            flags
                .into_iter()
                .filter(|(field, _)| value[*field] == true)
                .fold(&mut line, |line, (_, word)| line.word(word))
        }
        algorithm => line.word(algorithm),
    };
    line.line()
}

fn cookie(words: &[String]) -> Value {
    let mut value = json!({ "name": words.get(1).map(String::as_str) });
    for (at, word) in words.iter().enumerate().skip(2) {
        let number = || words.get(at + 1).and_then(|number| number.parse::<i64>().ok());
        match word.as_str() {
            kind @ ("rewrite" | "insert" | "prefix") => value["type"] = Value::from(kind),
            "maxidle" => value["maxidle"] = Value::from(number()),
            "maxlife" => value["maxlife"] = Value::from(number()),
            flag if COOKIE_FLAGS.contains(&flag) => value[flag] = Value::from(true),
            _ => {}
        }
    }
    value
}

fn write_cookie(value: &Value) -> String {
    let text = |name: &str| value[name].as_str().unwrap_or_default();
    let number = |name: &str| value[name].as_i64().map(|number| number.to_string());
    let mut line = Writer::of("cookie");
    line.word(text("name")).word(text("type"));
    for flag in COOKIE_FLAGS.iter().filter(|flag| value[**flag] == true) {
        line.word(flag);
    }
    line.pair("maxidle", number("maxidle").as_deref()).pair("maxlife", number("maxlife").as_deref());
    line.line()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::haproxy::words::split;

    #[test]
    fn lines_are_read_as_they_are_written() {
        let same = |special: Special, field: &str, line: &str, value: Value| {
            let mut object = Map::new();
            special.read(&split(line), &mut object);
            assert_eq!(object[field], value, "{line}");
            assert_eq!(special.write(&value, &object).unwrap().as_deref(), Some(line));
        };
        same(Special::Balance, "balance", "balance hdr(X-A)", json!({"algorithm": "hdr", "hdr_name": "X-A"}));
        same(
            Special::Balance,
            "balance",
            "balance uri depth 2 whole",
            json!({"algorithm": "uri", "uri_depth": 2, "uri_whole": true}),
        );
        same(Special::Balance, "balance", "balance random(2)", json!({"algorithm": "random", "random_draws": 2}));
        same(
            Special::Cookie,
            "cookie",
            "cookie S insert indirect nocache",
            json!({"name": "S", "type": "insert", "indirect": true, "nocache": true}),
        );
        same(
            Special::ForwardFor,
            "forwardfor",
            "option forwardfor except 10.0.0.0/8 if-none",
            json!({"enabled": "enabled", "except": "10.0.0.0/8", "ifnone": true}),
        );
        same(
            Special::HashType,
            "hash_type",
            "hash-type consistent sdbm",
            json!({"method": "consistent", "function": "sdbm"}),
        );
        same(Special::Redispatch, "redispatch", "option redispatch 3", json!({"enabled": "enabled", "interval": 3}));
    }
}
