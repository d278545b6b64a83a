//! GitLab's own words in an answer that refuses.

use tfplugin::value::{Object, Value, from_plain_json, plain_json};

use crate::http::{Answer, Meaning, Refusal};

/// What a refusal means. A 404 says that there is no such object only in a `message`; GitLab says `error` for a path
/// that its API does not have, and a page comes from something in front of it.
pub fn explain(answer: &Answer) -> Option<Refusal> {
    let body = answer.json().ok().map(from_plain_json);
    let says_what = body.as_ref().and_then(Value::as_map).is_some_and(|body| body.contains_key("message"));
    let said = body.as_ref().and_then(Value::as_map).and_then(spoken_in);
    match answer.status() == 404 && !says_what {
        true => Some(said.unwrap_or_else(|| Refusal::new(String::new())).means(Meaning::Failure)),
        false => said,
    }
}

/// GitLab's own words: `message` as a text, a list or lists by attribute, or `error` with a description (doc/api/rest).
fn spoken_in(body: &Object) -> Option<Refusal> {
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
