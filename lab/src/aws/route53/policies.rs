//! Routing policies: record sets of one name and type have all the same kind, or the simple one alone.

use crate::aws::route53::zone::{RecordSet, Zone};

/// Members that say the kind, and what messages call it. That of latency and that of locations are published.
const KINDS: [(&str, &str); 7] = [
    ("Weight", "weighted"),
    ("Region", "latency"),
    ("GeoLocation", "GEO"),
    ("Failover", "failover"),
    ("MultiValueAnswer", "multivalue answer"),
    ("CidrRoutingConfig", "CIDR"),
    ("GeoProximityLocation", "geoproximity"),
];

/// What keeps a record set of this kind from standing beside those that the zone holds.
pub fn conflict(set: &RecordSet, zone: &Zone) -> Option<String> {
    let key = set.key();
    let same = zone.records.iter().filter(|(other, _)| other.same_name(&key) && other.kind == key.kind);
    let mut others = same.filter(|(other, _)| other.identifier != key.identifier).map(|(_, other)| other);
    others.find(|other| kind(other) != kind(set))?;
    let described = match (kind(set), set.text("Region")) {
        ("simple", _) => String::new(),
        ("latency", region) => format!(", SetIdentifier {}, and Region Name={region}", key.identifier),
        _ => format!(", SetIdentifier {}", key.identifier),
    };
    Some(format!(
        "RRSet with DNS name {}, type {}{described} cannot be created because a non-{} RRSet with the same name and \
         type already exists.",
        set.name(),
        set.kind(),
        kind(set),
    ))
}

/// What is wrong with a record set by itself. The wordings are unrecorded.
pub fn flaw(set: &RecordSet) -> Option<String> {
    let identified = !set.text("SetIdentifier").is_empty();
    let said = KINDS.iter().filter(|(member, _)| set.0.contains_key(*member)).count();
    let place = format!("[Name={}, Type={}]", set.name(), set.kind());
    match (identified, said) {
        (false, 0) | (true, 1) => None,
        (false, _) => Some(format!("Missing field 'SetIdentifier' in Change with {place}")),
        (true, _) => Some(format!(
            "Expected exactly one of [Weight, Region, Failover, GeoLocation, MultiValueAnswer, CidrRoutingConfig, \
             GeoProximityLocation], but found {} in Change with {place}",
            if said == 0 { "none" } else { "more than one" },
        )),
    }
}

fn kind(set: &RecordSet) -> &'static str {
    KINDS.iter().find(|(member, _)| set.0.contains_key(*member)).map_or("simple", |(_, kind)| kind)
}
