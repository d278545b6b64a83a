//! What may stand in a zone, and how Route 53 words what may not. All texts are published, unless they say otherwise.

use crate::aws::route53::names::{canonical, lies_within};
use crate::aws::route53::policies;
use crate::aws::route53::values;
use crate::aws::route53::zone::{Key, RecordSet, Zone};

/// The types that there are.
const TYPES: [&str; 17] = [
    "A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB",
    "TLSA", "TXT",
];

/// A CREATE of what exists.
pub fn exists(set: &RecordSet) -> String {
    format!("Tried to create resource record set {} but it already exists", named(set))
}

/// A DELETE of what does not exist.
pub fn missing(set: &RecordSet) -> String {
    format!("Tried to delete resource record set {} but it was not found", named(set))
}

/// A DELETE with other values.
pub fn different(set: &RecordSet) -> String {
    format!(
        "Tried to delete resource record set {} but the values provided do not match the current values",
        named(set)
    )
}

/// The same record set twice, other than a DELETE before a CREATE.
pub fn repeated(set: &RecordSet) -> String {
    let (kind, name) = (set.kind(), set.name());
    format!("The request contains an invalid set of changes for a resource record set '{kind} {name}'")
}

/// What is wrong with a record set, whatever else the zone holds.
pub fn flaw(set: &RecordSet, zone: &Zone) -> Option<String> {
    let (name, kind) = (set.name(), set.kind());
    if !TYPES.contains(&kind) {
        return Some(format!("Invalid Resource Record Set type '{kind}'"));
    }
    if !lies_within(name, &zone.name) {
        return Some(format!("RRSet with DNS name {name} is not permitted in zone {}", zone.name));
    }
    if kind == "CNAME" && name == zone.name {
        return Some(format!("RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {name}"));
    }
    let values = set.values();
    let mut twice = values.iter().enumerate().filter(|(at, value)| values[..*at].contains(value));
    if let Some((_, value)) = twice.next() {
        return Some(format!("Duplicate Resource Record: '{value}'"));
    }
    if kind == "CNAME" && values.len() > 1 {
        // Unrecorded.
        return Some(format!("Invalid Resource Record Set: {name} of type CNAME may have one value"));
    }
    values.iter().find_map(|value| values::flaw(kind, value)).or_else(|| policies::flaw(set))
}

/// A CNAME beside another type, after the whole batch. What stood there before is told apart from what came with it.
pub fn neighbours(set: &RecordSet, after: &Zone, before: &Zone) -> Option<String> {
    let key = set.key();
    let (name, kind, zone) = (set.name(), set.kind(), &after.name);
    let beside = |other: &&Key| other.same_name(&key) && other.kind != key.kind;
    let others: Vec<&Key> = after.records.keys().filter(beside).collect();
    if kind == "CNAME" && !others.is_empty() {
        return Some(format!(
            "RRSet of type CNAME with DNS name {name} is not permitted as it conflicts with other records with the \
             same DNS name in zone {zone}"
        ));
    }
    let standing = others.iter().find(|other| other.kind == "CNAME" && before.records.contains_key(**other));
    standing.map(|_| {
        format!(
            "RRSet of type {kind} with DNS name {name} is not permitted because a conflicting RRSet of type CNAME \
             with the same DNS name already exists in zone {zone}"
        )
    })
}

/// An alias to a record set of the same zone needs that record set, of its own type, and before it in a batch
/// (DNSControl/dnscontrol#937).
pub fn alias(set: &RecordSet, so_far: &Zone, zone_id: &str) -> Option<String> {
    let target = set.0.get("AliasTarget")?;
    if target["HostedZoneId"].as_str() != Some(zone_id) {
        return None;
    }
    let name = canonical(target["DNSName"].as_str().unwrap_or_default());
    let tried = format!("Tried to create an alias that targets {name}, type {} in zone {zone_id}", set.kind());
    if !lies_within(&name, &so_far.name) {
        return Some(format!("{tried}, but the alias target name does not lie within the target zone"));
    }
    let wanted = Key::new(&name, set.kind(), "");
    let found = so_far.records.keys().any(|key| key.same_name(&wanted) && key.kind == wanted.kind);
    (!found).then(|| format!("{tried}, but that target was not found"))
}

/// The record sets that a zone cannot do without.
pub fn essential(after: &Zone) -> Option<String> {
    let has = |kind: &str| after.records.contains_key(&Key::new(&after.name, kind, ""));
    if !has("SOA") {
        return Some("A HostedZone must contain exactly one SOA record.".to_owned());
    }
    (!has("NS")).then(|| "A HostedZone must contain at least one NS record for the zone itself.".to_owned())
}

fn named(set: &RecordSet) -> String {
    let identifier = match set.text("SetIdentifier") {
        "" => String::new(),
        identifier => format!(", set-identifier='{identifier}'"),
    };
    format!("[name='{}', type='{}'{identifier}]", set.name(), set.kind())
}
