//! The real Vault, started from memory behind a proxy that records what it is asked and makes faults on demand.
//!
//! Facts about Vault are those of version 1.21.0, as it answers; what it drops silently is a violation here.

mod process;
mod program;
mod proxy;
mod server;

pub use program::{VERSION, program};
pub use server::{Builder, Vault};
