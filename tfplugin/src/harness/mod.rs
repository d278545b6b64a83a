//! The in-process harness: drives a provider as core does, without a CLI, a socket or a process.
//!
//! A [`Host`] asks through the same RPC handlers that a real host reaches, with values encoded as on the wire, and holds
//! every answer against core's rules, which it knows only from the schema that the provider shows. It evaluates
//! [`Document`]s in HCL, keeps the state, and runs the whole life of a resource from its two examples with [`live`].
//! The feature `harness` switches it on, for tests only.

mod clearing;
mod document;
mod ephemeral;
mod evaluation;
mod host;
mod instance;
mod lifecycle;
mod outputs;
mod planning;
mod proposal;
mod registry;
mod report;
mod rules;
mod shape;
mod wire;

pub use document::Document;
pub use ephemeral::Opened;
pub use host::Host;
pub use instance::Instance;
pub use lifecycle::{Life, Step, live};
pub use registry::{data_sources, ephemerals, function_tables, id_pattern, import_id, parses_import_id, resources};
pub use report::{Action, Message, Report};
