//! The checker: what is rendered, read back and held against the providers' schemas and against itself.

mod arguments;
mod checker;
mod constraint;
mod declarations;
mod functions;
mod hint;
mod infer;
mod keys;
mod meta;
mod moved;
mod names;
mod providers;
mod references;
mod unit;
mod unused;

pub use checker::check;
pub(crate) use constraint::declared as declared_type;
pub use unit::{Interface, Role, Unit};
