//! Module descriptions: what a module takes, gives and can do without, read from `module.hcl`.

mod description;
mod input;
mod library;
mod parse;
mod provider;
mod reader;
mod shape;
mod validate;
mod variant;

pub use description::{Check, Code, Description, Example, Feature, Input, Mock, Output, Rename, Waiver};
pub use library::{FOLDER, Library, Module, Template};
pub use parse::parse;
pub use provider::Provider;
pub use shape::{Attribute, Shape};
