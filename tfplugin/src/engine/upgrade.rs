//! States of older versions, and of other providers' types.

use crate::engine::apply::known;
use crate::engine::erased::ErasedResource;
use crate::engine::import;
use crate::engine::write_only::without_write_only;
use crate::schema::{Field, Kind, Presence, Table, is_empty, member, not_allowed, object_type, wire_type};
use crate::value::{self, Gather, Object, Path, Step, Value};
use crate::{Error, Result};

/// A stored state in the current shape.
pub(crate) fn upgrade(resource: &dyn ErasedResource, version: i64, json: &[u8]) -> Result<Object> {
    let table = resource.table();
    let text = if version == table.version {
        json.to_vec()
    } else if version < table.version {
        let old: serde_json::Value =
            serde_json::from_slice(json).map_err(|error| Error::new(format!("the state is not JSON: {error}")))?;
        let Value::Map(old) = value::from_plain_json(old) else {
            return Err(Error::new("the state is not an object"));
        };
        value::plain_json(&Value::Map(resource.upgrade(version, old)?)).to_string().into_bytes()
    } else {
        let text = format!("the state has version {version}, and this provider knows only {}", table.version);
        return Err(Error::new(text).hint("Use the newer version of the provider that wrote it."));
    };
    decode(table, &text)
}

/// The state of another provider's resource, as one of this type.
///
/// The resource reconciles it as it does what it reads, so that no secret comes along that it would not keep.
pub(crate) async fn moved(
    resource: &dyn ErasedResource,
    own_name: &str,
    source_type: &str,
    json: &[u8],
) -> Result<Object> {
    let table = resource.table();
    if source_type != own_name && !table.moved_from.contains(&source_type) {
        let from = table.moved_from.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let error = Error::new(format!("a `{source_type}` cannot become a `{own_name}`"));
        return Err(match from.is_empty() {
            true => error.hint("Import the object instead."),
            false => error.hint(format!("It can be moved here from {from}; else import it.")),
        });
    }
    let foreign: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(json).map_err(|error| Error::new(format!("the state is not an object: {error}")))?;
    let state: Object = table.fields.iter().map(|field| (field.name.to_owned(), taken_over(field, &foreign))).gather();
    let state = without_write_only(table.fields, state);
    if let Some(name) = table.key.iter().find(|name| table.needs(name) && member(&state, name).is_null()) {
        let error = Error::new(format!("the state of `{source_type}` has no `{name}`"));
        return Err(error.hint("Import the object instead."));
    }
    let stub = import::stub(table, &state.iter().filter(|(name, _)| table.is_key(name)).map(owned).gather());
    match resource.reconcile(stub.clone(), untold(table, state)).await {
        Ok(state) => Ok(without_write_only(table.fields, known(state))),
        // What lacks a required attribute is read anew from its key.
        Err(_) => Ok(stub),
    }
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

/// The state with what the backend will tell unset.
fn untold(table: &Table, mut state: Object) -> Object {
    for field in table.fields.iter().filter(|field| field.is_computed_only()) {
        let value = state.entry(field.name.to_owned()).or_default();
        if value.is_null() {
            *value = Value::Unknown;
        }
    }
    state
}

/// What another provider kept for an attribute: empty where nobody set it. What does not fit is null until the read that
/// follows a move.
fn taken_over(field: &Field, foreign: &serde_json::Map<String, serde_json::Value>) -> Value {
    match (foreign.get(field.name), field.default) {
        (None | Some(serde_json::Value::Null), Some(default)) => default(),
        (None, None) => Value::Null,
        (Some(kept), _) => match fitting(&field.kind, kept) {
            empty if is_empty(&empty) && field.presence == Presence::Optional && !field.is_filled_in() => Value::Null,
            value => value,
        },
    }
}

/// A kept value as ours: a block that stands once was a list there.
fn fitting(kind: &Kind, kept: &serde_json::Value) -> Value {
    match (kind, kept) {
        (Kind::Object(_), serde_json::Value::Array(blocks)) => {
            blocks.first().map(|block| fitting(kind, block)).unwrap_or_default()
        }
        (Kind::Object(fields), serde_json::Value::Object(members)) => {
            Value::Map(fields.iter().map(|field| (field.name.to_owned(), taken_over(field, members))).gather())
        }
        (Kind::String(text), serde_json::Value::String(kept)) if not_allowed(text, kept).is_some() => Value::Null,
        _ => value::from_state_json(kept.to_string().as_bytes(), &wire_type(kind)).unwrap_or_default(),
    }
}

fn decode(table: &Table, json: &[u8]) -> Result<Object> {
    let state = value::from_state_json(json, &object_type(table.fields)).map_err(|error| refused(&error))?;
    match state {
        Value::Map(state) => Ok(without_write_only(table.fields, state)),
        _ => Err(Error::new("the state is not an object")),
    }
}

/// A value that does not fit the schema.
pub(crate) fn refused(error: &value::DecodeError) -> Error {
    let at = Path(error.path().0.iter().filter(|step| !matches!(step, Step::Index(_))).cloned().collect());
    Error::new(error.to_string()).at(at)
}
