//! Words and values as a page shows them.

use crate::value::Value;

/// Names in code, joined as in a sentence: "`a`, `b` and `c`".
pub(super) fn listed(names: &[&str], conjunction: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}

/// The paragraphs of a doc comment, each on one line.
pub(super) fn paragraphs(doc: &str) -> Vec<String> {
    let paragraphs = doc.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.filter(|paragraph| !paragraph.is_empty()).collect()
}

/// A doc comment on one line.
pub(super) fn sentence(doc: &str) -> String {
    paragraphs(doc).join(" ")
}

/// A known value as one writes it in a configuration.
pub(super) fn literal(value: &Value) -> String {
    match value {
        Value::Null | Value::Unknown => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::List(elements) => format!("[{}]", elements.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Map(members) if members.is_empty() => "{}".to_owned(),
        Value::Map(members) => {
            let members = members.iter().map(|(name, value)| format!("{name} = {}", literal(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Dynamic(_, value) => literal(value),
    }
}

/// A text in quotes; `${` would begin a template.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Number, Object};

    #[test]
    fn names_are_joined_as_in_a_sentence() {
        assert_eq!(listed(&["a"], "and"), "`a`");
        assert_eq!(listed(&["a", "b"], "or"), "`a` or `b`");
        assert_eq!(listed(&["a", "b", "c"], "and"), "`a`, `b` and `c`");
    }

    #[test]
    fn a_paragraph_is_one_line() {
        assert_eq!(paragraphs("One\ntwo.\n\nThree."), ["One two.", "Three."]);
        assert_eq!(sentence("One\ntwo.\n\nThree."), "One two. Three.");
    }

    #[test]
    fn a_value_is_shown_as_one_writes_it() {
        let object = Object::from([("days".to_owned(), Value::Number(Number::from(7u64)))]);
        assert_eq!(literal(&Value::Map(object)), "{ days = 7 }");
        assert_eq!(literal(&Value::List(vec![Value::from("${x}"), Value::Bool(true)])), r#"["$${x}", true]"#);
        assert_eq!(literal(&Value::Map(Object::new())), "{}");
    }
}
