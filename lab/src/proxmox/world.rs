//! A cluster: its nodes and everything on them.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::proxmox::access::Access;
use crate::proxmox::cluster;
use crate::proxmox::guest::{Guest, Kind};
use crate::proxmox::ha;
use crate::proxmox::reply::{Outcome, Refusal, Reply};
use crate::proxmox::storage::{self, Storage};
use crate::proxmox::tasks::{Mode, Order, Tasks, Work};

/// The bridges of a furnished cluster.
const BRIDGES: &[&str] = &["vmbr0", "vmbr1"];

/// How a cluster is made and how slow it is.
#[derive(Clone, Debug)]
pub struct Options {
    /// Names of the nodes.
    pub nodes: Vec<String>,
    /// Whether there are the storages and bridges that the tests use, and not those of the first day alone.
    pub furnished: bool,
    /// How far the list of all things is behind.
    pub lag: Duration,
    /// How long a call waits for a lock, at most; the real server's times are in the code.
    pub patience: Duration,
    /// How long the answer to a wrong password takes.
    pub penalty: Duration,
    /// How long a task takes.
    pub task: Duration,
    /// How long a call waits for an agent that does not answer.
    pub agent: Duration,
    /// Secret of the token `root@pam!lab`.
    pub secret: String,
    /// Password of `root@pam`.
    pub password: String,
}

/// Who asks for what.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Method and path as the table has them.
    pub method: (&'static str, &'static str),
    /// Parameters of the path, the query and the body.
    pub params: BTreeMap<String, String>,
    /// User or token.
    pub who: String,
    /// When.
    pub now: Instant,
}

/// Everything that there is.
#[derive(Debug)]
pub struct World {
    /// How it was made.
    pub options: Options,
    /// Users, and what they may.
    pub access: Access,
    /// Storages by name.
    pub storages: BTreeMap<String, Storage>,
    /// Guests by number.
    pub guests: BTreeMap<u32, Guest>,
    /// Tasks.
    pub tasks: Tasks,
    /// What HA was asked and has not done yet.
    pub requests_to_ha: Vec<ha::Pending>,
    /// What downloads find, by URL: a file, or nothing. A URL that is not here has some file.
    pub web: BTreeMap<String, Option<Bytes>>,
    seen: VecDeque<(Instant, Vec<Value>)>,
    serial: u32,
}

/// A pool.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    /// Its comment.
    pub comment: Option<String>,
    /// Numbers of its guests.
    pub guests: Vec<u32>,
    /// Names of its storages.
    pub storages: Vec<String>,
}

impl Asked {
    /// A parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str)
    }

    /// A parameter that the table demands.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Whether a parameter is `1`.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.get(name) == Some("1")
    }

    /// A number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u32> {
        self.get(name)?.parse().ok()
    }

    /// The guest of the path.
    #[must_use]
    pub fn vmid(&self) -> u32 {
        self.number("vmid").unwrap_or_default()
    }

    /// The node of the path.
    #[must_use]
    pub fn node(&self) -> &str {
        self.text("node")
    }
}

impl World {
    /// The cluster of the first day.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let mut world = Self {
            access: Access::new(&options.secret, &options.password),
            storages: storage::of_first_day(options.furnished),
            tasks: Tasks::lasting(options.task),
            options,
            guests: BTreeMap::new(),
            requests_to_ha: Vec::new(),
            web: BTreeMap::new(),
            seen: VecDeque::new(),
            serial: 0,
        };
        world.show_all(Instant::now());
        world
    }

    /// Carries out what is due.
    pub fn advance(&mut self, now: Instant) {
        let mut worked = false;
        while let Some((place, work)) = self.tasks.take_due(now) {
            let result = work(self);
            self.tasks.end(place, result);
            worked = true;
        }
        worked |= ha::carry_out(self, now);
        if worked {
            self.look(now);
        }
        self.forget(now);
    }

    /// A number that was never given away.
    pub fn next(&mut self) -> u32 {
        self.serial += 1;
        self.serial
    }

    /// Notes what the list of all things will show in a while, after something changed.
    pub fn look(&mut self, now: Instant) {
        let rows = cluster::rows(self, now);
        if self.seen.back().is_none_or(|(_, newest)| *newest != rows) {
            self.seen.push_back((now, rows));
        }
        self.forget(now);
    }

    /// Forgets what the list of all things shows no longer.
    fn forget(&mut self, now: Instant) {
        while self.seen.get(1).is_some_and(|(at, _)| *at + self.options.lag <= now) {
            self.seen.pop_front();
        }
    }

    /// The list of all things shows how they are now.
    pub fn show_all(&mut self, now: Instant) {
        self.seen.clear();
        self.look(now.checked_sub(self.options.lag).unwrap_or(now));
    }

    /// The list of all things.
    #[must_use]
    pub fn seen(&self) -> &[Value] {
        self.seen.front().map_or(&[], |(_, rows)| rows.as_slice())
    }

    /// A guest, where it is on that node.
    ///
    /// # Errors
    ///
    /// It is not there.
    pub fn guest(&self, kind: Kind, asked: &Asked) -> Result<&Guest, Refusal> {
        let found = self.guests.get(&asked.vmid()).filter(|guest| guest.kind == kind && guest.node == asked.node());
        let missing = || format!("Configuration file '{}' does not exist", kind.file(asked.node(), asked.vmid()));
        found.ok_or_else(|| Refusal::failed(missing()))
    }

    /// Refuses while somebody else has the lock of the guest's file.
    ///
    /// # Errors
    ///
    /// It is locked; the refusal is said after `wait`.
    pub fn lock_file(&self, kind: Kind, vmid: u32, mode: Mode, wait: Duration, now: Instant) -> Result<(), Refusal> {
        match self.tasks.locked_until(vmid, mode, now) {
            Some(_) => Err(Refusal::locked_file(&kind.lock_file(vmid), wait.min(self.options.patience))),
            None => Ok(()),
        }
    }

    /// Makes a task.
    pub fn order(&mut self, kind: &'static str, asked: &Asked, locks: &[(u32, Mode)], work: Work) -> Outcome {
        let vmid = asked.get("vmid").unwrap_or_default().to_owned();
        self.order_for(kind, vmid, asked, locks, work)
    }

    /// Makes a task that is about something else than the guest of the path.
    pub fn order_for(
        &mut self,
        kind: &'static str,
        id: String,
        asked: &Asked,
        locks: &[(u32, Mode)],
        work: Work,
    ) -> Outcome {
        let order =
            Order { node: asked.node().to_owned(), kind, id, user: asked.who.clone(), locks: locks.to_vec(), work };
        let serial = self.next();
        let patience = Duration::from_secs(10).min(self.options.patience);
        let upid = self.tasks.order(order, serial, asked.now, patience);
        Ok(Reply::Data(json!(upid)))
    }

    /// Whether the nodes have a bridge.
    #[must_use]
    pub fn has_bridge(&self, name: &str) -> bool {
        self.options.furnished && BRIDGES.contains(&name)
    }

    /// The pool of a guest.
    #[must_use]
    pub fn pool_of(&self, vmid: u32) -> Option<&str> {
        self.access.pools.iter().find(|(_, pool)| pool.guests.contains(&vmid)).map(|(name, _)| name.as_str())
    }

    /// A hardware address that no guest has.
    pub fn mac(&mut self) -> String {
        let [_, a, b, c] = self.next().wrapping_mul(0x9E_37_79).to_be_bytes();
        format!("BC:24:11:{a:02X}:{b:02X}:{c:02X}")
    }

    /// A UUID.
    pub fn uuid(&mut self) -> String {
        let serial = self.next();
        let high = serial.wrapping_mul(0x9E37_79B1);
        format!("{high:08x}-{:04x}-4{:03x}-8{:03x}-{serial:012x}", high >> 16, serial & 0xfff, high & 0xfff)
    }
}

/// The time in seconds.
#[must_use]
pub fn unix_time() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}
