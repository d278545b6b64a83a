//! Values as Terraform sends and stores them, without a schema.

mod json;
mod msgpack;
mod number;
mod path;
mod tree;
mod wire_type;

pub use json::{from_json, from_state_json, to_json};
pub use msgpack::{DecodeError, MAX_DEPTH, decode, encode};
pub use number::Number;
pub use path::{Path, Step};
pub use tree::{Object, Value};
pub use wire_type::Type;
