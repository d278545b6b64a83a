//! Where guests are.
//!
//! `/cluster/resources` is read once and says on which node a guest is. It lags some ten seconds behind, so nothing else
//! is taken from it that this process or a state knows better.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tfplugin::prelude::*;
use tfplugin::value::{Object, Value};

use super::client::{Proxmox, has};
use crate::http::{ApiPath, Request, path};

/// What the cluster's list and paths call a machine.
const KIND: &str = "qemu";

/// Where a machine is.
pub fn url(node: &str, id: u64) -> ApiPath {
    path!("nodes" / node / KIND / id)
}

/// A guest as it was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The node that has it.
    pub node: String,
    /// Its configuration.
    pub config: Object,
    /// Whether it runs, as far as is known.
    pub running: bool,
    /// The pool that it belongs to, as far as is known.
    pub pool: Option<String>,
}

/// What this process did to guests.
#[derive(Default)]
pub struct Guests(Mutex<BTreeMap<u64, Deeds>>);

/// What is known of a guest from what was done to it.
#[derive(Clone, Debug, Default)]
struct Deeds {
    node: Option<String>,
    running: Option<bool>,
    pool: Option<Option<String>>,
    unfinished: Option<Error>,
}

impl Guests {
    /// Notes where a guest was put.
    pub fn placed(&self, id: u64, node: &str) {
        self.note(id, |deeds| deeds.node = Some(node.to_owned()));
    }

    /// Notes that a guest was started or stopped.
    pub fn runs(&self, id: u64, running: bool) {
        self.note(id, |deeds| deeds.running = Some(running));
    }

    /// Notes which pool a guest was put into.
    pub fn pooled(&self, id: u64, pool: Option<&str>) {
        self.note(id, |deeds| deeds.pool = Some(pool.map(str::to_owned)));
    }

    /// Notes that nobody saw the end of a guest's creation.
    pub fn note_unfinished(&self, id: u64, error: Error) {
        self.note(id, |deeds| deeds.unfinished = Some(error));
    }

    /// Why nobody saw the end of a guest's creation, told once.
    pub fn unfinished(&self, id: u64) -> Option<Error> {
        self.lock().get_mut(&id).and_then(|deeds| deeds.unfinished.take())
    }

    /// Forgets a guest that is gone: another one may get its number.
    pub fn gone(&self, id: u64) {
        self.lock().remove(&id);
    }

    fn note(&self, id: u64, note: impl FnOnce(&mut Deeds)) {
        note(self.lock().entry(id).or_default());
    }

    fn of(&self, id: u64) -> Deeds {
        self.lock().get(&id).cloned().unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Deeds>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the cluster lists.
fn resources() -> ApiPath {
    path!("cluster/resources")
}

/// The guest, wherever it is; none when no node has it.
pub async fn find(proxmox: &Proxmox, id: u64) -> Result<Option<Found>> {
    let list = proxmox.first_list(resources()).await?;
    let listed = list.iter().find(|entry| has(entry, "vmid", id) && has(entry, "type", KIND));
    let deeds = proxmox.guests.of(id);
    let text = |name: &str| listed?.get(name)?.as_str().map(str::to_owned);
    let expected = deeds.node.or_else(|| text("node"));
    let others = online(&list).filter(|node| Some(*node) != expected.as_deref());
    for node in expected.as_deref().into_iter().chain(others) {
        let config = url(node, id).literal("config");
        if let Some(config) = proxmox.find(Request::get(config)).await? {
            return Ok(Some(Found {
                node: node.to_owned(),
                config,
                running: deeds.running.unwrap_or(text("status").as_deref() == Some("running")),
                pool: deeds.pool.unwrap_or_else(|| text("pool")),
            }));
        }
    }
    Ok(None)
}

/// The nodes that answer.
fn online(list: &[Object]) -> impl Iterator<Item = &str> {
    let nodes = list.iter().filter(|entry| has(entry, "type", "node") && has(entry, "status", "online"));
    nodes.filter_map(|node| node.get("node").and_then(Value::as_str))
}

/// Whether a guest runs, as its node says now.
pub async fn is_running(proxmox: &Proxmox, node: &str, id: u64) -> Result<bool> {
    let status = proxmox.get(Request::get(url(node, id).literal("status/current"))).await?;
    Ok(status["status"] == "running")
}

/// Which of two pools a guest belongs to now.
pub async fn pool_of(proxmox: &Proxmox, id: u64, candidates: [Option<&str>; 2]) -> Result<Option<String>> {
    for pool in candidates.into_iter().flatten() {
        let members = match proxmox.get(Request::get(path!("pools" / pool))).await {
            Err(error) if error.is_not_found() => continue,
            pool => pool?,
        };
        let members = members["members"].as_array().into_iter().flatten();
        if members.into_iter().any(|member| member["vmid"] == id) {
            return Ok(Some(pool.to_owned()));
        }
    }
    Ok(None)
}

/// Puts a guest from one pool into another.
pub async fn change_pool(proxmox: &Proxmox, id: u64, from: Option<&str>, to: Option<&str>) -> Result<()> {
    let (pool, more) = match (from, to) {
        (_, Some(pool)) => (pool, ("allow-move", "1")),
        (Some(pool), None) => (pool, ("delete", "1")),
        (None, None) => return Ok(()),
    };
    let form = [("vms", id.to_string()), (more.0, more.1.to_owned())];
    super::work::unlocked(proxmox, Request::put(path!("pools" / pool)).form(form)).await?;
    proxmox.guests.pooled(id, to);
    Ok(())
}
