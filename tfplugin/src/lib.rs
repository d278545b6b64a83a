//! Terraform plugin protocol 6 providers from one struct per resource.

#![deny(missing_docs)]

pub mod action;
pub mod backend;
pub mod batch;
pub mod collection;
pub mod data_source;
pub mod delivery;
pub mod docs;
pub mod engine;
pub mod ephemeral;
pub mod error;
pub mod function;
pub mod generated;
#[cfg(feature = "harness")]
pub mod harness;
pub mod list;
pub mod operation;
pub mod prelude;
pub mod process;
pub mod proto;
pub mod resource;
pub mod schema;
pub mod value;

pub use error::{Error, Result, if_there};
