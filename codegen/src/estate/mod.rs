//! Estates: one YAML file that says which modules stand where, read with the place of every value.

mod fields;
mod node;
mod order;
mod plan;
mod read;
mod reference;
mod schema;
mod value;

pub use node::{Content, Node};
pub use plan::{Account, Argument, Call, Estate, Root, State};
pub use read::{FILE, read, usable};
pub use reference::Reference;
pub use schema::schema;
pub use value::Value;
