//! Where guests are.
//!
//! `/cluster/resources` is read once and says on which node a guest is. It lags some ten seconds behind, so nothing else
//! is taken from it that this process or a state knows better.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use tfplugin::prelude::*;
use tfplugin::value::{Object, Value};

use super::client::{Proxmox, has, text_of};
use super::options::{self, Options};
use super::work::Work;
use super::{ha, ids, pool};
use crate::http::{ApiPath, Request, path};

/// What a guest is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A virtual machine.
    Machine,
    /// A container.
    Container,
}

impl Kind {
    /// What the cluster's list and paths call it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Machine => "qemu",
            Kind::Container => "lxc",
        }
    }
}

/// A guest by its number.
#[derive(Clone, Copy, Debug)]
pub struct Guest {
    /// What it is.
    pub kind: Kind,
    /// Its number, which no other guest of the cluster has.
    pub id: u64,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Machine => "machine",
            Kind::Container => "container",
        })
    }
}

impl fmt::Display for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.id)
    }
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

impl Found {
    /// Its configuration as options.
    pub fn options(&self) -> Options {
        options::of(&self.config)
    }

    /// Whether a flag of its configuration is set.
    pub fn has_flag(&self, name: &str) -> bool {
        self.config.get(name).is_some_and(|flag| text_of(flag) == "1")
    }
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

/// What the cluster lists: nodes, guests and storages.
pub fn resources() -> ApiPath {
    path!("cluster/resources")
}

/// What of a guest the list tells late.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Whether it runs.
    pub started: bool,
    /// The pool that it belongs to.
    pub pool: Option<String>,
}

impl Guest {
    /// A machine.
    pub fn machine(id: u64) -> Guest {
        Guest { kind: Kind::Machine, id }
    }

    /// A container.
    pub fn container(id: u64) -> Guest {
        Guest { kind: Kind::Container, id }
    }

    /// The types of the tasks that a method of a guest makes, and `create` and `destroy` of a node (`PVE::API2::Qemu`,
    /// `PVE::API2::LXC`). A clone's task is about its source.
    pub fn tasks(self, method: &str) -> &'static [&'static str] {
        match (self.kind, method) {
            (Kind::Machine, "clone") => &["qmclone"],
            (Kind::Machine, "config") => &["qmconfig"],
            (Kind::Machine, "create") => &["qmcreate"],
            (Kind::Machine, "destroy") => &["qmdestroy"],
            (Kind::Machine, "migrate") => &["qmigrate", "hamigrate"],
            (Kind::Machine, "move_disk") => &["qmmove"],
            (Kind::Machine, "status/shutdown") => &["qmshutdown", "hastop"],
            (Kind::Machine, "status/start") => &["qmstart", "hastart"],
            (Kind::Machine, "status/stop") => &["qmstop", "hastop"],
            (Kind::Machine, "template") => &["qmtemplate"],
            (Kind::Container, "clone") => &["vzclone"],
            (Kind::Container, "create") => &["vzcreate"],
            (Kind::Container, "destroy") => &["vzdestroy"],
            (Kind::Container, "migrate") => &["vzmigrate", "hamigrate"],
            (Kind::Container, "move_volume") => &["move_volume"],
            (Kind::Container, "status/shutdown") => &["vzshutdown", "hastop"],
            (Kind::Container, "status/start") => &["vzstart", "hastart"],
            (Kind::Container, "status/stop") => &["vzstop", "hastop"],
            (Kind::Container, "template") => &["vztemplate"],
            (_, "resize") => &["resize"],
            _ => &[],
        }
    }

    /// Where it is on a node.
    pub fn url(self, node: &str) -> ApiPath {
        path!("nodes" / node / self.kind.word() / self.id)
    }

    /// The guest, wherever it is; none when no node has it.
    pub async fn find(self, proxmox: &Proxmox) -> Result<Option<Found>> {
        let list = proxmox.first_list(resources()).await?;
        let listed = list.iter().find(|entry| has(entry, "vmid", self.id) && has(entry, "type", self.kind.word()));
        let deeds = proxmox.guests.of(self.id);
        let text = |name: &str| listed?.get(name)?.as_str().map(str::to_owned);
        let expected = deeds.node.or_else(|| text("node"));
        let Some((node, config)) = Box::pin(self.look(proxmox, &list, expected.as_deref())).await? else {
            return Ok(None);
        };
        Ok(Some(Found {
            node,
            config,
            running: deeds.running.unwrap_or(text("status").as_deref() == Some("running")),
            pool: deeds.pool.unwrap_or_else(|| text("pool")),
        }))
    }

    /// The node that has it, and its configuration. Rights are looked at before a configuration is, so one that cannot be
    /// read may be of a guest that is gone: then its number is free.
    async fn look(
        self,
        proxmox: &Proxmox,
        list: &[Object],
        expected: Option<&str>,
    ) -> Result<Option<(String, Object)>> {
        let refused = match expected {
            None => None,
            Some(node) => match self.config(proxmox, node).await {
                Ok(Some(config)) => return Ok(Some((node.to_owned(), config))),
                Ok(None) => None,
                Err(error) if error.is_stopped() => return Err(error),
                Err(error) => Some(error),
            },
        };
        if !ids::is_taken(proxmox, self.id).await? {
            return Ok(None);
        }
        if let Some(error) = refused {
            return Err(error);
        }
        for node in online(list).filter(|node| Some(*node) != expected) {
            let config = self.config(proxmox, node).await;
            let config = config.map_err(|error| error.context(format!("the number {} is taken", self.id)))?;
            if let Some(config) = config {
                return Ok(Some((node.to_owned(), config)));
            }
        }
        match expected {
            Some(node) if !online(list).any(|other| other == node) => Err(Error::new(format!(
                "no node that answers has the {self}, and `{node}`, where it was, does not answer"
            ))
            .hint("Run again when all nodes of the cluster answer.")),
            _ => Ok(None),
        }
    }

    async fn config(self, proxmox: &Proxmox, node: &str) -> Result<Option<Object>> {
        proxmox.find(Request::get(self.url(node).literal("config"))).await
    }

    /// Whether it runs, as its node says now.
    pub async fn is_running(self, proxmox: &Proxmox, node: &str) -> Result<bool> {
        let status = proxmox.get(Request::get(self.url(node).literal("status/current"))).await?;
        Ok(status["status"] == "running")
    }

    /// Starts or stops it by a request to a method of its own, and waits until it runs or not, under HA too. It is done where
    /// the guest is as it was to be, whatever was answered to it at last.
    pub async fn power(
        self,
        proxmox: &Proxmox,
        node: &str,
        running: bool,
        (method, request): (&str, Request),
    ) -> Result<()> {
        let done = match Work::on(node, self, method, request).followed(proxmox).await {
            Ok(Some(task)) if task.asks_ha() => ha::powered(proxmox, self, node, running).await,
            done => done.map(drop).map_err(Error::from),
        };
        if let Err(error) = done
            && (error.is_stopped() || self.is_running(proxmox, node).await.ok() != Some(running))
        {
            return Err(error);
        }
        proxmox.guests.runs(self.id, running);
        Ok(())
    }

    /// What was listed, looked at again where it is not what was expected. A template never runs.
    pub async fn confirmed(
        self,
        proxmox: &Proxmox,
        (node, is_template): (&str, bool),
        expected: Option<Standing>,
        mut listed: Standing,
    ) -> Result<Standing> {
        if expected.as_ref().is_none_or(|expected| expected.started != listed.started) && !is_template {
            listed.started = self.is_running(proxmox, node).await?;
        }
        if let Some(expected) = expected.filter(|expected| expected.pool != listed.pool) {
            listed.pool = pool_of(proxmox, self.id, [expected.pool.as_deref(), listed.pool.as_deref()]).await?;
        }
        Ok(listed)
    }
}

/// The nodes that answer.
fn online(list: &[Object]) -> impl Iterator<Item = &str> {
    let nodes = list.iter().filter(|entry| has(entry, "type", "node") && has(entry, "status", "online"));
    nodes.filter_map(|node| node.get("node").and_then(Value::as_str))
}

/// Which of two pools a guest belongs to now.
async fn pool_of(proxmox: &Proxmox, id: u64, candidates: [Option<&str>; 2]) -> Result<Option<String>> {
    for pool in candidates.into_iter().flatten() {
        if pool::has_guest(proxmox, pool, id).await? {
            return Ok(Some(pool.to_owned()));
        }
    }
    Ok(None)
}

/// Puts a guest from one pool into another.
pub async fn change_pool(proxmox: &Proxmox, id: u64, from: Option<&str>, to: Option<&str>) -> Result<()> {
    match (from, to) {
        (None, None) => return Ok(()),
        (Some(from), None) => pool::remove_guest(proxmox, from, id).await?,
        (None, Some(to)) => pool::add_guest(proxmox, to, id).await?,
        (Some(from), Some(to)) => pool::move_guest(proxmox, id, (from, to)).await?,
    }
    proxmox.guests.pooled(id, to);
    Ok(())
}
