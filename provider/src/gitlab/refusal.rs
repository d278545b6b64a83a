//! GitLab's own words in an answer that refuses.

use tfplugin::value::{Value, from_plain_json, plain_json};

use crate::http::{Answer, Meaning, Refusal};

/// GitLab's own words: `message` as a text, a list or lists by attribute, or `error` with a description (doc/api/rest).
pub fn explain(answer: &Answer) -> Option<Refusal> {
    let Value::Map(body) = from_plain_json(answer.json().ok()?) else {
        return None;
    };
    let message = body.get("message").or_else(|| body.get("error"))?;
    let mut text = spoken(message);
    if let Some(description) = body.get("error_description").and_then(Value::as_str) {
        text = format!("{text}: {description}");
    }
    // Grape lists every parameter of the endpoint here, some eighty of a project.
    if text.ends_with("at least one parameter must be provided") {
        text = "it knows none of the settings that were sent: its version or edition does not have them".to_owned();
    }
    let taken = text.contains("already been taken") || text.contains("already exists");
    let refusal = Refusal::new(text);
    Some(if taken { refusal.means(Meaning::Conflict) } else { refusal })
}

fn spoken(message: &Value) -> String {
    match message {
        Value::String(text) => text.clone(),
        Value::List(parts) => parts.iter().map(spoken).collect::<Vec<_>>().join(", "),
        Value::Map(parts) => {
            parts.iter().map(|(name, problem)| format!("{name} {}", spoken(problem))).collect::<Vec<_>>().join("; ")
        }
        other => plain_json(other).to_string(),
    }
}
