//! HAProxy's Data Plane API, version 3, which drives the real HAProxy.
//!
//! The API is in no package registry, so this stands in for it: what it answers is what version 3.0.10 answered when it
//! was recorded with HAProxy 3.0 and with 2.6, and the recordings are fixtures of the tests, which replay them. What is
//! in none of them follows the published description and is called unrecorded. HAProxy itself is the distribution's: the
//! API writes its configuration, asks it whether it would load that, reloads its master and asks whether the new worker
//! lives.
//!
//! Unrecorded are: the codes of checks other than 605 and 606; 405, and 429 for the twenty-first open transaction; a
//! change in a transaction that is outdated; a removal in a transaction; the commit of a transaction without a change;
//! `full_section` of lists, of creations, and of anything in a transaction; rules that are read, changed or removed one by
//! one, and what is said of a child that is missing; `skip_reload` and `force_reload` of removals in the storage, and
//! `force_reload` of uploads there; `POST /configuration/raw` without a forced reload, and validated without a version;
//! maps that are emptied, and keys of entries with a slash, as `%2F`; and the lines of all fields that the recordings do
//! not hold.
//!
//! A field that is not modelled is a violation. Not modelled: sections other than frontends, backends and defaults, which
//! are kept as they stand; lists other than ACLs, rules of requests, of responses and of switching, and checks; storage
//! other than maps and certificates; statistics.

mod actions;
mod attributes;
mod builder;
mod certificate;
mod check;
mod colleague;
mod configuration;
mod file;
mod health_check;
mod info;
mod master;
mod multipart;
mod params;
mod personality;
mod ports;
mod program;
mod refusal;
mod reloads;
mod reply;
mod request;
mod router;
mod rules;
mod runtime;
mod sections;
mod server;
mod special;
mod state;
mod storage;
mod transactions;
mod upstream;
mod words;

pub use builder::Builder;
pub use master::Processes;
pub use personality::Personality;
pub use ports::free as free_port;
pub use program::executable;
pub use server::HaProxy;
pub use state::Paths;
pub use upstream::Upstream;
