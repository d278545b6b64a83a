//! What a rule does.

use serde_json::{Map, Value};

use crate::haproxy::refusal::Refusal;
use crate::haproxy::words::Writer;

/// An action: its name, and its parts in order, each the keyword in front of it and its field. A part without a keyword
/// is the next word; one whose keyword is `*` is the rest of the line.
#[derive(Debug)]
pub struct Action {
    /// Its name.
    pub name: &'static str,
    /// Its parts.
    pub parts: &'static [(&'static str, &'static str)],
}

const fn action(name: &'static str, parts: &'static [(&'static str, &'static str)]) -> Action {
    Action { name, parts }
}

/// Fields that are numbers.
const NUMBERS: &[&str] = &["redir_code", "deny_status", "return_status_code", "sc_int"];

/// Words of `return` that name the form of its content.
const FORMATS: &[&str] = &["default-errorfiles", "errorfile", "errorfiles", "file", "lf-file", "string", "lf-string"];

/// Actions of `http-request` and `http-response`. The API knows more; others are refused.
pub const OF_HTTP: &[Action] = &[
    action("add-header", &[("", "hdr_name"), ("*", "hdr_format")]),
    action("allow", &[]),
    action("del-header", &[("", "hdr_name")]),
    action("deny", &[("deny_status", "deny_status")]),
    action("redirect", &[("", "redir_type"), ("", "redir_value"), ("code", "redir_code"), ("*", "redir_option")]),
    action("reject", &[]),
    action("replace-path", &[("", "path_match"), ("", "path_fmt")]),
    action("return", &[("status", "return_status_code"), ("content-type", "return_content_type")]),
    action("set-header", &[("", "hdr_name"), ("*", "hdr_format")]),
    action("set-log-level", &[("", "log_level")]),
    action("set-path", &[("", "path_fmt")]),
    action("set-var", &[("*", "var_expr")]),
    action("set-var-fmt", &[("*", "var_format")]),
    action("silent-drop", &[]),
    action("tarpit", &[("deny_status", "deny_status")]),
    action("unset-var", &[]),
];

/// Actions of `tcp-request`.
pub const OF_TCP: &[Action] = &[
    action("accept", &[]),
    action("reject", &[]),
    action("set-var", &[("*", "expr")]),
    action("set-var-fmt", &[("*", "var_format")]),
    action("silent-drop", &[]),
    action("unset-var", &[]),
];

/// Reads an action from its words.
pub fn read(actions: &[Action], field: &str, words: &[String], object: &mut Map<String, Value>) {
    let Some((first, mut rest)) = words.split_first() else { return };
    let (name, scoped) = first.split_once('(').unwrap_or((first, ""));
    object.insert(field.to_owned(), Value::from(name));
    if let Some((scope, variable)) = scoped.trim_end_matches(')').split_once('.') {
        object.insert("var_scope".to_owned(), Value::from(scope));
        object.insert("var_name".to_owned(), Value::from(variable));
    }
    let Some(action) = actions.iter().find(|action| action.name == name) else { return };
    for (keyword, part) in action.parts {
        let taken = match *keyword {
            "" => rest.split_first(),
            "*" => break,
            keyword if rest.len() > 1 && rest[0] == keyword => rest[1..].split_first(),
            _ => None,
        };
        if let Some((word, after)) = taken {
            object.insert((*part).to_owned(), typed(part, word));
            rest = after;
        }
    }
    if let Some((_, part)) = action.parts.iter().find(|(keyword, _)| *keyword == "*" && !rest.is_empty()) {
        object.insert((*part).to_owned(), Value::from(rest.join(" ")));
    }
    if let Some((format, content)) = rest.split_first().filter(|(word, _)| FORMATS.contains(&word.as_str())) {
        object.insert("return_content_format".to_owned(), Value::from(format.as_str()));
        object.insert("return_content".to_owned(), Value::from(content.join(" ")));
    }
}

/// The words of an action.
///
/// # Errors
///
/// It is not modelled.
pub fn write(actions: &[Action], field: &str, object: &Map<String, Value>) -> Result<String, Refusal> {
    let text = |field: &str| match object.get(field) {
        Some(Value::String(text)) => text.clone(),
        Some(number @ Value::Number(_)) => number.to_string(),
        _ => String::new(),
    };
    let name = text(field);
    let unknown = || Refusal::new(501, format!("the lab does not model {field} {name}"));
    let action = actions.iter().find(|action| action.name == name).ok_or_else(unknown)?;
    let mut line = Writer::default();
    match text("var_scope").as_str() {
        "" => line.word(&name),
        scope => line.word(&format!("{name}({scope}.{})", text("var_name"))),
    };
    for (keyword, part) in action.parts.iter().filter(|(_, part)| !text(part).is_empty()) {
        if !["", "*"].contains(keyword) {
            line.word(keyword);
        }
        line.word(&text(part));
    }
    line.word(&text("return_content_format")).word(&text("return_content"));
    Ok(line.line())
}

fn typed(field: &str, word: &str) -> Value {
    match word.parse::<i64>() {
        Ok(number) if NUMBERS.contains(&field) => Value::from(number),
        _ => Value::from(word),
    }
}
