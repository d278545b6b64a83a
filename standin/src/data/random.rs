//! Results that follow from arguments alone, though the schema only calls them computed.

use tfplugin::value::{Number, Object, Value};

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

/// What the arguments of a resource say of its computed values.
pub(crate) fn computed(type_name: &str, planned: &Object) -> Object {
    let given = |name: &str| planned.get(name).cloned().unwrap_or_default();
    let result = match type_name {
        "random_integer" => given("min"),
        "random_password" | "random_string" => match given("length").as_number().and_then(Number::as_u64) {
            Some(length) => text(usize::try_from(length).unwrap_or_default()).into(),
            None => return Object::new(),
        },
        "random_shuffle" => shuffled(given("input"), &given("result_count")),
        _ => return Object::new(),
    };
    match planned.get("result") {
        Some(Value::Unknown) => [("result".to_owned(), result)].into(),
        _ => Object::new(),
    }
}

fn text(length: usize) -> String {
    LETTERS.chars().cycle().take(length).collect()
}

/// The list in its own order, as long as was asked for.
fn shuffled(input: Value, count: &Value) -> Value {
    let Value::List(mut elements) = input else { return input };
    if let Some(count) = count.as_number().and_then(Number::as_u64) {
        elements.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    }
    Value::List(elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_as_long_as_was_asked_for() {
        let planned: Object = [("length".to_owned(), 40u64.into()), ("result".to_owned(), Value::Unknown)].into();
        assert_eq!(computed("random_password", &planned)["result"].as_str().unwrap().len(), 40);
        let kept: Object = [("length".to_owned(), 40u64.into()), ("result".to_owned(), "kept".into())].into();
        assert!(computed("random_password", &kept).is_empty());
    }
}
