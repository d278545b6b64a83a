//! Manual pages for a registry, written from the tables and the example files.
//!
//! The layout is that of `terraform-plugin-docs`, so both registries show the pages as they are. Everything that a page
//! says stands in the table of a type or in its example, so a page cannot say something else than the provider does.

mod entry;
mod existing;
mod pages;
mod prose;
mod reference;

pub use pages::pages;
