//! Parameters as Grape takes them: which fields an endpoint has, of which type, and what it says of others.

use serde_json::{Map, Value};
use time::format_description::well_known::{Iso8601, Rfc3339};
use time::{Date, OffsetDateTime};

use crate::gitlab::errors::Refusal;
use crate::gitlab::store::timestamp;

/// A field of a request, and what an answer shows while it was never set.
#[derive(Debug)]
pub struct Field {
    /// Name in requests and answers.
    pub name: &'static str,
    /// Type.
    pub kind: Kind,
    /// Requests that take it.
    pub on: On,
    /// Value in answers while unset.
    pub unset: Unset,
}

/// Type of a field.
#[derive(Debug)]
pub enum Kind {
    /// Any text.
    Text,
    /// Whole number.
    Integer,
    /// True or false.
    Boolean,
    /// Date, as in `2026-01-31`.
    Date,
    /// Time, as in `2026-01-31T12:00:00Z`; a date is its first moment.
    Time,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these numbers.
    Number(&'static [i64]),
    /// List of texts; a text with commas is one, too.
    Texts,
    /// List of these words.
    Words(&'static [&'static str]),
    /// List of whole numbers.
    Integers,
    /// Object with these fields.
    Object(&'static [Field]),
    /// List of objects with these fields.
    Objects(&'static [Field]),
}

/// Requests that take a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// Creating only.
    Create,
    /// Updating only.
    Update,
    /// Creating and updating.
    Both,
    /// No request: only answers have it.
    Neither,
}

/// Value in answers of a field that was never set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// Answers do not have the field, or it is computed.
    Hidden,
    /// `null`.
    Null,
    /// `false`.
    False,
    /// `true`.
    True,
    /// A number.
    Int(i64),
    /// A number that null takes back.
    IntOrNull(i64),
    /// A text.
    Is(&'static str),
    /// An empty list.
    Empty,
}

impl Field {
    /// A row of a table.
    pub const fn new(name: &'static str, kind: Kind, on: On, unset: Unset) -> Self {
        Self { name, kind, on, unset }
    }

    /// A query parameter.
    pub const fn query(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, on: On::Both, unset: Unset::Hidden }
    }

    fn takes(&self, on: On) -> bool {
        self.on == On::Both || self.on == on
    }

    /// A column that is never null refuses null; which columns those are is told by their defaults.
    fn nullable(&self) -> bool {
        matches!(self.unset, Unset::Hidden | Unset::Null | Unset::IntOrNull(_))
    }
}

impl Unset {
    /// The value, or `None` for a hidden field.
    pub fn value(self) -> Option<Value> {
        Some(match self {
            Self::Hidden => return None,
            Self::Null => Value::Null,
            Self::False => Value::Bool(false),
            Self::True => Value::Bool(true),
            Self::Int(number) | Self::IntOrNull(number) => Value::from(number),
            Self::Is(text) => Value::from(text),
            Self::Empty => Value::Array(Vec::new()),
        })
    }
}

/// Defaults of all fields that answers show.
pub fn defaults<'a>(fields: impl Iterator<Item = &'a Field>) -> Map<String, Value> {
    fields.filter_map(|field| Some((field.name.to_owned(), field.unset.value()?))).collect()
}

/// Checks and converts parameters.
///
/// The real server ignores a field that it does not know; the lab refuses it, for it is a mistake of the caller. All
/// other complaints are joined with commas, as Grape joins them.
pub fn check(
    place: &str,
    fields: &[&Field],
    on: On,
    required: &[&str],
    params: Map<String, Value>,
) -> Result<Map<String, Value>, Refusal> {
    let mut complaints: Vec<String> =
        required.iter().filter(|name| !params.contains_key(**name)).map(|name| format!("{name} is missing")).collect();
    let mut checked = Map::new();
    for (name, value) in params {
        let Some(field) = fields.iter().find(|field| field.name == name && field.takes(on)) else {
            return Err(unknown(place, &name));
        };
        match convert(field, value, &name, place)? {
            Ok(value) => drop(checked.insert(name, value)),
            Err(complaint) => complaints.push(complaint),
        }
    }
    if complaints.is_empty() { Ok(checked) } else { Err(Refusal::parameter(&complaints.join(", "))) }
}

fn unknown(place: &str, name: &str) -> Refusal {
    Refusal::violation(400, format!("{place} has no parameter `{name}`"))
}

/// The outer result is for fields that no one knows, the inner one for values that do not fit.
fn convert(field: &Field, value: Value, name: &str, place: &str) -> Result<Result<Value, String>, Refusal> {
    let invalid = || Ok(Err(format!("{name} is invalid")));
    if value.is_null() {
        return if field.nullable() { Ok(Ok(Value::Null)) } else { invalid() };
    }
    let converted = match &field.kind {
        Kind::Text => text(value),
        Kind::Integer => integer(&value),
        Kind::Boolean => boolean(&value),
        Kind::Date => date(&value).map(|date| Value::from(date.to_string())),
        Kind::Time => moment(&value).map(|time| Value::from(timestamp(time))),
        Kind::Word(words) => return Ok(listed(text(value), name, |word| words.iter().any(|known| word == known))),
        Kind::Number(numbers) => {
            return Ok(listed(integer(&value), name, |number| numbers.iter().any(|known| number == known)));
        }
        Kind::Texts => texts(value),
        Kind::Words(words) => return Ok(listed(texts(value), name, |given| within(given, words))),
        Kind::Integers => list(value).and_then(|items| items.iter().map(integer).collect()),
        Kind::Object(fields) => match value {
            Value::Object(inner) => return object(fields, inner, name, place),
            _ => None,
        },
        Kind::Objects(fields) => match value {
            Value::Array(items) => return objects(fields, items, name, place),
            _ => None,
        },
    };
    converted.map_or_else(invalid, |value| Ok(Ok(value)))
}

fn within(given: &Value, words: &[&str]) -> bool {
    given.as_array().into_iter().flatten().all(|word| words.iter().any(|known| word == known))
}

fn listed(value: Option<Value>, name: &str, known: impl Fn(&Value) -> bool) -> Result<Value, String> {
    match value {
        None => Err(format!("{name} is invalid")),
        Some(value) if known(&value) => Ok(value),
        Some(_) => Err(format!("{name} does not have a valid value")),
    }
}

fn object(
    fields: &[Field],
    inner: Map<String, Value>,
    name: &str,
    place: &str,
) -> Result<Result<Value, String>, Refusal> {
    let mut checked = Map::new();
    for (key, value) in inner {
        let path = format!("{name}[{key}]");
        let field = fields.iter().find(|field| field.name == key).ok_or_else(|| unknown(place, &path))?;
        match convert(field, value, &path, place)? {
            Ok(value) => drop(checked.insert(key, value)),
            Err(complaint) => return Ok(Err(complaint)),
        }
    }
    Ok(Ok(Value::Object(checked)))
}

fn objects(fields: &[Field], items: Vec<Value>, name: &str, place: &str) -> Result<Result<Value, String>, Refusal> {
    let mut checked = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        let path = format!("{name}[{index}]");
        let Value::Object(inner) = item else { return Ok(Err(format!("{name} is invalid"))) };
        match object(fields, inner, &path, place)? {
            Ok(value) => checked.push(value),
            Err(complaint) => return Ok(Err(complaint)),
        }
    }
    Ok(Ok(Value::Array(checked)))
}

fn text(value: Value) -> Option<Value> {
    match value {
        Value::String(_) => Some(value),
        Value::Number(number) => Some(Value::String(number.to_string())),
        Value::Bool(flag) => Some(Value::String(flag.to_string())),
        _ => None,
    }
}

fn texts(value: Value) -> Option<Value> {
    list(value).and_then(|items| items.into_iter().map(text).collect())
}

fn integer(value: &Value) -> Option<Value> {
    match value {
        Value::Number(number) => number.as_i64().map(Value::from),
        Value::String(text) => text.parse::<i64>().ok().map(Value::from),
        _ => None,
    }
}

/// The real server takes whatever Ruby's `Date.parse` does; the lab wants the form that the documentation asks for.
fn date(value: &Value) -> Option<Date> {
    value.as_str().filter(|text| text.len() == 10).and_then(|text| Date::parse(text, &Iso8601::DATE).ok())
}

fn moment(value: &Value) -> Option<OffsetDateTime> {
    let whole = value.as_str().and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    whole.or_else(|| date(value).map(|date| date.midnight().assume_utc()))
}

/// The words of dry-types' `Params::Bool`.
fn boolean(value: &Value) -> Option<Value> {
    let word = match value {
        Value::Bool(flag) => return Some(Value::Bool(*flag)),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.to_ascii_lowercase(),
        _ => return None,
    };
    match word.as_str() {
        "1" | "on" | "t" | "true" | "y" | "yes" => Some(Value::Bool(true)),
        "0" | "off" | "f" | "false" | "n" | "no" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// `CommaSeparatedToArray` in `lib/api/validations/types`: a text is split at its commas.
fn list(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(items) => Some(items),
        Value::String(text) => {
            Some(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Value::from).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FIELDS: &[Field] = &[
        Field::new("name", Kind::Text, On::Both, Unset::Is("")),
        Field::new("count", Kind::Integer, On::Both, Unset::Null),
        Field::new("flag", Kind::Boolean, On::Both, Unset::False),
        Field::new("word", Kind::Word(&["a", "b"]), On::Create, Unset::Is("a")),
        Field::new("topics", Kind::Texts, On::Both, Unset::Empty),
        Field::query("day", Kind::Date),
        Field::query("after", Kind::Time),
        Field::new("rows", Kind::Objects(&[Field::query("level", Kind::Number(&[0, 40]))]), On::Both, Unset::Empty),
    ];

    fn run(on: On, params: Value) -> Result<Value, Value> {
        let Value::Object(params) = params else { panic!("params are an object") };
        let fields: Vec<&Field> = FIELDS.iter().collect();
        check("POST /x", &fields, on, &["name"], params).map(Value::Object).map_err(|refusal| refusal.body)
    }

    #[test]
    fn values_convert_as_in_grape() {
        assert_eq!(
            run(
                On::Create,
                json!({"name": 5, "count": "7", "flag": "no", "topics": "a, b", "rows": [{"level": "40"}]})
            ),
            Ok(json!({"name": "5", "count": 7, "flag": false, "topics": ["a", "b"], "rows": [{"level": 40}]}))
        );
    }

    #[test]
    fn dates_and_times_have_one_form() {
        let times = ["2026-01-31", "2026-01-31T01:00:00+01:00", "2026-01-31T00:00:00Z"];
        for time in times {
            let taken = run(On::Create, json!({"name": "", "day": "2026-01-31", "after": time}));
            assert_eq!(
                taken,
                Ok(json!({"name": "", "day": "2026-01-31", "after": "2026-01-31T00:00:00.000Z"})),
                "{time}"
            );
        }
        for wrong in ["2026-02-31", "31.01.2026", "tomorrow", "20260131", ""] {
            let refused = run(On::Create, json!({"name": "", "day": wrong, "after": wrong}));
            assert_eq!(refused, Err(json!({"error": "after is invalid, day is invalid"})), "{wrong}");
        }
    }

    #[test]
    fn complaints_name_the_field() {
        assert_eq!(run(On::Create, json!({"count": "x"})), Err(json!({"error": "name is missing, count is invalid"})));
        assert_eq!(
            run(On::Create, json!({"name": "", "word": "c"})),
            Err(json!({"error": "word does not have a valid value"}))
        );
        assert_eq!(
            run(On::Create, json!({"name": "", "rows": [{"level": 41}]})),
            Err(json!({"error": "rows[0][level] does not have a valid value"}))
        );
        assert_eq!(run(On::Create, json!({"name": "", "flag": null})), Err(json!({"error": "flag is invalid"})));
    }

    #[test]
    fn a_field_that_the_endpoint_does_not_have_is_refused() {
        assert_eq!(
            run(On::Create, json!({"name": "", "wrong": 1})),
            Err(json!({"error": "POST /x has no parameter `wrong`"}))
        );
        assert_eq!(
            run(On::Update, json!({"name": "", "word": "a"})),
            Err(json!({"error": "POST /x has no parameter `word`"}))
        );
        assert_eq!(
            run(On::Create, json!({"name": "", "rows": [{"x": 1}]})),
            Err(json!({"error": "POST /x has no parameter `rows[0][x]`"}))
        );
    }
}
