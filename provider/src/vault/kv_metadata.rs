//! What a KV engine keeps of a secret beside its data, in the form of the table.

use serde_json::{Value as Json, json};
use tfplugin::prelude::*;
use tfplugin::schema::check::parse_duration;
use tfplugin::value::{Object, Value};

use super::kv::{Place, Version};

/// How the engine treats a secret, and texts about it.
#[derive(Clone, Debug, Default, PartialEq, Nested)]
pub struct CustomMetadata {
    /// How many versions are kept; 0 for what the engine says, or 10.
    #[tf(default = 0_u64, check = between(0..=4_294_967_295))]
    max_versions: u64,

    /// Whether every write must say which version it expects, as those of this provider do.
    #[tf(default = false)]
    cas_required: bool,

    /// Seconds after which a version that is written from now on is deleted; 0 for what the engine says. Data that is
    /// managed here is written again by the first apply after that.
    #[tf(default = 0_u64, check = between(0..=9_223_372_036))]
    delete_version_after: u64,

    /// Texts about the secret, which are no secrets.
    data: Option<BTreeMap<String, String>>,
}

impl CustomMetadata {
    /// Whether it says nothing that the engine does not do by itself.
    pub fn is_default(&self) -> bool {
        self == &CustomMetadata::default()
    }

    /// The body that sets all of it. Vault 1.21 leaves alone what a body does not hold.
    pub fn body(&self) -> Json {
        json!({
            "max_versions": self.max_versions,
            "cas_required": self.cas_required,
            "delete_version_after": self.delete_version_after,
            "custom_metadata": self.data.clone().unwrap_or_default(),
        })
    }
}

/// An answer to a read of the metadata, by the names of the table.
pub fn in_form(place: &Place, mut metadata: Object) -> Object {
    let Version { number, created_time } = Version::current(&metadata);
    let mut take = |name: &str| metadata.remove(name).unwrap_or_default();
    let custom = [
        ("max_versions", take("max_versions")),
        ("cas_required", take("cas_required")),
        ("delete_version_after", seconds(&take("delete_version_after"))),
        ("data", take("custom_metadata")),
    ];
    let members = [
        ("custom_metadata", Value::Map(custom.map(|(name, value)| (name.to_owned(), value)).into())),
        ("version", Value::from(number)),
        ("created_time", created_time.map(Value::from).unwrap_or_default()),
        ("path", Value::from(place.data_path())),
    ];
    members.map(|(name, value)| (name.to_owned(), value)).into()
}

/// `1h30m0s` in seconds; `0s` is no time.
fn seconds(duration: &Value) -> Value {
    let whole = duration.as_str().map(|text| text.split_once('.').map_or(text, |(whole, _)| whole));
    let parsed = whole.and_then(|text| parse_duration(text).or_else(|_| parse_duration(&format!("{text}s"))).ok());
    Value::from(parsed.map_or(0, |duration| duration.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_counted_in_whole_seconds() {
        for (text, expected) in [("0s", 0_u64), ("1h30m0s", 5400), ("2m1.5s", 121), ("90s", 90)] {
            assert_eq!(seconds(&text.into()), Value::from(expected), "{text}");
        }
    }
}
