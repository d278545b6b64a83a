//! Binds and servers: a name, an address, and parameters in one line.

use serde_json::{Map, Value};

use crate::haproxy::refusal::Refusal;
use crate::haproxy::words::{Writer, millis, split};

/// How a parameter stands in its line, and in the API.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// The word alone, `true` in the API.
    Flag,
    /// The word alone, `enabled` in the API; with `no-` in front of it, `disabled`.
    Toggle,
    /// The word and a text.
    Text,
    /// The word and a number.
    Number,
    /// The word and a time, milliseconds in the API.
    Millis,
    /// One of the words `disabled` and `enabled`, the other way round in the API.
    Maintenance,
}

/// A parameter: its name in the API, its word in the line.
type Param = (&'static str, &'static str, Form);

/// In the order in which the library writes them; beyond the recorded ones that order is unrecorded.
const OF_BIND: &[Param] = &[
    ("name", "name", Form::Text),
    ("ssl_certificate", "crt", Form::Text),
    ("crt_list", "crt-list", Form::Text),
    ("accept_proxy", "accept-proxy", Form::Flag),
    ("alpn", "alpn", Form::Text),
    ("backlog", "backlog", Form::Text),
    ("ssl_cafile", "ca-file", Form::Text),
    ("ca_ignore_err", "ca-ignore-err", Form::Text),
    ("ciphers", "ciphers", Form::Text),
    ("ciphersuites", "ciphersuites", Form::Text),
    ("crl_file", "crl-file", Form::Text),
    ("crt_ignore_err", "crt-ignore-err", Form::Text),
    ("curves", "curves", Form::Text),
    ("defer_accept", "defer-accept", Form::Flag),
    ("ecdhe", "ecdhe", Form::Text),
    ("id", "id", Form::Text),
    ("interface", "interface", Form::Text),
    ("maxconn", "maxconn", Form::Number),
    ("mode", "mode", Form::Text),
    ("nice", "nice", Form::Number),
    ("no_ca_names", "no-ca-names", Form::Flag),
    ("no_tls_tickets", "no-tls-tickets", Form::Flag),
    ("prefer_client_ciphers", "prefer-client-ciphers", Form::Flag),
    ("proto", "proto", Form::Text),
    ("ssl", "ssl", Form::Flag),
    ("ssl_max_ver", "ssl-max-ver", Form::Text),
    ("ssl_min_ver", "ssl-min-ver", Form::Text),
    ("strict_sni", "strict-sni", Form::Flag),
    ("tfo", "tfo", Form::Flag),
    ("thread", "thread", Form::Text),
    ("transparent", "transparent", Form::Flag),
    ("v4v6", "v4v6", Form::Flag),
    ("v6only", "v6only", Form::Flag),
    ("verify", "verify", Form::Text),
];

const OF_SERVER: &[Param] = &[
    ("agent-check", "agent-check", Form::Toggle),
    ("alpn", "alpn", Form::Text),
    ("backup", "backup", Form::Toggle),
    ("check", "check", Form::Toggle),
    ("check-sni", "check-sni", Form::Text),
    ("check-ssl", "check-ssl", Form::Toggle),
    ("check_alpn", "check-alpn", Form::Text),
    ("ciphers", "ciphers", Form::Text),
    ("ciphersuites", "ciphersuites", Form::Text),
    ("cookie", "cookie", Form::Text),
    ("crl_file", "crl-file", Form::Text),
    ("downinter", "downinter", Form::Millis),
    ("fall", "fall", Form::Number),
    ("fastinter", "fastinter", Form::Millis),
    ("health_check_address", "addr", Form::Text),
    ("health_check_port", "port", Form::Number),
    ("id", "id", Form::Number),
    ("init-addr", "init-addr", Form::Text),
    ("inter", "inter", Form::Millis),
    ("maintenance", "disabled", Form::Maintenance),
    ("maxconn", "maxconn", Form::Number),
    ("observe", "observe", Form::Text),
    ("on-error", "on-error", Form::Text),
    ("on-marked-down", "on-marked-down", Form::Text),
    ("on-marked-up", "on-marked-up", Form::Text),
    ("proto", "proto", Form::Text),
    ("resolve-prefer", "resolve-prefer", Form::Text),
    ("resolvers", "resolvers", Form::Text),
    ("rise", "rise", Form::Number),
    ("send-proxy", "send-proxy", Form::Toggle),
    ("send-proxy-v2", "send-proxy-v2", Form::Toggle),
    ("slowstart", "slowstart", Form::Millis),
    ("sni", "sni", Form::Text),
    ("ssl", "ssl", Form::Toggle),
    ("ssl_cafile", "ca-file", Form::Text),
    ("ssl_certificate", "crt", Form::Text),
    ("ssl_max_ver", "ssl-max-ver", Form::Text),
    ("ssl_min_ver", "ssl-min-ver", Form::Text),
    ("verify", "verify", Form::Text),
    ("verifyhost", "verifyhost", Form::Text),
    ("weight", "weight", Form::Number),
];

/// Lines with a name of their own in a section.
#[derive(Debug)]
pub struct Kind {
    /// Part of the path, and the field of a whole section.
    pub path: &'static str,
    /// What messages call one.
    pub title: &'static str,
    /// Kind of the sections that have them.
    pub of: &'static str,
    /// First word of the line.
    pub word: &'static str,
    params: &'static [Param],
    names_first: bool,
}

/// The kinds that are modelled.
pub const KINDS: &[Kind] = &[
    Kind { path: "binds", title: "bind", of: "frontend", word: "bind", params: OF_BIND, names_first: false },
    Kind { path: "servers", title: "server", of: "backend", word: "server", params: OF_SERVER, names_first: true },
];

impl Kind {
    /// The object that a line describes.
    #[must_use]
    pub fn read(&self, line: &str) -> Map<String, Value> {
        let words = split(line);
        let mut rest = words.iter().skip(1).map(String::as_str);
        let mut object = Map::new();
        if self.names_first {
            object.insert("name".to_owned(), Value::from(rest.next().unwrap_or_default()));
        }
        let place = rest.next().unwrap_or_default();
        let (address, port) = place.rsplit_once(':').unwrap_or((place, ""));
        if !address.is_empty() {
            object.insert("address".to_owned(), Value::from(address));
        }
        let (port, end) = port.split_once('-').unwrap_or((port, ""));
        for (field, number) in [("port", port), ("port-range-end", end)] {
            if let Ok(number) = number.parse::<u16>() {
                object.insert(field.to_owned(), Value::from(number));
            }
        }
        read_params(self.params, &mut rest, &mut object);
        // A bind without a name has that of its place.
        object.entry("name").or_insert_with(|| Value::from(place));
        object
    }

    /// The line that describes an object.
    ///
    /// # Errors
    ///
    /// A field has another type.
    pub fn write(&self, object: &Map<String, Value>) -> Result<String, Refusal> {
        let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
        let mut line = Writer::of(self.word);
        if self.names_first {
            line.word(text("name"));
        }
        let number = |field: &str| object.get(field).and_then(Value::as_i64);
        let ports = match (number("port"), number("port-range-end")) {
            (Some(port), Some(end)) => format!(":{port}-{end}"),
            (Some(port), None) => format!(":{port}"),
            _ => String::new(),
        };
        line.word(&format!("{}{ports}", text("address")));
        write_params(self.params, object, self.names_first, &mut line)?;
        Ok(line.line())
    }

    /// Fields of an object that its line would not hold.
    #[must_use]
    pub fn dropped(&self, object: &Map<String, Value>) -> Vec<String> {
        let known = |field: &str| {
            ["name", "address", "port", "port-range-end"].contains(&field)
                || self.params.iter().any(|(known, ..)| *known == field)
        };
        object.keys().filter(|field| !known(field)).cloned().collect()
    }
}

/// The parameters of `default-server`, as an object.
#[must_use]
pub fn read_default_server(words: &[String]) -> Map<String, Value> {
    let mut object = Map::new();
    read_params(OF_SERVER, &mut words.iter().map(String::as_str), &mut object);
    object
}

/// The line `default-server`.
///
/// # Errors
///
/// A field has another type.
pub fn write_default_server(object: &Map<String, Value>) -> Result<String, Refusal> {
    let mut line = Writer::of("default-server");
    write_params(OF_SERVER, object, false, &mut line)?;
    Ok(line.line())
}

fn read_params<'a>(params: &[Param], words: &mut impl Iterator<Item = &'a str>, object: &mut Map<String, Value>) {
    while let Some(word) = words.next() {
        let known = params.iter().find(|(_, known, form)| {
            word == *known
                || (matches!(form, Form::Toggle) && word.strip_prefix("no-") == Some(known))
                || (matches!(form, Form::Maintenance) && word == "enabled")
        });
        let Some((field, known, form)) = known else { continue };
        let value = match form {
            Form::Flag => Value::from(true),
            Form::Toggle => Value::from(if word == *known { "enabled" } else { "disabled" }),
            Form::Maintenance => Value::from(if word == "disabled" { "enabled" } else { "disabled" }),
            Form::Text => Value::from(words.next().unwrap_or_default()),
            Form::Number => words.next().and_then(|number| number.parse::<i64>().ok()).into(),
            Form::Millis => words.next().and_then(millis).into(),
        };
        object.insert((*field).to_owned(), value);
    }
}

fn write_params(
    params: &[Param],
    object: &Map<String, Value>,
    name_is_written: bool,
    line: &mut Writer,
) -> Result<(), Refusal> {
    for (field, word, form) in params.iter().filter(|(field, ..)| !(name_is_written && *field == "name")) {
        let Some(value) = object.get(*field).filter(|value| !value.is_null()) else { continue };
        let wrong = || Refusal::of_type(field, value);
        match form {
            Form::Flag => line.word(if value.as_bool().ok_or_else(wrong)? { word } else { "" }),
            Form::Toggle if value == "disabled" => line.word(&format!("no-{word}")),
            Form::Toggle => line.word(word),
            Form::Maintenance => line.word(if value == "enabled" { "disabled" } else { "enabled" }),
            Form::Text => line.pair(word, Some(value.as_str().ok_or_else(wrong)?).filter(|text| !text.is_empty())),
            Form::Number | Form::Millis => line.pair(word, Some(&value.as_i64().ok_or_else(wrong)?.to_string())),
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_are_written_as_recorded_and_read_back() {
        let same = |kind: &Kind, object: Value, line: &str| {
            assert_eq!(kind.write(object.as_object().unwrap()).unwrap(), line);
            assert_eq!(Value::from(kind.read(line)), object);
        };
        let bind =
            json!({"address": "127.0.0.1", "name": "https", "port": 18443, "ssl": true, "ssl_certificate": "/s/"});
        same(&KINDS[0], bind, "bind 127.0.0.1:18443 name https crt /s/ ssl");
        let server = json!({"address": "127.0.0.1", "backup": "enabled", "check": "enabled", "name": "w", "port": 1});
        same(&KINDS[1], server, "server w 127.0.0.1:1 backup check");
        same(
            &KINDS[1],
            json!({"address": "db", "inter": 500, "maintenance": "enabled", "name": "w", "port": 1}),
            "server w db:1 inter 500 disabled",
        );
        assert_eq!(Value::from(KINDS[0].read("bind :80")), json!({"name": ":80", "port": 80}));
        assert!(KINDS[1].write(json!({"name": "w", "weight": "x"}).as_object().unwrap()).is_err());
    }
}
