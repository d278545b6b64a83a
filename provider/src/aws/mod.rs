//! AWS: Route 53 and IAM.

mod batch;
mod change_queue;
mod client;
mod config;
mod credentials;
mod dns;
mod edit;
mod hosted_zone;
mod record_map;
mod record_name;
mod record_set;
mod record_value;
mod refusal;
mod route53_record;
mod route53_records;
mod route53_zone;
mod route53_zone_lookup;
mod set_key;
mod tags;
mod zone;

use tfplugin::prelude::*;

/// Everything that runs over an AWS connection.
pub fn backend() -> Backend {
    Registry::<client::Aws>::new()
        .resource::<route53_record::Route53Record>()
        .resource::<route53_records::Route53Records>()
        .resource::<route53_zone::Route53Zone>()
        .data_source::<route53_zone_lookup::Zone>()
        .build()
}
