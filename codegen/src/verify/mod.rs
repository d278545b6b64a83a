//! `substrate test`: a tree of configuration planned, applied, planned again and destroyed without any provider.

mod address;
mod configuration;
mod copy;
mod engine;
mod json;
mod lifecycle;
mod mirror;
mod native;
mod needs;
mod remote_state;
mod run;
mod served;
mod values;
mod version;

pub use engine::{Engine, Kind, located};
pub use remote_state::Outputs;
pub use run::{Request, run};
pub use served::{Catalog, Offer};
