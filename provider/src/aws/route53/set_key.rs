//! What tells the record sets of a zone apart, in the order of Route 53's listings: by name from the top down, then by
//! type and identifier (`ListResourceRecordSets`, sort order).

use std::collections::BTreeMap;
use std::fmt;

use aws_sdk_route53::types::{Change, ResourceRecordSet};

use super::record_name::{escaped, shown};

/// Record sets of a zone, in the order of their names from the top down.
pub type Sets = BTreeMap<SetKey, ResourceRecordSet>;

/// Name, type and identifier of a record set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SetKey {
    /// The name from the top down, as Route 53 keeps it: `com.example.\052.`. The dot at its end counts, too: `www-2` stands
    /// before `www`.
    place: String,
    /// Type of the records.
    pub kind: String,
    /// What tells it from others of its name and type.
    pub identifier: Option<String>,
}

impl SetKey {
    /// The key of a set with this whole name, however it is spelled.
    pub fn new(name: &str, kind: &str, identifier: Option<String>) -> Self {
        let place = escaped(name).rsplit('.').fold(String::new(), |place, label| place + label + ".");
        SetKey { place, kind: kind.to_owned(), identifier: identifier.filter(|identifier| !identifier.is_empty()) }
    }

    /// The key of this set.
    pub fn of(set: &ResourceRecordSet) -> Self {
        Self::new(&set.name, set.r#type.as_str(), set.set_identifier.clone())
    }

    /// The key of the set that a change is about.
    pub fn changed(change: &Change) -> Option<Self> {
        change.resource_record_set.as_ref().map(Self::of)
    }

    /// The name, as people write it.
    pub fn name(&self) -> String {
        let labels = self.place.strip_suffix('.').unwrap_or_default().rsplit('.');
        shown(&labels.collect::<Vec<_>>().join("."))
    }

    /// What stands before all sets of the same name.
    pub fn first_of_name(&self) -> Self {
        SetKey { place: self.place.clone(), kind: String::new(), identifier: None }
    }

    /// Whether it is one of the sets that a zone of this name cannot do without.
    pub fn is_essential(&self, zone: &str) -> bool {
        ["NS", "SOA"].contains(&&*self.kind) && self.name() == shown(zone)
    }
}

/// `www.example.com A blue`.
impl fmt::Display for SetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name(), self.kind)?;
        self.identifier.iter().try_for_each(|identifier| write!(f, " {identifier}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_a_listing() {
        let key = |name: &str, kind: &str| SetKey::new(name, kind, None);
        let names = ["b.a", "www", "*", "b", "www-2", "0"].map(|name| key(&format!("{name}.example.com."), "A"));
        let mut keys = vec![key("Example.com.", "NS"), key("example.com", "MX")];
        keys.extend(names);
        keys.sort();
        let shown: Vec<String> = keys.iter().map(SetKey::name).collect();
        let expected = ["", "", "0.", "*.", "b.a.", "b.", "www-2.", "www."].map(|name| format!("{name}example.com"));
        assert_eq!(shown, expected);
        assert_eq!((keys[0].to_string(), key(".", "NS").name()), ("example.com MX".to_owned(), ".".to_owned()));
        assert_eq!(key("gr\u{fc}n.example.com", "A"), key("gr\\303\\274n.example.com.", "A"));
        assert!(
            key("example.com", "SOA").is_essential("Example.com.")
                && !key("www.example.com", "NS").is_essential("example.com")
        );
    }
}
