//! Values as Terraform sends and stores them, without a schema.

mod conversion;
mod decode_error;
mod gather;
mod json;
mod msgpack;
mod number;
mod path;
mod tree;
mod wire_type;

#[cfg(feature = "harness")]
pub(crate) use conversion::canonical;
pub(crate) use conversion::convert;
pub use decode_error::DecodeError;
pub use gather::Gather;
pub use json::{from_json, from_plain_json, from_state_json, plain_json, to_json};
pub use msgpack::{MAX_DEPTH, decode, encode};
pub use number::{Number, ParseNumberError};
pub use path::{Path, Step};
pub use tree::{Object, Value};
pub use wire_type::Type;
