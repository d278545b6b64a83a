//! The generator: modules, roots and their documents, rendered from descriptions and one estate file.

#![warn(missing_docs)]

pub mod check;
pub mod cli;
pub mod commands;
pub mod diff;
pub mod emit;
pub mod estate;
pub mod graph;
pub mod hcl;
pub mod module;
pub mod parallel;
pub mod problem;
pub mod project;
pub mod proof;
pub mod rendered;
pub mod schema;
pub mod template;
pub mod tree;
pub mod verify;
