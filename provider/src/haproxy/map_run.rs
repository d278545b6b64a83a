//! Entries of maps in the running worker.

use tfplugin::prelude::*;

use super::client::{objects, text};
use super::map_lock::Locked;
use super::map_store::MapKind;
use super::map_text::{Entry, MapText};
use super::route_change::Maps;
use crate::http::{Request, path};

/// An entry that changes, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The map that holds it.
    pub map: MapKind,
    /// What is looked up.
    pub key: String,
    /// Its value before; none where there was none.
    pub before: Option<String>,
    /// Its value afterwards; none where it goes.
    pub after: Option<String>,
}

impl Edit {
    /// Whether both change the same entry.
    pub fn concerns(&self, other: &Edit) -> bool {
        self.map == other.map && self.key == other.key
    }

    /// The order in which no request meets a redirect without its address.
    fn rank(&self) -> u8 {
        match (self.map, &self.after) {
            (MapKind::Redirect, Some(_)) => 0,
            (MapKind::Redirect, None) => 2,
            _ => 1,
        }
    }
}

/// What came of edits in the running worker.
pub enum Ran {
    /// All of them run.
    Whole,
    /// None of them runs, for this reason.
    Undone(Error),
    /// Some may run, for this reason.
    Partly(Error),
}

/// Brings edits to the running worker, all or none.
pub async fn run(lock: &Locked, mut edits: Vec<Edit>) -> Ran {
    edits.sort_by_key(Edit::rank);
    for (at, edit) in edits.iter().enumerate() {
        let Err(error) = set(lock, edit.map, &edit.key, edit.after.as_deref()).await else { continue };
        let error = error.context(format!("cannot change the running map of `{}`", lock.frontend));
        // The answer may be lost of a change that was made.
        for undone in edits[..=at].iter().rev() {
            if set(lock, undone.map, &undone.key, undone.before.as_deref()).await.is_err() {
                return Ran::Partly(error);
            }
        }
        return Ran::Undone(error);
    }
    Ran::Whole
}

/// Brings the running worker to what the files say of routes: a run that was killed in between did not.
pub async fn repair(lock: &Locked, maps: &Maps) -> Result<()> {
    // Addresses of redirects come before the entries that lead to them.
    for (kind, map) in maps.iter().rev() {
        for (key, value) in differing(lock, *kind, map).await? {
            tracing::info!(key, "an entry of a route runs as its file says");
            set(lock, *kind, &key, value.as_deref()).await?;
        }
    }
    Ok(())
}

/// Entries of routes that the running worker lacks, has otherwise, or has in spite of the file; with the file's value.
async fn differing(lock: &Locked, kind: MapKind, map: &MapText) -> Result<Vec<(String, Option<String>)>> {
    let entries = path!("services/haproxy/runtime/maps" / kind.file(&lock.frontend) / "entries");
    let answer = lock.api.send(Request::get(entries).accept(404)).await?;
    if answer.status() == 404 {
        return Ok(Vec::new());
    }
    let running =
        objects(&answer)?.into_iter().filter_map(|entry| Some((text(&entry, "key")?, text(&entry, "value")?)));
    let running: BTreeMap<String, String> = running.collect();
    let is_ours = |entry: &Entry<'_>| kind == MapKind::Redirect || entry.owner().is_some();
    let lacking =
        map.entries().filter(is_ours).filter(|entry| running.get(entry.key).is_none_or(|value| value != entry.value));
    let mut found: Vec<_> = lacking.map(|entry| (entry.key.to_owned(), Some(entry.value.to_owned()))).collect();
    let too_many = running.iter().filter(|(key, value)| {
        Entry { key: key.as_str(), value: value.as_str() }.owner().is_some() && map.get(key).is_none()
    });
    found.extend(too_many.map(|(key, _)| (key.clone(), None)));
    Ok(found)
}

/// Sets an entry of the running worker, whether it is there or not: a reload may have loaded the file meanwhile.
///
/// It is added first. With HAProxy 2.6 the API says that it changed an entry that is not there.
async fn set(lock: &Locked, map: MapKind, key: &str, value: Option<&str>) -> Result<()> {
    lock.ensure().await?;
    let entries = path!("services/haproxy/runtime/maps" / map.file(&lock.frontend) / "entries");
    let entry = entries.clone().segment(key);
    let Some(value) = value else {
        return lock.api.send(Request::delete(entry).accept(404)).await.map(drop);
    };
    let add = Request::post(entries).json(serde_json::json!({ "key": key, "value": value })).repeatable(true);
    if lock.api.send(add.accept(409)).await?.status() == 409 {
        lock.api.send(Request::put(entry).json(serde_json::json!({ "value": value }))).await?;
    }
    Ok(())
}
