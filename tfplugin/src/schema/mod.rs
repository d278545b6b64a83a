//! Schemas: the table that `derive(Schema)` emits and everything that interprets it without a backend.

mod api_form;
mod attribute;
pub mod check;
mod compare;
mod encode;
mod field;
mod flatten;
mod table;
mod validate;
mod words;
mod wrappers;

pub(crate) use api_form::changes;
pub use api_form::{Body, Known, decode, element_changes, from_api, to_api};
pub use attribute::{Attribute, Semantic, members, take};
pub(crate) use compare::{completed, completed_value, corresponds, filled_in, member, partner};
pub use compare::{equal, is_empty, settle, settle_object};
pub(crate) use encode::argument_type;
pub use encode::{block, object_type, wire_type};
pub use field::{Field, Kind, Merge, Presence, Refuse, RefusePair, Sent, Shape, Text, Volatile, Word, WordForm};
pub use flatten::{count, distinct, flat, joined, object_of, take_flat};
pub use table::{Nested, Rule, Schema, TIMEOUTS, Table, Timeouts, peek};
pub use validate::{Findings, validate};
pub(crate) use validate::{missing_for_create, not_allowed};
pub use words::OneOf;
pub use wrappers::{Computed, Secret, WriteOnly};
