//! Parameters of a call: JSON, form and query merged into one map, nested as Rack nests them.

use serde_json::{Map, Value};

use crate::http::call::{Call, pairs};

/// Why a body cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The content type is neither JSON nor a form.
    ContentType,
    /// The text is not what its content type says.
    Syntax,
}

/// All parameters of a call; those of the body win over those of the query.
pub fn all(call: &Call) -> Result<Map<String, Value>, Unreadable> {
    let mut params = query(call);
    params.extend(body(call)?);
    Ok(params)
}

/// Parameters of the query alone.
#[must_use]
pub fn query(call: &Call) -> Map<String, Value> {
    nest(&call.query)
}

/// Parameters of the body alone.
pub fn body(call: &Call) -> Result<Map<String, Value>, Unreadable> {
    if call.body.is_empty() {
        return Ok(Map::new());
    }
    let content_type = call.header("content-type").unwrap_or("application/x-www-form-urlencoded");
    match content_type.split(';').next().unwrap_or_default().trim() {
        "application/json" | "application/merge-patch+json" => match serde_json::from_slice(&call.body) {
            Ok(Value::Object(fields)) => Ok(fields),
            _ => Err(Unreadable::Syntax),
        },
        "application/x-www-form-urlencoded" => {
            let text = std::str::from_utf8(&call.body).map_err(|_| Unreadable::Syntax)?;
            Ok(nest(&pairs(text)))
        }
        _ => Err(Unreadable::ContentType),
    }
}

/// Builds nested values from names such as `filter[environment_scope]`, `topics[]` and `allowed_to_push[][user_id]`.
fn nest(flat: &[(String, String)]) -> Map<String, Value> {
    let mut nested = Map::new();
    for (name, value) in flat {
        let (first, rest) = name.split_once('[').unwrap_or((name, ""));
        let rest: Vec<&str> = rest.trim_end_matches(']').split("][").filter(|_| !rest.is_empty()).collect();
        put(nested.entry(first).or_insert(Value::Null), &rest, value);
    }
    nested
}

fn put(slot: &mut Value, names: &[&str], value: &str) {
    match names {
        [] => *slot = Value::String(value.to_owned()),
        ["", rest @ ..] => put_element(slot, rest, value),
        [name, rest @ ..] => {
            if !slot.is_object() {
                *slot = Value::Object(Map::new());
            }
            if let Value::Object(fields) = slot {
                put(fields.entry(*name).or_insert(Value::Null), rest, value);
            }
        }
    }
}

/// A name that the last element already has starts a new element.
fn put_element(slot: &mut Value, names: &[&str], value: &str) {
    if !slot.is_array() {
        *slot = Value::Array(Vec::new());
    }
    let Value::Array(elements) = slot else { return };
    let continues = match (names.first(), elements.last()) {
        (Some(name), Some(Value::Object(last))) => !last.contains_key(*name),
        _ => false,
    };
    if !continues {
        elements.push(Value::Null);
    }
    if let Some(last) = elements.last_mut() {
        put(last, names, value);
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::{CONTENT_TYPE, HeaderValue};
    use serde_json::json;

    use super::*;

    #[test]
    fn names_nest_as_in_rack() {
        let call = Call::new(
            "GET",
            "/x?filter[environment_scope]=a&topics[]=b&topics[]=c&push[][user_id]=1&push[][id]=2&push[][user_id]=3",
        );
        assert_eq!(
            Value::Object(query(&call)),
            json!({
                "filter": {"environment_scope": "a"},
                "topics": ["b", "c"],
                "push": [{"user_id": "1", "id": "2"}, {"user_id": "3"}],
            })
        );
    }

    #[test]
    fn bodies_are_json_or_forms() {
        let json_call = Call::new("POST", "/x?name=q&path=p").with_json(&json!({"name": "b"}));
        assert_eq!(Value::Object(all(&json_call).unwrap()), json!({"name": "b", "path": "p"}));

        let mut form = Call::new("POST", "/x");
        form.body = "name=a+b".into();
        assert_eq!(Value::Object(all(&form).unwrap()), json!({"name": "a b"}));

        form.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv"));
        assert_eq!(all(&form), Err(Unreadable::ContentType));
        form.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        assert_eq!(all(&form), Err(Unreadable::Syntax));
    }
}
