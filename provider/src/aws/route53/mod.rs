//! Route 53: zones, and records that change in batches.

mod batch;
mod change_order;
mod change_queue;
mod dns;
mod edit;
mod record;
mod record_map;
mod record_name;
mod record_set;
mod record_value;
mod records;
mod set_key;
mod value_form;
mod zone;
mod zone_calls;
mod zone_lookup;
mod zones;

pub use dns::Dns;
pub use record::Record;
pub use records::Records;
pub use zone::Zone;
pub use zone_lookup::ZoneLookup;
pub use zones::{SharedZone, Zones};
