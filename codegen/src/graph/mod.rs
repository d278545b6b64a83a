//! The picture of an estate: roots, their modules, and what passes between them.

mod layout;
mod svg;

pub use svg::svg;
