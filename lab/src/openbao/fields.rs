//! Fields of a request as OpenBao's framework takes them (`sdk/framework/field_data.go`, version 2.2).

use serde_json::{Map, Value, json};

use crate::openbao::times;

/// A field of a request, and what an answer shows while it was never set.
#[derive(Debug)]
pub struct Field {
    /// Name.
    pub name: &'static str,
    /// Type.
    pub kind: Kind,
    /// Value in answers while unset.
    pub unset: Unset,
}

/// Type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text; a number is one, too.
    Text,
    /// A text that becomes lower-case.
    Lower,
    /// Whole number.
    Integer,
    /// True or false.
    Boolean,
    /// Seconds, or a duration such as `1h`.
    Seconds,
    /// Seconds that may be negative.
    SignedSeconds,
    /// List of texts; a text with commas is one, too.
    Texts,
    /// List of whole numbers.
    Integers,
    /// Texts by name.
    Pairs,
    /// Any values by name.
    Object,
}

/// Value in answers of a field that was never set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// Answers do not have the field.
    Hidden,
    /// `null`.
    Null,
    /// The kind's own zero.
    Zero,
    /// `true`.
    True,
    /// A text.
    Is(&'static str),
}

/// What a body holds.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Values by name, in the form that answers show.
    pub values: Map<String, Value>,
    /// Names that the endpoint does not have, sorted. The real server ignores them, with a warning if it answers.
    pub ignored: Vec<String>,
}

impl Field {
    /// A field that answers show.
    pub const fn new(name: &'static str, kind: Kind, unset: Unset) -> Self {
        Self { name, kind, unset }
    }

    /// A field that answers do not show.
    pub const fn input(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, unset: Unset::Hidden }
    }
}

impl Kind {
    fn zero(self) -> Value {
        match self {
            Self::Text | Self::Lower => json!(""),
            Self::Integer | Self::Seconds | Self::SignedSeconds => json!(0),
            Self::Boolean => json!(false),
            Self::Texts | Self::Integers => json!([]),
            Self::Pairs | Self::Object => json!({}),
        }
    }

    fn convert(self, value: &Value) -> Result<Value, String> {
        if value.is_null() {
            return Ok(self.zero());
        }
        let wanted = |what: &str| Err(format!("'' expected {what}, got {}", go_type(value)));
        match self {
            Self::Text => scalar(value).map_or_else(|| wanted("type 'string'"), |text| Ok(json!(text))),
            Self::Lower => scalar(value).map_or_else(|| wanted("type 'string'"), |text| Ok(json!(text.to_lowercase()))),
            Self::Integer => integer(value).map_or_else(|| wanted("type 'int'"), |number| Ok(json!(number))),
            Self::Boolean => boolean(value).map_or_else(|| wanted("type 'bool'"), |flag| Ok(json!(flag))),
            Self::Seconds => match duration(value)? {
                negative if negative < 0 => Err(format!("cannot provide negative value '{negative}'")),
                seconds => Ok(json!(seconds)),
            },
            Self::SignedSeconds => Ok(json!(duration(value)?)),
            Self::Texts => texts(value).map_or_else(|| wanted("type 'string'"), |texts| Ok(json!(texts))),
            Self::Integers => match value {
                Value::Array(items) => items
                    .iter()
                    .map(integer)
                    .collect::<Option<Vec<i64>>>()
                    .map_or_else(|| wanted("type 'int'"), |numbers| Ok(json!(numbers))),
                _ => wanted("an array"),
            },
            Self::Pairs => match value {
                Value::Object(pairs) => pairs
                    .iter()
                    .map(|(name, value)| Some((name.clone(), json!(scalar(value)?))))
                    .collect::<Option<Map<String, Value>>>()
                    .map_or_else(|| wanted("type 'string'"), |pairs| Ok(Value::Object(pairs))),
                _ => wanted("a map"),
            },
            Self::Object if value.is_object() => Ok(value.clone()),
            Self::Object => wanted("a map"),
        }
    }
}

/// What answers show of an object on which nothing was set.
pub fn defaults(fields: &[Field]) -> Map<String, Value> {
    let shown = |field: &Field| {
        Some(match field.unset {
            Unset::Hidden => return None,
            Unset::Null => Value::Null,
            Unset::Zero => field.kind.zero(),
            Unset::True => json!(true),
            Unset::Is(text) => json!(text),
        })
    };
    fields.iter().filter_map(|field| Some((field.name.to_owned(), shown(field)?))).collect()
}

/// Converts a body; `Err` is the whole complaint.
pub fn parse(tables: &[&[Field]], body: &Map<String, Value>) -> Result<Parsed, String> {
    let mut parsed = Parsed::default();
    for (name, value) in body {
        let Some(field) = tables.iter().flat_map(|table| table.iter()).find(|field| field.name == name) else {
            parsed.ignored.push(name.clone());
            continue;
        };
        let value = field
            .kind
            .convert(value)
            .map_err(|why| format!("Field validation failed: error converting input for field {name:?}: {why}"))?;
        parsed.values.insert(name.clone(), value);
    }
    Ok(parsed)
}

/// The text of a value.
pub fn text<'a>(values: &'a Map<String, Value>, name: &str) -> &'a str {
    values.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The number of a value.
pub fn number(values: &Map<String, Value>, name: &str) -> i64 {
    values.get(name).and_then(Value::as_i64).unwrap_or_default()
}

/// The truth of a value.
pub fn flag(values: &Map<String, Value>, name: &str) -> bool {
    values.get(name).and_then(Value::as_bool).unwrap_or_default()
}

/// The texts of a list.
pub fn strings(values: &Map<String, Value>, name: &str) -> Vec<String> {
    let items = values.get(name).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        // `mapstructure`'s weak decoding writes truth as a digit.
        Value::Bool(flag) => Some(u8::from(*flag).to_string()),
        _ => None,
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => match text.as_str() {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
            "" | "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
            _ => None,
        },
        Value::Number(number) => Some(number.as_i64() != Some(0)),
        _ => None,
    }
}

fn duration(value: &Value) -> Result<i64, String> {
    match value {
        Value::Number(number) => number.as_i64().ok_or_else(|| format!("could not parse duration from {number}")),
        Value::String(text) => times::seconds(text),
        _ => Err("could not parse duration from input".to_owned()),
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    let texts: Vec<String> = match value {
        Value::Array(items) => items.iter().map(scalar).collect::<Option<_>>()?,
        Value::Object(_) => return None,
        scalar_value => scalar(scalar_value)?.split(',').map(str::to_owned).collect(),
    };
    Some(texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).map(str::to_owned).collect())
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "unconvertible type 'nil'",
        Value::Bool(_) => "unconvertible type 'bool'",
        Value::Number(_) => "unconvertible type 'json.Number'",
        Value::String(_) => "'string'",
        Value::Array(_) => "unconvertible type '[]interface {}'",
        Value::Object(_) => "unconvertible type 'map[string]interface {}'",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[Field] = &[
        Field::new("ttl", Kind::Seconds, Unset::Zero),
        Field::new("leeway", Kind::SignedSeconds, Unset::Zero),
        Field::new("policies", Kind::Texts, Unset::Null),
        Field::new("bound", Kind::Boolean, Unset::True),
        Field::new("mode", Kind::Lower, Unset::Is("client")),
        Field::input("meta", Kind::Pairs),
    ];

    fn run(body: Value) -> Result<Parsed, String> {
        let Value::Object(body) = body else { panic!("a body is an object") };
        parse(&[FIELDS], &body)
    }

    #[test]
    fn values_convert_as_in_the_framework() {
        let parsed = run(json!({
            "ttl": "1h",
            "leeway": -1,
            "policies": "a, b,,c",
            "bound": "false",
            "mode": "Direct",
            "meta": {"a": 1},
            "new": 1,
        }))
        .unwrap();
        assert_eq!(
            Value::Object(parsed.values),
            json!({
                "ttl": 3600,
                "leeway": -1,
                "policies": ["a", "b", "c"],
                "bound": false,
                "mode": "direct",
                "meta": {"a": "1"},
            })
        );
        assert_eq!(parsed.ignored, ["new"]);
    }

    #[test]
    fn complaints_name_the_field() {
        let complaint = run(json!({"ttl": "-1s"})).unwrap_err();
        assert_eq!(
            complaint,
            "Field validation failed: error converting input for field \"ttl\": cannot provide negative value '-1'"
        );
        assert!(run(json!({"ttl": "soon"})).unwrap_err().ends_with("time: invalid duration \"soon\""));
        assert!(run(json!({"meta": "a"})).unwrap_err().contains("\"meta\""));
    }

    #[test]
    fn null_takes_a_value_back() {
        let parsed = run(json!({"ttl": null, "policies": null, "mode": null})).unwrap();
        assert_eq!(Value::Object(parsed.values), json!({"ttl": 0, "policies": [], "mode": ""}));
    }

    #[test]
    fn unset_values_are_those_of_the_table() {
        assert_eq!(
            Value::Object(defaults(FIELDS)),
            json!({"ttl": 0, "leeway": 0, "policies": null, "bound": true, "mode": "client"})
        );
    }
}
