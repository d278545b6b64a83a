//! The engine as Terraform calls it, over a backend in memory.
#![expect(clippy::unwrap_used, reason = "a test fails where it panics")]

mod delivery;
mod desk;
mod host;
mod letters;
mod library;
mod others;
mod passes;
mod plans;
mod promises;
mod shelf;
mod vocabulary;
