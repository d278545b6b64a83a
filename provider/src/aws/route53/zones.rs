//! Zones as this process sees them: each is read by one listing that all readers share, and changed in batches.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_route53::types::{Change, ChangeAction, ResourceRecordSet};
use futures_util::future::join_all;
use tfplugin::collection::Collections;
use tfplugin::prelude::*;
use tokio::sync::OnceCell;

use super::batch::{Batch, in_sync};
use super::change_queue::{ChangeQueue, Said};
use super::dns::Dns;
use super::edit::{Edit, Left, Strangers, is_alike};
use super::record_name::{RecordName, within};
use super::record_set::{RecordType, same};
use super::set_key::{SetKey, Sets};

/// The one list of a zone.
const SETS: &str = "sets";

/// The zones that this process met.
pub struct Zones {
    dns: Dns,
    wait_for_sync: bool,
    zones: Mutex<BTreeMap<String, Arc<SharedZone>>>,
}

/// One zone.
pub struct SharedZone {
    id: String,
    dns: Dns,
    wait_for_sync: bool,
    name: OnceCell<String>,
    collections: Collections,
    queue: ChangeQueue<Arc<Batch>>,
    /// The batches that changed sets which nobody looked at since.
    unseen: Mutex<BTreeMap<SetKey, Arc<Batch>>>,
    /// The last change of the zone itself, until it is awaited.
    changed: Mutex<Option<String>>,
}

impl Zones {
    /// No zones yet; `wait_for_sync` says whether changes are awaited.
    pub fn new(dns: Dns, wait_for_sync: bool) -> Self {
        Zones { dns, wait_for_sync, zones: Mutex::default() }
    }

    /// The zone with this id, without the path before it.
    pub fn get(&self, id: &str) -> Arc<SharedZone> {
        let mut zones = self.zones.lock().unwrap_or_else(PoisonError::into_inner);
        zones
            .entry(id.to_owned())
            .or_insert_with(|| Arc::new(SharedZone::new(id, &self.dns, self.wait_for_sync)))
            .clone()
    }
}

impl SharedZone {
    fn new(id: &str, dns: &Dns, wait_for_sync: bool) -> Self {
        let (own_dns, own_id) = (dns.clone(), id.to_owned());
        let queue = ChangeQueue::new(
            move |changes| send(own_dns.clone(), own_id.clone(), changes),
            move |batch: Arc<Batch>| async move {
                if wait_for_sync {
                    // Who needs to know whether it is asks again.
                    batch.in_sync().await.ok();
                }
            },
        );
        SharedZone {
            id: id.to_owned(),
            dns: dns.clone(),
            wait_for_sync,
            name: OnceCell::new(),
            collections: Collections::default(),
            queue,
            unseen: Mutex::default(),
            changed: Mutex::default(),
        }
    }

    /// Its name, as people write it: what was listed tells it.
    pub async fn name(&self) -> Result<&str> {
        self.name.get_or_try_init(|| self.dns.zone_name(&self.id)).await.map(String::as_str)
    }

    /// The whole name of one of its records.
    pub async fn whole_name(&self, name: &RecordName) -> Result<String> {
        Ok(within(name.as_str(), self.name().await?))
    }

    /// All of its record sets.
    pub async fn sets(&self) -> Result<Arc<Sets>> {
        match self.listed().await? {
            Some(listing) => Ok(listing),
            None => Ok(Arc::new(self.list().await?)),
        }
    }

    /// One of its record sets, with its whole name: from the listing, from the one after the batch that changed it, or by
    /// itself.
    pub async fn find(
        &self,
        name: &RecordName,
        kind: &RecordType,
        identifier: Option<String>,
    ) -> Result<Option<(String, ResourceRecordSet)>> {
        let listing = self.listed().await?;
        let name = self.whole_name(name).await?;
        let key = SetKey::new(&name, kind.as_str(), identifier);
        if let Some(listing) = listing {
            return Ok(listing.get(&key).map(|set| (name, set.clone())));
        }
        let batch = self.unseen().remove(&key);
        if let Some(batch) = batch
            && let Some(set) = batch.listing().await?.get(&key)
        {
            return Ok(Some((name, set.clone())));
        }
        Ok(self.by_itself(&key).await?.map(|set| (name, set)))
    }

    /// One of its record sets, asked for by itself.
    pub async fn by_itself(&self, key: &SetKey) -> Result<Option<ResourceRecordSet>> {
        self.dns.find(&self.id, key).await
    }

    /// The listing that all share, until something is written.
    async fn listed(&self) -> Result<Option<Arc<Sets>>> {
        self.collections.read(SETS, || self.list()).await
    }

    async fn list(&self) -> Result<Sets> {
        let listing = self.dns.list(&self.id).await?;
        if let Some(apex) = listing.keys().find(|key| key.kind == "SOA") {
            self.name.get_or_init(|| async { apex.name() }).await;
        }
        Ok(listing)
    }

    /// Makes edits, each of them whole or not at all, and those that wait at the same moment in one request. The result of
    /// each stands in its place.
    pub async fn edit(&self, edits: &[Edit], strangers: Strangers) -> Vec<Result<()>> {
        self.collections.wrote(SETS);
        let results = join_all(edits.iter().map(|edit| self.sent(edit, strangers))).await;
        self.collections.wrote(SETS);
        results
    }

    /// Makes one edit.
    pub async fn edit_one(&self, edit: Edit, strangers: Strangers) -> Result<()> {
        self.edit(&[edit], strangers).await.into_iter().collect()
    }

    async fn sent(&self, edit: &Edit, strangers: Strangers) -> Result<()> {
        let messages = match self.queue.submit(edit.changes()?).await? {
            Ok(batch) => return self.done(edit, batch).await,
            Err(messages) if is_of_what_stands(&messages) => messages,
            Err(messages) => return Err(refused(&messages)),
        };
        let standing = self.dns.list_around(&self.id, &edit.keys()).await?;
        match edit.left(&standing, strangers) {
            Left::Nothing => Ok(()),
            Left::Again(edit) => match self.queue.submit(edit.changes()?).await? {
                Ok(batch) => self.done(&edit, batch).await,
                Err(messages) => Err(refused(&messages)),
            },
            Left::Refused(sets) if edit.before.is_empty() => {
                Err(Error::conflict(format!("{}: {}", messages.join("; "), sets.join("; ")))
                    .hint("Import it, or set `allow_overwrite = true` to take it over."))
            }
            Left::Refused(sets) => Err(Error::new(format!("somebody else changed it meanwhile: {}", sets.join("; ")))
                .hint("Plan again to see the change, or set `allow_overwrite = true` to write over it.")),
        }
    }

    /// Notes a batch for those who look at its sets, and makes sure that what is to be gone is gone.
    async fn done(&self, edit: &Edit, batch: Arc<Batch>) -> Result<()> {
        let after: BTreeSet<SetKey> = edit.after.iter().map(SetKey::of).collect();
        let gone: Vec<&ResourceRecordSet> =
            edit.before.iter().filter(|set| !after.contains(&SetKey::of(set))).collect();
        {
            let mut unseen = self.unseen();
            for set in &gone {
                unseen.remove(&SetKey::of(set));
            }
            unseen.extend(after.into_iter().map(|key| (key, batch.clone())));
        }
        if self.wait_for_sync && edit.after.is_empty() {
            batch.in_sync().await?;
        }
        if gone.is_empty() {
            return Ok(());
        }
        let listing = batch.listing().await?;
        // What came in its place since is another matter.
        let stays = |set: &ResourceRecordSet| {
            let key = SetKey::of(set);
            listing.get(&key).is_some_and(|found| same(found, set)) && !self.unseen().contains_key(&key)
        };
        match gone.into_iter().find(|set| stays(set)) {
            Some(set) => {
                let text = format!("Route 53 took the deletion of {}, which is still there", SetKey::of(set));
                Err(Error::new(text).hint("Plan again; if it stays, this is to be told to AWS."))
            }
            None => Ok(()),
        }
    }

    /// Waits until all of Route 53's servers have the batches that changed these sets, if changes are awaited.
    pub async fn in_sync(&self, keys: impl IntoIterator<Item = SetKey>) -> Result<()> {
        if !self.wait_for_sync {
            return Ok(());
        }
        let mut batches: Vec<Arc<Batch>> = Vec::new();
        for key in keys {
            let batch = self.unseen().get(&key).cloned();
            batches.extend(batch.filter(|batch| !batches.iter().any(|known| Arc::ptr_eq(known, batch))));
        }
        for batch in batches {
            batch.in_sync().await?;
        }
        Ok(())
    }

    /// Notes a change that made the zone, or changed who sees it.
    pub fn changed(&self, change: String) {
        *self.changed.lock().unwrap_or_else(PoisonError::into_inner) = Some(change);
    }

    /// Waits until all of Route 53's servers have the zone as it is, if changes are awaited.
    pub async fn ready(&self) -> Result<()> {
        let changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner).take();
        match changed {
            Some(change) if self.wait_for_sync => in_sync(&self.dns, &change).await,
            _ => Ok(()),
        }
    }

    fn unseen(&self) -> MutexGuard<'_, BTreeMap<SetKey, Arc<Batch>>> {
        self.unseen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A batch is done as a whole or not at all: where its answer is lost, one look tells which.
async fn send(dns: Dns, zone: String, changes: Vec<Change>) -> Result<Said<Arc<Batch>>> {
    let outcome = outcome(&changes);
    let sets = outcome.keys().cloned().collect();
    let change = match dns.change(&zone, changes).await {
        Ok(Ok(change)) => Some(change),
        Ok(Err(messages)) => return Ok(Err(messages)),
        Err(lost) if lost.is_answer_lost() => match dns.list_around(&zone, &sets).await {
            Ok(standing) if outcome.iter().all(|(key, set)| is_alike(standing.get(key), set.as_ref())) => None,
            _ => return Err(lost),
        },
        Err(error) => return Err(error),
    };
    Ok(Ok(Arc::new(Batch::new(dns, zone, change, sets))))
}

/// The sets that a batch is about, as they are after it.
fn outcome(changes: &[Change]) -> BTreeMap<SetKey, Option<ResourceRecordSet>> {
    let mut outcome = BTreeMap::new();
    for change in changes {
        let Some(set) = &change.resource_record_set else { continue };
        match change.action {
            ChangeAction::Delete => drop(outcome.entry(SetKey::of(set)).or_insert(None)),
            _ => drop(outcome.insert(SetKey::of(set), Some(set.clone()))),
        }
    }
    outcome
}

/// Whether a refusal is about what stands in the zone under the same name, type and identifier.
fn is_of_what_stands(messages: &[String]) -> bool {
    let words = ["but it already exists", "but it was not found", "do not match the current values"];
    messages.iter().any(|message| words.iter().any(|word| message.contains(word)))
}

fn refused(messages: &[String]) -> Error {
    Error::new(format!("`route53:ChangeResourceRecordSets` is refused: {}", messages.join("; ")))
        .hint("Correct what Route 53 names; the other changes of the run are not touched by it.")
}
