//! A zone and its record sets.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::aws::route53::names::{canonical, place};

/// Where a record set stands in a listing: names from the top down, then types, then set identifiers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    place: String,
    /// Such as `CNAME`.
    pub kind: String,
    /// Empty where the record set has none.
    pub identifier: String,
}

/// A record set, as it was sent, with its names in one form.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordSet(pub Map<String, Value>);

/// A zone.
#[derive(Clone, Debug, Default)]
pub struct Zone {
    /// Its name, with a final dot.
    pub name: String,
    /// Whether a change is being processed.
    pub busy: bool,
    /// What it holds, in the order of a listing.
    pub records: BTreeMap<Key, RecordSet>,
}

impl Key {
    /// The place of a record set with this name in its one form.
    pub fn new(name: &str, kind: &str, identifier: &str) -> Self {
        Self { place: place(name), kind: kind.to_owned(), identifier: identifier.to_owned() }
    }

    /// Whether both have the same name.
    pub fn same_name(&self, other: &Self) -> bool {
        self.place == other.place
    }
}

impl RecordSet {
    /// Brings names into one form.
    pub fn new(mut members: Map<String, Value>) -> Self {
        let name = canonical(members.get("Name").and_then(Value::as_str).unwrap_or_default());
        members.insert("Name".to_owned(), Value::from(name));
        if let Some(Value::String(target)) = members.get_mut("AliasTarget").and_then(|alias| alias.get_mut("DNSName")) {
            *target = canonical(target);
        }
        Self(members)
    }

    /// A member's text; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Its name, in its one form.
    pub fn name(&self) -> &str {
        self.text("Name")
    }

    /// Its type.
    pub fn kind(&self) -> &str {
        self.text("Type")
    }

    /// Its values; none for an alias.
    pub fn values(&self) -> Vec<&str> {
        let records = self.0.get("ResourceRecords").and_then(Value::as_array);
        records.into_iter().flatten().filter_map(|record| record["Value"].as_str()).collect()
    }

    /// Where it stands.
    pub fn key(&self) -> Key {
        Key::new(self.name(), self.kind(), self.text("SetIdentifier"))
    }

    /// Whether a DELETE with the other's members deletes this one: all are the same, in whatever order the values are.
    pub fn matches(&self, other: &Self) -> bool {
        let comparable = |set: &Self| {
            let mut members = set.0.clone();
            let mut values: Vec<String> = set.values().into_iter().map(str::to_owned).collect();
            values.sort();
            members.insert("ResourceRecords".to_owned(), Value::from(values));
            members
        };
        comparable(self) == comparable(other)
    }
}

impl Zone {
    /// A new zone: the NS and the SOA record set of its name servers, 48 hours and 15 minutes.
    pub fn new(name: &str, servers: &[&str]) -> Self {
        let set = |kind: &str, ttl: &str, values: Vec<String>| {
            let records: Vec<Value> = values.into_iter().map(|value| json!({ "Value": value })).collect();
            let members = json!({ "Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": records });
            RecordSet::new(members.as_object().cloned().unwrap_or_default())
        };
        let first = servers.first().copied().unwrap_or_default();
        let soa = format!("{first}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400");
        let sets = [
            set("NS", "172800", servers.iter().map(|server| format!("{server}.")).collect()),
            set("SOA", "900", vec![soa]),
        ];
        let records = sets.into_iter().map(|set| (set.key(), set)).collect();
        Self { name: canonical(name), busy: false, records }
    }

    /// Whether it holds more than it must.
    pub fn is_in_use(&self) -> bool {
        self.records.values().any(|set| set.name() != self.name || !["NS", "SOA"].contains(&set.kind()))
    }
}
