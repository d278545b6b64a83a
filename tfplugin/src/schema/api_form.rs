//! Between the value tree and an API: names, words and shapes as the API has them.

use std::collections::BTreeMap;

use crate::schema::compare::{equal, filled_in, member};
use crate::schema::{Field, Kind, Schema, Secret, Sent, Word, WordForm};
use crate::value::{Gather, Number, Object, Value};
use crate::{Error, Result};

/// The attributes of a request by the API's names, in the API's form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// What to set.
    pub set: BTreeMap<&'static str, Value>,
    /// What to clear; how an API clears a value is its client's business.
    pub unset: Vec<&'static str>,
    /// Values in `set` that no log or error may show.
    pub secrets: Vec<String>,
}

/// Attributes that an answer does not hold but the caller knows: those of the URL.
pub type Known = Object;

impl Body {
    /// The body of a create: everything that is set and belongs into it.
    pub fn create<R: Schema>(plan: R) -> Body {
        let mut body = Body::default();
        let object = plan.into_object();
        for field in
            R::TABLE.fields.iter().filter(|field| matches!(field.sent, Sent::Always | Sent::OnCreate) && is_sent(field))
        {
            let value = member(&object, field.name);
            if !matches!(value, Value::Null | Value::Unknown) {
                body.put(field, value);
            }
        }
        body
    }

    /// The body of an update: what changed from `prior` to `plan`, where both hold write-only values of `plan` only.
    pub(crate) fn diff(fields: &'static [Field], prior: &Object, plan: &Object) -> Body {
        let mut body = Body::default();
        for field in fields.iter().filter(|field| matches!(field.sent, Sent::Always | Sent::OnUpdate) && is_sent(field))
        {
            let value = member(plan, field.name);
            if !changes(field, prior, plan) {
                continue;
            }
            match value {
                Value::Unknown => {}
                Value::Null if field.write_only => {}
                Value::Null => body.unset.push(field.api),
                value => body.put(field, value),
            }
        }
        body.unset.retain(|name| !body.set.contains_key(name));
        body
    }

    /// Adds a value that the table does not know.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Body {
        self.set.insert(name, value.into());
        self
    }

    /// Adds a value that no log or error may show.
    #[must_use]
    pub fn with_secret(mut self, name: &'static str, secret: &Secret<String>) -> Body {
        self.secrets.push(secret.expose().clone());
        self.with(name, secret.expose().as_str())
    }

    /// Calls an attribute by another name, such as the `new_name` of a label that is renamed.
    #[must_use]
    pub fn rename(mut self, name: &'static str, other: &'static str) -> Body {
        if let Some(value) = self.set.remove(name) {
            self.set.insert(other, value);
        }
        self
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.unset.is_empty()
    }

    fn put(&mut self, field: &Field, value: &Value) {
        secrets_in(field, value, &mut self.secrets);
        self.set.insert(field.api, field_to_api(field, value));
    }
}

/// Whether an attribute is to be sent because it changed; a write-only one changes with its version.
pub(crate) fn changes(field: &Field, prior: &Object, plan: &Object) -> bool {
    if field.write_only {
        let version = format!("{}_version", field.name);
        return member(prior, &version) != member(plan, &version);
    }
    let (prior, plan) = (member(prior, field.name), member(plan, field.name));
    !equal(&field.kind, prior, &filled_in(&field.kind, plan, prior))
}

/// The elements to send to an API that changes a list by its elements' ids, in the API's form: those to remove with
/// `_destroy`, then those to add. An element of `current` stays if it holds all that a wanted one says.
pub fn element_changes(current: &[Value], wanted: &[Value], id: &str) -> Vec<Value> {
    let stays = |current: &Value, wanted: &Value| match (current, wanted) {
        (Value::Map(current), Value::Map(wanted)) => wanted.iter().all(|(name, value)| member(current, name) == value),
        _ => false,
    };
    let removed = current.iter().filter(|current| !wanted.iter().any(|wanted| stays(current, wanted)));
    let removed = removed.filter_map(|current| current.as_map()?.get(id)).map(|number| {
        Value::Map(Object::from([(id.to_owned(), number.clone()), ("_destroy".to_owned(), Value::Bool(true))]))
    });
    let added = wanted.iter().filter(|wanted| !current.iter().any(|current| stays(current, wanted)));
    removed.chain(added.cloned()).collect()
}

fn is_sent(field: &Field) -> bool {
    !field.is_computed_only() && !field.url && (!field.local || field.write_only)
}

/// The secrets of an attribute: all of a sensitive one, else those inside it.
fn secrets_in(field: &Field, value: &Value, secrets: &mut Vec<String>) {
    match (field.sensitive || field.write_only, field.nested(), value) {
        (true, ..) => collect_secrets(value, secrets),
        (false, Some(fields), Value::Map(members)) if matches!(field.kind, Kind::Object(_)) => {
            fields.iter().for_each(|field| secrets_in(field, member(members, field.name), secrets));
        }
        (false, Some(fields), value) => {
            let elements = value.as_list().into_iter().flatten();
            let objects = elements.chain(value.as_map().into_iter().flat_map(Object::values)).filter_map(Value::as_map);
            objects.for_each(|members| {
                fields.iter().for_each(|field| secrets_in(field, member(members, field.name), secrets));
            });
        }
        (false, None, _) => {}
    }
}

fn collect_secrets(value: &Value, secrets: &mut Vec<String>) {
    match value {
        Value::String(text) => secrets.push(text.clone()),
        Value::Number(number) => secrets.push(number.to_string()),
        Value::List(elements) => elements.iter().for_each(|element| collect_secrets(element, secrets)),
        Value::Map(members) => members.values().for_each(|member| collect_secrets(member, secrets)),
        Value::Dynamic(_, inner) => collect_secrets(inner, secrets),
        Value::Null | Value::Unknown | Value::Bool(_) => {}
    }
}

fn field_to_api(field: &Field, value: &Value) -> Value {
    match (field.comma, to_api(&field.kind, value)) {
        (true, Value::List(elements)) => {
            Value::String(elements.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","))
        }
        (_, value) => value,
    }
}

/// A value as the API has it: words in the API's form, nested attributes under the API's names.
pub fn to_api(kind: &Kind, value: &Value) -> Value {
    match (kind, value) {
        (Kind::String(text), Value::String(given)) => match text.words.iter().find(|word| word.word == given) {
            Some(Word { form: WordForm::Number(number), .. }) => Value::Number(Number::from(*number)),
            Some(Word { form: WordForm::Text(text), .. }) => Value::String((*text).to_owned()),
            None => value.clone(),
        },
        (Kind::List(kind) | Kind::Set(kind), Value::List(elements)) => {
            Value::List(elements.iter().map(|element| to_api(kind, element)).collect())
        }
        (Kind::Map(kind), Value::Map(members)) => {
            Value::Map(members.iter().map(|(key, member)| (key.clone(), to_api(kind, member))).gather())
        }
        (Kind::Object(fields), Value::Map(members)) => {
            let known = fields.iter().filter_map(|field| {
                let value = member(members, field.name);
                let sent = !matches!(value, Value::Null | Value::Unknown) && is_sent(field);
                sent.then(|| (field.api.to_owned(), field_to_api(field, value)))
            });
            Value::Map(known.gather())
        }
        _ => value.clone(),
    }
}

/// A value from an answer, forgiving the spellings that APIs use for booleans and numbers.
pub fn from_api(field: &Field, answer: Value) -> Result<Value> {
    let answer = match (field.comma, answer) {
        (true, Value::String(text)) => {
            Value::List(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect())
        }
        (_, answer) => answer,
    };
    kind_from_api(&field.kind, answer).map_err(|error| error.context(format!("`{}`", field.name)))
}

fn kind_from_api(kind: &Kind, answer: Value) -> Result<Value> {
    Ok(match (kind, answer) {
        (Kind::Bool, Value::Number(number)) => Value::Bool(number != Number::from(0u64)),
        (Kind::Bool, Value::String(text)) => match text.as_str() {
            "1" | "true" | "yes" | "on" | "enabled" => Value::Bool(true),
            "0" | "false" | "no" | "off" | "disabled" | "" => Value::Bool(false),
            _ => return Err(Error::new(format!("expected a boolean, got `{text}`"))),
        },
        (Kind::Number(_), Value::String(text)) if text.is_empty() => Value::Null,
        (Kind::Number(_), Value::String(text)) => {
            let number = text.parse::<Number>().map_err(|_| Error::new(format!("expected a number, got `{text}`")))?;
            Value::Number(number)
        }
        (Kind::String(text), answer) => text_from_api(text.words, answer),
        (Kind::List(kind) | Kind::Set(kind), Value::List(elements)) => {
            Value::List(elements.into_iter().map(|element| kind_from_api(kind, element)).collect::<Result<_>>()?)
        }
        (Kind::Map(kind), Value::Map(members)) => {
            let members = members.into_iter().map(|(key, member)| Ok((key, kind_from_api(kind, member)?)));
            Value::Map(members.try_gather()?)
        }
        (Kind::Object(fields), Value::Map(answer)) => Value::Map(object_from_api(fields, &answer, &Known::new())?),
        (_, answer) => answer,
    })
}

fn text_from_api(words: &'static [Word], answer: Value) -> Value {
    let known = words.iter().find(|word| match (&word.form, &answer) {
        (WordForm::Text(text), Value::String(given)) => text == given,
        (WordForm::Number(number), Value::Number(given)) => *given == Number::from(*number),
        _ => false,
    });
    match (known, answer) {
        (Some(word), _) => Value::from(word.word),
        (None, Value::Number(number)) => Value::String(number.to_string()),
        (None, Value::Bool(flag)) => Value::String(flag.to_string()),
        // What chooses none of the words is unset.
        (None, Value::String(text)) if text.is_empty() && !words.is_empty() => Value::Null,
        (None, answer) => answer,
    }
}

fn object_from_api(fields: &[Field], answer: &Object, known: &Known) -> Result<Object> {
    let members = fields.iter().map(|field| {
        let value = match (known.get(field.name), look_up(answer, field.read)) {
            (Some(known), _) if field.url => known.clone(),
            _ if field.write_only => Value::Null,
            _ if field.is_carried() => absent(field),
            (_, Some(value)) => from_api(field, value.clone())?,
            // What a call after this one is to set is not set yet.
            (Some(known), None) if matches!(field.sent, Sent::Always | Sent::OnCreate) => known.clone(),
            (_, None) => Value::Null,
        };
        Ok((field.name.to_owned(), value))
    });
    members.try_gather()
}

/// A member of an answer; dots lead into objects, as in `namespace.id`.
fn look_up<'a>(answer: &'a Object, name: &str) -> Option<&'a Value> {
    match name.split_once('.') {
        Some((first, rest)) => look_up(answer.get(first)?.as_map()?, rest),
        None => answer.get(name),
    }
}

/// What stands for an attribute that the API never returns, until the engine carries it over.
fn absent(field: &Field) -> Value {
    match (field.default, field.is_computed_only()) {
        (Some(default), _) => default(),
        (None, true) => Value::Unknown,
        (None, false) => Value::Null,
    }
}

/// A resource from an API's answer and what the URL says.
pub fn decode<R: Schema>(answer: &Object, known: &Known) -> Result<R> {
    R::from_object(object_from_api(R::TABLE.fields, answer, known)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Presence, Text};

    #[test]
    fn a_boolean_is_spelled_in_many_ways_but_not_in_any() {
        let field = Field::new("on", "On.", Kind::Bool, Presence::Optional);
        for (spelling, expected) in [
            ("1", true),
            ("on", true),
            ("enabled", true),
            ("0", false),
            ("off", false),
            ("disabled", false),
            ("", false),
        ] {
            assert_eq!(from_api(&field, spelling.into()).unwrap(), Value::Bool(expected));
        }
        assert_eq!(from_api(&field, "maybe".into()).unwrap_err().to_string(), "`on`: expected a boolean, got `maybe`");
    }

    #[test]
    fn an_empty_answer_is_none_of_the_words() {
        const MODES: &[Word] = &[Word { word: "form_post", form: WordForm::Text("form_post"), doc: "" }];
        let text = |words| Kind::String(Text { words, ..Text::ANY });
        let mode = Field::new("mode", "Mode.", text(MODES), Presence::Optional);
        let any = Field::new("any", "Any.", text(&[]), Presence::Optional);
        assert_eq!(from_api(&mode, "".into()).unwrap(), Value::Null);
        assert_eq!(from_api(&mode, "form_post".into()).unwrap(), "form_post".into());
        assert_eq!(from_api(&any, "".into()).unwrap(), "".into());
    }
}
