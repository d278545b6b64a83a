//! Route 53: zones are moto's; record sets and changes are the lab's.
//!
//! moto applies a batch in part, deletes by set identifier alone, pages without it, keeps no order and takes a second
//! for a batch on a zone of 10,000 records.

mod batch;
mod changes;
mod listing;
mod names;
mod policies;
mod rules;
mod server;
mod values;
mod zone;
mod zones;

pub use changes::Sync;
pub use names::canonical;
pub use server::Route53;
pub use zone::RecordSet;
