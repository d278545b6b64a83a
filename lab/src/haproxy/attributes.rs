//! What a section says about itself, apart from its lists: one line, one field.

use serde_json::{Map, Value};

use crate::haproxy::file::Section;
use crate::haproxy::health_check;
use crate::haproxy::refusal::Refusal;
use crate::haproxy::special::Special;
use crate::haproxy::words::{millis, split};

/// How a field stands in its line.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// The words and a text without blanks.
    Text,
    /// The words and the rest of the line.
    Rest,
    /// The words and a number.
    Number,
    /// The words and a time, milliseconds in the API.
    Millis,
    /// The words alone, `true` in the API.
    Flag,
    /// The words alone, `enabled` in the API; with `no` in front of them, `disabled`.
    Toggle,
    /// Something of its own.
    Special(Special),
}

/// A field of a section.
#[derive(Debug)]
pub struct Attribute {
    /// Its name in the API.
    pub field: &'static str,
    /// The words that its line begins with.
    words: &'static str,
    form: Form,
}

const fn attribute(field: &'static str, words: &'static str, form: Form) -> Attribute {
    Attribute { field, words, form }
}

/// Fields of frontends, backends and defaults. The API knows more; those that no line of this table has are refused.
const ATTRIBUTES: &[Attribute] = &[
    attribute("mode", "mode", Form::Text),
    attribute("description", "description", Form::Rest),
    attribute("disabled", "disabled", Form::Flag),
    attribute("enabled", "enabled", Form::Flag),
    attribute("id", "id", Form::Number),
    attribute("maxconn", "maxconn", Form::Number),
    attribute("backlog", "backlog", Form::Number),
    attribute("balance", "balance", Form::Special(Special::Balance)),
    attribute("hash_type", "hash-type", Form::Special(Special::HashType)),
    attribute("cookie", "cookie", Form::Special(Special::Cookie)),
    attribute("fullconn", "fullconn", Form::Number),
    attribute("retries", "retries", Form::Number),
    attribute("retry_on", "retry-on", Form::Rest),
    attribute("log_format", "log-format", Form::Rest),
    attribute("log_tag", "log-tag", Form::Text),
    attribute("monitor_uri", "monitor-uri", Form::Text),
    attribute("adv_check", "option", Form::Special(Special::Check)),
    attribute("forwardfor", "option forwardfor", Form::Special(Special::ForwardFor)),
    attribute("http_connection_mode", "option", Form::Special(Special::ConnectionMode)),
    attribute("redispatch", "option redispatch", Form::Special(Special::Redispatch)),
    attribute("abortonclose", "option abortonclose", Form::Toggle),
    attribute("allbackups", "option allbackups", Form::Toggle),
    attribute("clitcpka", "option clitcpka", Form::Toggle),
    attribute("dontlognull", "option dontlognull", Form::Toggle),
    attribute("httplog", "option httplog", Form::Flag),
    attribute("log_health_checks", "option log-health-checks", Form::Toggle),
    attribute("logasap", "option logasap", Form::Toggle),
    attribute("prefer_last_server", "option prefer-last-server", Form::Toggle),
    attribute("srvtcpka", "option srvtcpka", Form::Toggle),
    attribute("tcpka", "option tcpka", Form::Toggle),
    attribute("tcplog", "option tcplog", Form::Flag),
    attribute("check_timeout", "timeout check", Form::Millis),
    attribute("client_timeout", "timeout client", Form::Millis),
    attribute("client_fin_timeout", "timeout client-fin", Form::Millis),
    attribute("connect_timeout", "timeout connect", Form::Millis),
    attribute("http_keep_alive_timeout", "timeout http-keep-alive", Form::Millis),
    attribute("http_request_timeout", "timeout http-request", Form::Millis),
    attribute("queue_timeout", "timeout queue", Form::Millis),
    attribute("server_timeout", "timeout server", Form::Millis),
    attribute("server_fin_timeout", "timeout server-fin", Form::Millis),
    attribute("tarpit_timeout", "timeout tarpit", Form::Millis),
    attribute("tunnel_timeout", "timeout tunnel", Form::Millis),
    attribute("http_reuse", "http-reuse", Form::Text),
    attribute("default_backend", "default_backend", Form::Text),
    attribute("default_server", "default-server", Form::Special(Special::DefaultServer)),
];

/// Fields of `global` that are read.
const OF_GLOBAL: &[Attribute] = &[
    attribute("maxconn", "maxconn", Form::Number),
    attribute("nbthread", "nbthread", Form::Number),
    attribute("runtime_apis", "stats socket", Form::Special(Special::RuntimeApis)),
];

/// What a section says about itself.
#[must_use]
pub fn read(section: &Section) -> Map<String, Value> {
    let mut object = Map::new();
    if section.kind != "global" {
        object.insert("name".to_owned(), Value::from(section.name.as_str()));
    }
    if let Some(from) = &section.from {
        object.insert("from".to_owned(), Value::from(from.as_str()));
    }
    let known = if section.kind == "global" { OF_GLOBAL } else { ATTRIBUTES };
    for attribute in known {
        if let Some(at) = attribute.position(section) {
            attribute.read(&section.lines[at].text, &mut object);
        }
    }
    object
}

/// Makes a section say what an object has, and no more: a field that it has not is removed.
///
/// # Errors
///
/// A field has another type.
pub fn write(section: &mut Section, object: &Map<String, Value>) -> Result<(), Refusal> {
    section.from = object.get("from").and_then(Value::as_str).map(str::to_owned);
    for attribute in ATTRIBUTES {
        let text = attribute.write(object)?;
        let at = attribute.position(section);
        // A line that already means the same stays as somebody wrote it.
        let meaning = |text: &str| {
            let mut meaning = Map::new();
            attribute.read(text, &mut meaning);
            meaning
        };
        let same = at.zip(text.as_deref()).is_some_and(|(at, text)| meaning(&section.lines[at].text) == meaning(text));
        if !same {
            section.put(at, text);
        }
    }
    Ok(())
}

/// Whether sections have this field.
#[must_use]
pub fn has(field: &str) -> bool {
    ["name", "from"].contains(&field)
        || health_check::is_params(field)
        || ATTRIBUTES.iter().any(|known| known.field == field)
}

impl Attribute {
    /// Where its line stands.
    fn position(&self, section: &Section) -> Option<usize> {
        section.lines.iter().position(|line| {
            let words = split(&line.text);
            let words = words.strip_prefix(&["no".to_owned()]).filter(|_| self.can_be_negated()).unwrap_or(&words);
            let begins =
                self.words.split(' ').enumerate().all(|(at, word)| words.get(at).is_some_and(|found| found == word));
            match self.form {
                Form::Special(special) => begins && special.concerns(words),
                _ => begins,
            }
        })
    }

    fn can_be_negated(&self) -> bool {
        matches!(self.form, Form::Toggle)
    }

    fn read(&self, line: &str, object: &mut Map<String, Value>) {
        let words = split(line);
        let count = self.words.split(' ').count();
        let first = words.get(count).map(String::as_str);
        let value = match self.form {
            Form::Text => Value::from(first.unwrap_or_default()),
            Form::Rest => Value::from(words.get(count..).unwrap_or_default().join(" ")),
            Form::Number => first.and_then(|number| number.parse::<i64>().ok()).into(),
            Form::Millis => first.and_then(millis).into(),
            Form::Flag => Value::from(true),
            Form::Toggle => Value::from(if words[0] == "no" { "disabled" } else { "enabled" }),
            Form::Special(special) => return special.read(&words, object),
        };
        object.insert(self.field.to_owned(), value);
    }

    fn write(&self, object: &Map<String, Value>) -> Result<Option<String>, Refusal> {
        let Some(value) = object.get(self.field).filter(|value| !value.is_null()) else { return Ok(None) };
        let wrong = || Refusal::of_type(self.field, value);
        let words = self.words;
        Ok(match self.form {
            Form::Text | Form::Rest => {
                let text = value.as_str().ok_or_else(wrong)?;
                (!text.is_empty()).then(|| format!("{words} {text}"))
            }
            Form::Number | Form::Millis => Some(format!("{words} {}", value.as_i64().ok_or_else(wrong)?)),
            Form::Flag => value.as_bool().ok_or_else(wrong)?.then(|| words.to_owned()),
            Form::Toggle if value == "disabled" => Some(format!("no {words}")),
            Form::Toggle => Some(words.to_owned()),
            Form::Special(special) => special.write(value, object)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::haproxy::file::File;
    use serde_json::json;

    #[test]
    fn a_section_is_written_as_recorded_and_read_back() {
        let (mut file, _) = File::parse("backend b\n  server s 127.0.0.1:1\n  # mine\n  stick on src\n");
        let section = file.section_mut("backend", "b").unwrap();
        let object = json!({"name": "b", "mode": "http", "balance": {"algorithm": "roundrobin"}, "adv_check": "httpchk",
            "httpchk_params": {"method": "GET", "uri": "/healthz"}, "forwardfor": {"enabled": "enabled"},
            "log_health_checks": "disabled", "check_timeout": 500, "default_server": {"inter": 1000, "check": "enabled"}});
        write(section, object.as_object().unwrap()).unwrap();
        let texts: Vec<&str> = section.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "mode http",
                "balance roundrobin",
                "option httpchk GET /healthz",
                "option forwardfor",
                "no option log-health-checks",
                "timeout check 500",
                "default-server check inter 1000",
                "server s 127.0.0.1:1",
                "stick on src",
            ]
        );
        assert_eq!(Value::from(read(section)), object);
        write(section, json!({"name": "b"}).as_object().unwrap()).unwrap();
        assert_eq!(section.lines.len(), 2);
        assert_eq!(section.lines[1].before, ["# mine"]);
    }

    #[test]
    fn a_line_that_means_the_same_stays() {
        let (mut file, _) = File::parse("frontend f\n  timeout client 10s # long\n");
        let section = file.section_mut("frontend", "f").unwrap();
        write(section, json!({"name": "f", "client_timeout": 10_000}).as_object().unwrap()).unwrap();
        assert_eq!(section.lines[0].text, "timeout client 10s # long");
    }
}
