//! The engine as Terraform calls it, over a backend in memory.

mod host;
mod library;
mod others;
mod plans;
mod promises;
mod shelf;
mod vocabulary;
