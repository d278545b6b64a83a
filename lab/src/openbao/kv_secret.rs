//! One secret with its versions.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::openbao::kv::{Config, deletion_time};
use crate::openbao::times;

/// Versions that are kept where nothing else is said.
const KEPT: i64 = 10;

/// A secret.
#[derive(Clone, Debug, Default)]
pub struct Secret {
    /// Versions by number.
    pub versions: BTreeMap<u64, Version>,
    /// The newest version; 0 where there is only metadata.
    pub current: u64,
    /// Versions that are kept; 0 for the engine's number.
    pub max_versions: i64,
    /// Whether each write must name the version that it replaces.
    pub cas_required: bool,
    /// Seconds until a new version is deleted; 0 for the engine's.
    pub delete_version_after: i64,
    /// What users note about it.
    pub custom_metadata: BTreeMap<String, String>,
    oldest: u64,
    created: Option<OffsetDateTime>,
    updated: Option<OffsetDateTime>,
}

/// A version.
#[derive(Clone, Debug)]
pub struct Version {
    data: Map<String, Value>,
    created: OffsetDateTime,
    deleted: Option<OffsetDateTime>,
    destroyed: bool,
}

impl Secret {
    /// A secret of which there is only metadata.
    pub fn noted() -> Self {
        let now = Some(times::now());
        Self { created: now, updated: now, ..Self::default() }
    }

    /// Adds a version and forgets the oldest if there are too many (`KeyMetadata.AddVersion`).
    pub fn add(&mut self, config: &Config, data: Map<String, Value>) {
        let created = times::now();
        self.created.get_or_insert(created);
        self.updated = Some(created);
        self.current += 1;
        let deleted = deletion_time(created, config.delete_version_after, self.delete_version_after);
        self.versions.insert(self.current, Version { data, created, deleted, destroyed: false });
        let kept = Some(self.max_versions.max(config.max_versions)).filter(|kept| *kept > 0).unwrap_or(KEPT);
        let kept = kept.unsigned_abs();
        if self.current - self.oldest >= kept {
            let forgotten = self.current - kept;
            self.versions.retain(|version, _| *version > forgotten);
            self.oldest = forgotten + 1;
        }
    }

    /// The newest version.
    pub fn latest(&self) -> Option<&Version> {
        self.versions.get(&self.current)
    }

    /// The newest version, to change it.
    pub fn latest_mut(&mut self) -> Option<&mut Version> {
        self.versions.get_mut(&self.current)
    }

    /// Metadata of a version with what users note, as reads and writes of data show it.
    pub fn show_version(&self, number: u64) -> Value {
        let mut shown = self.versions.get(&number).map(Version::show).unwrap_or_default();
        shown.insert("version".to_owned(), json!(number));
        shown.insert("custom_metadata".to_owned(), self.custom());
        Value::Object(shown)
    }

    /// Metadata of all.
    pub fn show(&self) -> Value {
        let versions: Map<String, Value> =
            self.versions.iter().map(|(number, version)| (number.to_string(), Value::Object(version.show()))).collect();
        json!({
            "versions": versions,
            "current_version": self.current,
            "oldest_version": self.oldest,
            "created_time": self.created.map(times::text),
            "updated_time": self.updated.map(times::text),
            "max_versions": self.max_versions,
            "cas_required": self.cas_required,
            "delete_version_after": times::duration(self.delete_version_after),
            "custom_metadata": self.custom(),
        })
    }

    /// An empty map is stored as none.
    fn custom(&self) -> Value {
        if self.custom_metadata.is_empty() { Value::Null } else { json!(self.custom_metadata) }
    }
}

impl Version {
    /// The data, unless it was deleted or destroyed.
    pub fn readable(&self) -> Option<&Map<String, Value>> {
        (!self.destroyed && self.deleted.is_none_or(|deleted| deleted > times::now())).then_some(&self.data)
    }

    /// Deletes the version, which can be undone.
    pub fn delete(&mut self) {
        if self.readable().is_some() {
            self.deleted = Some(times::now());
        }
    }

    /// Takes back that it was deleted; it may be deleted again later.
    pub fn undelete(&mut self, again: Option<OffsetDateTime>) {
        if !self.destroyed {
            self.deleted = again;
        }
    }

    /// Forgets the data.
    pub fn destroy(&mut self) {
        self.destroyed = true;
        self.data = Map::new();
    }

    fn show(&self) -> Map<String, Value> {
        Map::from_iter([
            ("created_time".to_owned(), json!(times::text(self.created))),
            ("deletion_time".to_owned(), json!(self.deleted.map(times::text).unwrap_or_default())),
            ("destroyed".to_owned(), json!(self.destroyed)),
        ])
    }
}
