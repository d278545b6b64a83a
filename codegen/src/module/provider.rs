//! Providers that modules use: their addresses and the versions that the templates are written for.

/// A provider and its range of versions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Provider {
    /// The local name, such as `aws`.
    pub name: String,
    /// The address, such as `hashicorp/aws`.
    pub source: String,
    /// The range, such as `>= 6.25, < 7.0`.
    pub version: String,
}

/// Names, addresses, and ranges from the schema lock's version to the next major.
const KNOWN: &[(&str, &str, &str)] = &[
    ("aws", "hashicorp/aws", ">= 6.25, < 7.0"),
    ("random", "hashicorp/random", ">= 3.7, < 4.0"),
    ("time", "hashicorp/time", ">= 0.13, < 1.0"),
    ("tls", "hashicorp/tls", ">= 4.1, < 5.0"),
];

impl Provider {
    /// The provider that a description names without an address.
    pub fn known(name: &str) -> Option<Self> {
        KNOWN.iter().find(|(known, ..)| *known == name).map(|(name, source, version)| Self {
            name: (*name).to_owned(),
            source: (*source).to_owned(),
            version: (*version).to_owned(),
        })
    }

    /// The names that a description can use without an address.
    pub fn known_names() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(name, ..)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schemas;

    #[test]
    fn the_range_begins_at_the_version_of_the_lock() {
        let lock = Schemas::lock().unwrap();
        let version = lock.provider("registry.terraform.io/hashicorp/aws").and_then(|aws| aws.version.clone()).unwrap();
        let (begin, _) = version.rsplit_once('.').unwrap();
        let range = Provider::known("aws").unwrap().version;
        assert!(range.starts_with(&format!(">= {begin}, ")), "{range}: the lock has {version}");
    }
}
