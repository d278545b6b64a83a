//! Terraform plugin protocol 6 providers from one struct per resource.

pub mod error;
pub mod operation;
pub mod process;
pub mod proto;
pub mod value;

pub use error::{Error, Result};
