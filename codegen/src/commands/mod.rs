//! The commands, one file each.

pub mod check;
pub mod diff;
pub mod graph;
pub mod new;
pub mod output;
pub mod render;
pub mod schema;
pub mod test;
