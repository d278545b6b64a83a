//! Checks of health that are an option of their own, with what they ask.
//!
//! Words behind `httpchk` are recorded; those of the other checks are unrecorded, and follow the published description and
//! the library that the API reads and writes lines with.

use serde_json::{Map, Value};

use crate::haproxy::words::Writer;

/// The checks, with the fields of the section that hold their words and the names of these, in their order.
const CHECKS: &[(&str, &str, &[&str])] = &[
    ("httpchk", "httpchk_params", &["method", "uri", "version"]),
    ("ldap-check", "", &[]),
    ("mysql-check", "mysql_check_params", &["username", "client_version"]),
    ("pgsql-check", "pgsql_check_params", &["username"]),
    ("redis-check", "", &[]),
    ("smtpchk", "smtpchk_params", &["hello", "domain"]),
    ("ssl-hello-chk", "", &[]),
    ("tcp-check", "", &[]),
];

/// The word in front of a user's name.
const USER: &str = "user";

/// Whether it is a check.
#[must_use]
pub fn is_check(option: &str) -> bool {
    CHECKS.iter().any(|(check, ..)| *check == option)
}

/// Whether a field of a section holds what a check asks.
#[must_use]
pub fn is_params(field: &str) -> bool {
    CHECKS.iter().any(|(_, params, _)| !params.is_empty() && *params == field)
}

/// Reads the line of a check, `option` included, into the section's object. Checks that can go without parameters are
/// answered with empty ones, but for that of HTTP.
pub fn read(words: &[String], object: &mut Map<String, Value>) {
    let check = words.get(1).map(String::as_str).unwrap_or_default();
    object.insert("adv_check".to_owned(), Value::from(check));
    let Some((_, field, names)) = CHECKS.iter().find(|(known, ..)| *known == check) else { return };
    let keyword = usize::from(names.contains(&"username"));
    let given: Vec<&str> = words.iter().skip(2 + keyword).map(String::as_str).collect();
    let names = match (check, given.len()) {
        // A single word is the path.
        ("httpchk", 1) => &names[1..],
        _ => names,
    };
    let params: Map<_, _> =
        names.iter().map(|name| (*name).to_owned()).zip(given.into_iter().map(Value::from)).collect();
    if !field.is_empty() && (!params.is_empty() || check != "httpchk") {
        object.insert((*field).to_owned(), params.into());
    }
}

/// The line of the section's check.
#[must_use]
pub fn write(check: &str, object: &Map<String, Value>) -> String {
    let mut line = Writer::of("option");
    line.word(check);
    let known = CHECKS.iter().find(|(known, ..)| *known == check);
    if let Some((params, names)) = known.and_then(|(_, field, names)| Some((object.get(*field)?, names))) {
        for name in *names {
            let word = params[*name].as_str().unwrap_or_default();
            if *name == "username" && !word.is_empty() {
                line.word(USER);
            }
            line.word(word);
        }
    }
    line.line()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::haproxy::words::split;

    #[test]
    fn lines_are_read_as_they_are_written() {
        for (line, expected) in [
            ("option httpchk", json!({"adv_check": "httpchk"})),
            ("option httpchk /up", json!({"adv_check": "httpchk", "httpchk_params": {"uri": "/up"}})),
            (
                "option httpchk GET /up HTTP/1.1",
                json!({
                    "adv_check": "httpchk", "httpchk_params": {"method": "GET", "uri": "/up", "version": "HTTP/1.1"},
                }),
            ),
            ("option mysql-check", json!({"adv_check": "mysql-check", "mysql_check_params": {}})),
            (
                "option mysql-check user user pre-41",
                json!({
                    "adv_check": "mysql-check", "mysql_check_params": {"username": "user", "client_version": "pre-41"},
                }),
            ),
            (
                "option pgsql-check user haproxy",
                json!({"adv_check": "pgsql-check", "pgsql_check_params": {"username": "haproxy"}}),
            ),
            (
                "option smtpchk EHLO mail.example.com",
                json!({"adv_check": "smtpchk", "smtpchk_params": {"hello": "EHLO", "domain": "mail.example.com"}}),
            ),
            ("option redis-check", json!({"adv_check": "redis-check"})),
        ] {
            let mut object = Map::new();
            read(&split(line), &mut object);
            assert_eq!(Value::from(object.clone()), expected, "{line}");
            assert_eq!(write(expected["adv_check"].as_str().unwrap(), &object), line);
        }
    }
}
