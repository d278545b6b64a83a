//! JSON with one attribute a line, so that a change of the lock reads as what it is.

use serde_json::{Map, Value};

const WIDTH: usize = 110;

/// The text of the lock.
pub(super) fn text(lock: &Value) -> String {
    let mut text = String::new();
    print(lock, 0, &mut text);
    text.push('\n');
    text
}

fn print(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Object(entries) if indent < 4 || breaks(entries, indent) => {
            text.push_str("{\n");
            for (at, (name, entry)) in entries.iter().enumerate() {
                text.extend(std::iter::repeat_n(' ', indent + 1));
                text.push_str(&format!("{}: ", Value::from(name.as_str())));
                print(entry, indent + 1, text);
                text.push_str(if at + 1 < entries.len() { ",\n" } else { "\n" });
            }
            text.extend(std::iter::repeat_n(' ', indent));
            text.push('}');
        }
        value => text.push_str(&value.to_string()),
    }
}

fn breaks(entries: &Map<String, Value>, indent: usize) -> bool {
    let is_leaf = entries.contains_key("type");
    !is_leaf && !entries.is_empty() && Value::from(entries.clone()).to_string().len() + indent > WIDTH
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_printed_reads_back() {
        let long = "x".repeat(WIDTH);
        let lock =
            json!({ "a": { "b": { "c": { "d": { long: { "type": ["list", "string"], "optional": true } } } } } });
        let text = text(&lock);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), lock);
        assert!(text.contains("{\"optional\":true,\"type\":[\"list\",\"string\"]}\n"), "{text}");
    }
}
