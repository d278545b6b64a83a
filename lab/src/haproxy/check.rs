//! The checks that the API makes of a body before it does anything: required fields, patterns, words, limits.
//!
//! Codes and texts are those of its generator, go-openapi; 605 and 606 are recorded, the others are not.

use serde_json::{Map, Value};

use crate::haproxy::refusal::Refusal;

/// What the name of a section may be.
const NAME: &str = "^[A-Za-z0-9-_.:]+$";

/// What has no blanks.
const WORD: &str = r"^[^\s]+$";

/// What a field may be.
enum Rule {
    Pattern(&'static str),
    Words(&'static [&'static str]),
    Port,
}

const ENABLED: &[&str] = &["enabled", "disabled"];
const CONDITIONS: &[&str] = &["if", "unless"];
const VERSIONS: &[&str] = &["SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/// What is asked of the fields of a section.
const OF_SECTION: &[(&str, Rule)] = &[
    ("name", Rule::Pattern(NAME)),
    ("from", Rule::Pattern(NAME)),
    ("default_backend", Rule::Pattern(NAME)),
    (
        "adv_check",
        Rule::Words(&[
            "httpchk",
            "ldap-check",
            "mysql-check",
            "pgsql-check",
            "redis-check",
            "smtpchk",
            "ssl-hello-chk",
            "tcp-check",
        ]),
    ),
    ("http_connection_mode", Rule::Words(&["httpclose", "http-server-close", "http-keep-alive"])),
    ("http_reuse", Rule::Words(&["aggressive", "always", "never", "safe"])),
    ("log_health_checks", Rule::Words(ENABLED)),
];

/// What is asked of the fields of a bind, a server or a rule.
const OF_CHILD: &[(&str, Rule)] = &[
    ("name", Rule::Pattern(WORD)),
    ("address", Rule::Pattern(WORD)),
    ("port", Rule::Port),
    ("health_check_port", Rule::Port),
    ("ssl_certificate", Rule::Pattern(WORD)),
    ("ssl_cafile", Rule::Pattern(WORD)),
    ("alpn", Rule::Pattern(WORD)),
    ("sni", Rule::Pattern(WORD)),
    ("ssl_min_ver", Rule::Words(VERSIONS)),
    ("ssl_max_ver", Rule::Words(VERSIONS)),
    ("check", Rule::Words(ENABLED)),
    ("backup", Rule::Words(ENABLED)),
    ("acl_name", Rule::Pattern(WORD)),
    ("criterion", Rule::Pattern(WORD)),
    ("cond", Rule::Words(CONDITIONS)),
    ("redir_type", Rule::Words(&["location", "prefix", "scheme"])),
    ("redir_value", Rule::Pattern(WORD)),
];

/// Checks the body of a section.
///
/// # Errors
///
/// A field is not what it may be.
pub fn section(kind: &str, object: &Map<String, Value>) -> Result<(), Refusal> {
    require(object, &["name"])?;
    let modes: &[&str] = if kind == "backend" { &["http", "tcp", "log"] } else { &["http", "tcp"] };
    is_one_of("mode", modes, object)?;
    fields(OF_SECTION, object)
}

/// Checks the body of what a section holds.
///
/// # Errors
///
/// A field is not what it may be.
pub fn child(collection: &str, object: &Map<String, Value>) -> Result<(), Refusal> {
    let required: &[&str] = match collection {
        "acls" => &["acl_name", "criterion"],
        "backend_switching_rules" => &["name"],
        "http_request_rules" | "http_response_rules" | "tcp_request_rules" | "http_checks" => &["type"],
        "servers" => &["name", "address"],
        _ => &[],
    };
    require(object, required)?;
    let verify: &[&str] =
        if collection == "servers" { &["none", "required"] } else { &["none", "optional", "required"] };
    is_one_of("verify", verify, object)?;
    fields(OF_CHILD, object)
}

fn require(object: &Map<String, Value>, required: &[&str]) -> Result<(), Refusal> {
    let absent = |field: &&&str| object.get(**field).is_none_or(|value| value.is_null() || value == "");
    match required.iter().find(absent) {
        Some(field) => Err(Refusal::unprocessable(602, format!("{field} in body is required"))),
        None => Ok(()),
    }
}

fn fields(rules: &[(&str, Rule)], object: &Map<String, Value>) -> Result<(), Refusal> {
    for (field, rule) in rules {
        match rule {
            Rule::Pattern(pattern) => matches(field, pattern, object)?,
            Rule::Words(words) => is_one_of(field, words, object)?,
            Rule::Port => is_port(field, object)?,
        }
    }
    Ok(())
}

fn matches(field: &str, pattern: &str, object: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(Value::String(text)) = object.get(field).filter(|text| *text != "") else { return Ok(()) };
    let fits = match pattern {
        NAME => text.chars().all(|character| character.is_ascii_alphanumeric() || "-_.:".contains(character)),
        _ => !text.contains(char::is_whitespace),
    };
    let refused = || Refusal::unprocessable(605, format!("{field} in body should match '{pattern}'"));
    if fits { Ok(()) } else { Err(refused()) }
}

fn is_one_of(field: &str, words: &[&str], object: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(Value::String(text)) = object.get(field).filter(|text| *text != "") else { return Ok(()) };
    let refused = || Refusal::unprocessable(606, format!("{field} in body should be one of [{}]", words.join(" ")));
    if words.contains(&text.as_str()) { Ok(()) } else { Err(refused()) }
}

fn is_port(field: &str, object: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(port) = object.get(field).and_then(Value::as_i64) else { return Ok(()) };
    match port {
        ..1 => Err(Refusal::unprocessable(609, format!("{field} in body should be greater than or equal to 1"))),
        65_536.. => Err(Refusal::unprocessable(608, format!("{field} in body should be less than or equal to 65535"))),
        _ => Ok(()),
    }
}
