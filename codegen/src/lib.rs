//! The generator: modules, roots and their documents, rendered from descriptions and one estate file.

#![warn(missing_docs)]

pub mod cli;
pub mod hcl;
pub mod problem;
pub mod rendered;
