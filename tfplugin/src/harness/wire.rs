//! Values between the harness and the RPC handlers, in the encodings that core uses.

use bytes::Bytes;

use crate::proto::tfplugin6::{
    AttributePath, ClientCapabilities, DynamicValue, RawState, ResourceIdentityData, attribute_path,
};
use crate::value::{self, Object, Path, Step, Type, Value, canonical};
use crate::{Error, Result};

/// What a current host can do.
pub(super) const CLIENT: ClientCapabilities = ClientCapabilities {
    deferral_allowed: false,
    write_only_attributes_allowed: true,
    store_planned_private: true,
    computed_blocks_allowed: false,
};

/// An object, or null, as core sends it.
pub(super) fn encode(object: Option<&Object>, ty: &Type) -> Option<DynamicValue> {
    let value = object.map_or(Value::Null, |object| Value::Map(object.clone()));
    Some(encode_value(&value, ty))
}

/// A value as core sends it.
pub(super) fn encode_value(value: &Value, ty: &Type) -> DynamicValue {
    DynamicValue { msgpack: Bytes::from(value::encode(value, ty)), json: Bytes::new() }
}

/// An answer, or none where it is null; `what` names it in errors.
pub(super) fn decode(answer: Option<&DynamicValue>, ty: &Type, what: &str) -> Result<Option<Object>> {
    match decode_value(answer, ty, what)? {
        Value::Null => Ok(None),
        Value::Map(object) => Ok(Some(object)),
        _ => Err(Error::new(format!("the {what} is not an object"))),
    }
}

/// An answer of any type.
pub(super) fn decode_value(answer: Option<&DynamicValue>, ty: &Type, what: &str) -> Result<Value> {
    let Some(answer) = answer else {
        return Ok(Value::Null);
    };
    let decoded = value::decode(&answer.msgpack, ty);
    let decoded =
        decoded.map_err(|error| Error::new(format!("the {what} does not have the schema's type: {error}")))?;
    Ok(canonical(decoded, ty))
}

/// An identity as core sends it.
pub(super) fn encode_identity(identity: Option<&Object>, ty: &Type) -> Option<ResourceIdentityData> {
    identity.map(|identity| ResourceIdentityData { identity_data: encode(Some(identity), ty) })
}

/// An identity in an answer.
pub(super) fn decode_identity(answer: Option<&ResourceIdentityData>, ty: &Type) -> Result<Option<Object>> {
    decode(answer.and_then(|answer| answer.identity_data.as_ref()), ty, "identity")
}

/// A state as it stands in a state file.
pub(super) fn raw(state: &Object, ty: &Type) -> RawState {
    let json = value::to_json(&Value::Map(state.clone()), ty).to_string();
    RawState { json: json.into_bytes(), ..Default::default() }
}

/// A path in an answer.
pub(super) fn path(path: &AttributePath) -> Path {
    use attribute_path::step::Selector;
    let steps = path.steps.iter().filter_map(|step| match step.selector.as_ref()? {
        Selector::AttributeName(name) => Some(Step::Attribute(name.clone())),
        Selector::ElementKeyString(key) => Some(Step::Key(key.clone())),
        Selector::ElementKeyInt(index) => Some(Step::Index(*index)),
    });
    Path(steps.collect())
}
