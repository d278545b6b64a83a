//! Values on the wire: encoded with their type, refused with a path.

use bytes::Bytes;

use crate::engine::upgrade::refused;
use crate::proto::tfplugin6::{DynamicValue, RawState, ResourceIdentityData};
use crate::value::{self, Object, Type, Value};
use crate::{Error, Result};

/// A value on the wire.
pub fn encode(value: &Value, ty: &Type) -> DynamicValue {
    DynamicValue { msgpack: Bytes::from(value::encode(value, ty)), json: Bytes::new() }
}

/// An object on the wire; none is null.
pub fn encode_object(object: Option<Object>, ty: &Type) -> DynamicValue {
    encode(&object.map_or(Value::Null, Value::Map), ty)
}

/// A value from the wire; an absent one is null.
pub fn decode(dynamic: Option<&DynamicValue>, ty: &Type) -> Result<Value> {
    let Some(dynamic) = dynamic else {
        return Ok(Value::Null);
    };
    let decoded = match dynamic.json.is_empty() {
        true => value::decode(&dynamic.msgpack, ty),
        false => value::from_json(&dynamic.json, ty),
    };
    decoded.map_err(|error| refused(&error))
}

/// An object from the wire; none where it is null.
pub fn decode_object(dynamic: Option<&DynamicValue>, ty: &Type) -> Result<Option<Object>> {
    match decode(dynamic, ty)? {
        Value::Map(object) => Ok(Some(object)),
        Value::Null => Ok(None),
        _ => Err(Error::new("expected an object")),
    }
}

/// A configuration from the wire, which is never null.
pub fn decode_config(dynamic: Option<&DynamicValue>, ty: &Type) -> Result<Object> {
    decode_object(dynamic, ty)?.ok_or_else(|| Error::new("the configuration is null"))
}

/// An identity on the wire.
pub(crate) fn encode_identity(identity: Option<Value>, ty: &Type) -> Option<ResourceIdentityData> {
    identity.map(|identity| ResourceIdentityData { identity_data: Some(encode(&identity, ty)) })
}

/// The JSON of a stored state.
pub fn raw_json(raw: Option<&RawState>) -> Result<&[u8]> {
    match raw {
        Some(raw) if !raw.json.is_empty() => Ok(&raw.json),
        _ => Err(Error::new("the state was written by Terraform 0.11 or older")
            .hint("Run any Terraform from 0.12 to 1.x on it first.")),
    }
}
