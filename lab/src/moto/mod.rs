//! The real moto, an emulator of AWS: a Python package in a virtual environment of its own.
//!
//! Its version and those of all that it needs are pinned in `lab/moto/requirements.txt`. It serves from memory, checks
//! no signature and takes any credentials; what it does not enforce, [`crate::aws`] adds for Route 53 and IAM.

mod environment;
mod server;

pub use environment::{VERSION, executable};
pub use server::Moto;
