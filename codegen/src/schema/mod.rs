//! Provider schemas: what blocks and attributes each type has, from the lock or from files of
//! `terraform providers schema -json`.

mod block;
mod document;
mod kind;
mod lookup;
mod replacement;

pub use block::{Attribute, Block, Nested, Nesting};
pub use document::{Document, constraints, folder, lock, named};
pub use kind::{Field, Type};
pub use lookup::{Mode, Provider, Schemas};
pub use replacement::Replacement;
