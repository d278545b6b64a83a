//! What somebody does to a cluster by hand, and what tests look at.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::Value;

use crate::proxmox::access::ROOT;
use crate::proxmox::drives::Place;
use crate::proxmox::guest::{Agent, Guest};
use crate::proxmox::ha::Managed;
use crate::proxmox::migrate;
use crate::proxmox::server::Proxmox;
use crate::proxmox::tasks::{Order, Work};
use crate::proxmox::volumes::{self, Volume};
use crate::proxmox::world::unix_time;

/// A disk that somebody adds.
#[derive(Clone, Copy, Debug)]
pub struct Disk<'a> {
    /// Slot, such as `scsi1`.
    pub slot: &'a str,
    /// Storage and what is asked for there, such as `local:1`.
    pub value: &'a str,
}

impl Proxmox {
    fn guest<T>(&self, vmid: u32, act: impl FnOnce(&mut Guest) -> T) -> T {
        let mut world = self.world();
        let done = act(world.guests.get_mut(&vmid).unwrap_or_else(|| panic!("there is no guest {vmid}")));
        world.look(Instant::now());
        done
    }

    /// Moves a guest and its disks to another node.
    pub fn relocate(&self, vmid: u32, node: &str) {
        migrate::relocate(&mut self.world(), vmid, node);
        self.guest(vmid, |_| ());
    }

    /// Adds a disk.
    ///
    /// # Panics
    ///
    /// The guest is not there or the storage cannot give the disk.
    pub fn add_disk(&self, vmid: u32, disk: Disk<'_>) {
        let place = self.guest(vmid, |guest| Place::of(guest));
        let options = [(disk.slot.to_owned(), disk.value.to_owned())].into();
        let made = place.make(&mut self.world(), &options).expect("the disk can be made");
        self.guest(vmid, |guest| guest.config.extend(made));
    }

    /// Sets an option in the configuration, or takes it away.
    ///
    /// # Panics
    ///
    /// The guest is not there.
    pub fn set_option(&self, vmid: u32, name: &str, value: Option<&str>) {
        self.guest(vmid, |guest| match value {
            Some(value) => guest.config.insert(name.to_owned(), value.to_owned()),
            None => guest.config.remove(name),
        });
    }

    /// Locks the configuration, such as with `backup`, or unlocks it.
    ///
    /// # Panics
    ///
    /// The guest is not there.
    pub fn lock(&self, vmid: u32, lock: Option<&str>) {
        self.set_option(vmid, "lock", lock);
    }

    /// Backs a guest up for a time, as a job of root does that backs up several: its task names none of them.
    ///
    /// # Panics
    ///
    /// The guest is not there.
    pub fn back_up(&self, vmid: u32, time: Duration) {
        self.lock(vmid, Some("backup"));
        let node = self.node_of(vmid).expect("the guest is there");
        let mut world = self.world();
        world.tasks.durations.insert("vzdump".to_owned(), time);
        let work: Work = Box::new(move |world| {
            world.guests.get_mut(&vmid).map(|guest| guest.config.remove("lock"));
            Ok(Vec::new())
        });
        let order = Order { node, kind: "vzdump", id: String::new(), user: ROOT.to_owned(), locks: Vec::new(), work };
        let serial = world.next();
        world.tasks.order(order, serial, Instant::now(), Duration::ZERO);
    }

    /// Holds the lock of the guest's file for a time, as somebody's task would.
    pub fn hold_lock_file(&self, vmid: u32, time: Duration) {
        self.world().tasks.hold(vmid, Instant::now() + time);
    }

    /// Starts or stops a guest.
    ///
    /// # Panics
    ///
    /// The guest is not there.
    pub fn power(&self, vmid: u32, on: bool) {
        self.guest(vmid, |guest| {
            guest.apply_pending();
            guest.running = on.then(|| (Instant::now(), 4711));
        });
    }

    /// Says what the agent of a guest does.
    ///
    /// # Panics
    ///
    /// The guest is not there.
    pub fn set_agent(&self, vmid: u32, agent: Agent) {
        self.guest(vmid, |guest| guest.agent = agent);
    }

    /// Says whether a guest heeds a shutdown.
    ///
    /// # Panics
    ///
    /// The guest is not there.
    pub fn set_obedience(&self, vmid: u32, obeys: bool) {
        self.guest(vmid, |guest| guest.obeys = obeys);
    }

    /// Puts a guest under HA, which takes this long for what it is asked.
    ///
    /// # Panics
    ///
    /// The guest is not there.
    pub fn put_under_ha(&self, vmid: u32, time: Duration) {
        self.guest(vmid, |guest| guest.ha = Some(Managed::new(guest.running.is_some(), time)));
    }

    /// Says whether HA fails at what it is asked for a guest.
    ///
    /// # Panics
    ///
    /// The guest is not there, or not under HA.
    pub fn let_ha_fail(&self, vmid: u32, fails: bool) {
        self.guest(vmid, |guest| guest.ha.as_mut().expect("the guest is under HA").fails = fails);
    }

    /// Puts a file on a storage, such as `local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst`, as each node sees it.
    ///
    /// # Panics
    ///
    /// The storage is not there, or the name has no content that it can hold.
    pub fn put_file(&self, volid: &str, bytes: &[u8]) {
        let mut world = self.world();
        let content = ["iso", "vztmpl", "import", "snippets"];
        let content = content.into_iter().find(|content| volid.contains(&format!(":{content}/")));
        let nodes = world.options.nodes.clone();
        let storage = world.storages.get_mut(volumes::storage_of(volid)).expect("the storage is there");
        let format = volid.rsplit('.').next().map(|end| if end == "gz" { "tgz" } else { end }).unwrap_or_default();
        let volume = Volume {
            content: content.expect("the name has a content"),
            format: format.to_owned(),
            size: bytes.len() as u64,
            vmid: None,
            parent: None,
            ctime: unix_time(),
            bytes: bytes.to_vec(),
            notes: None,
        };
        for node in nodes {
            storage.volumes.insert((volid.to_owned(), storage.place(&node)), volume.clone());
        }
    }

    /// The bytes of a file that was uploaded, downloaded or put there, as a node sees it.
    #[must_use]
    pub fn file(&self, node: &str, volid: &str) -> Option<Vec<u8>> {
        volumes::find(&self.world(), node, volid).ok().map(|volume| volume.bytes.clone())
    }

    /// Says what a URL has for downloads, or that it has nothing.
    pub fn offer(&self, url: &str, bytes: Option<&[u8]>) {
        self.world().web.insert(url.to_owned(), bytes.map(Bytes::copy_from_slice));
    }

    /// Lets somebody begin a task of a type about a guest on its node, which does nothing for this long.
    ///
    /// # Panics
    ///
    /// The guest is not there.
    pub fn begin_task(&self, kind: &'static str, vmid: u32, user: &str, time: Duration) {
        let node = self.node_of(vmid).expect("the guest is there");
        let mut world = self.world();
        let (id, user) = (vmid.to_string(), user.to_owned());
        let order = Order { node, kind, id, user, locks: Vec::new(), work: Box::new(|_| Ok(Vec::new())) };
        let serial = world.next();
        let usual = world.tasks.durations.insert(kind.to_owned(), time);
        world.tasks.order(order, serial, Instant::now(), time);
        match usual {
            Some(usual) => world.tasks.durations.insert(kind.to_owned(), usual),
            None => world.tasks.durations.remove(kind),
        };
    }

    /// Lets tasks of a type take this long, such as `qmclone`.
    pub fn slow(&self, kind: &str, time: Duration) {
        self.world().tasks.durations.insert(kind.to_owned(), time);
    }

    /// Lets the next task of a type end with these words in its exit status, such as `WARNINGS: 1` after all of its work, or
    /// an error in the middle of it: what it began stays as it is, such as a guest with the lock `create`.
    pub fn end_task(&self, kind: &str, exit: &str) {
        self.world().tasks.doom(kind, exit);
    }

    /// Lets all tasks end now.
    pub fn finish_tasks(&self) {
        let mut world = self.world();
        world.tasks.hurry(Instant::now());
        world.advance(Instant::now());
        // A task can make another one, such as a create that starts.
        world.tasks.hurry(Instant::now());
        world.advance(Instant::now());
    }

    /// Lets `/cluster/resources` show how everything is now.
    pub fn catch_up(&self) {
        self.world().show_all(Instant::now());
    }

    /// The configuration of a guest as its node's API shows it, or nothing.
    #[must_use]
    pub fn config(&self, vmid: u32) -> Option<Value> {
        self.world().guests.get(&vmid).map(|guest| guest.shown(false).into())
    }

    /// Names of the volumes with a content, such as `iso`, that a node sees on a storage.
    ///
    /// # Panics
    ///
    /// There is no such storage.
    #[must_use]
    pub fn volumes(&self, node: &str, storage: &str, content: &str) -> Vec<String> {
        let world = self.world();
        let storage = world.storages.get(storage).expect("the storage is there");
        let here = storage
            .volumes
            .iter()
            .filter(|((_, place), volume)| *place == storage.place(node) && volume.content == content);
        here.map(|((volid, _), _)| volid.clone()).collect()
    }

    /// The node that a guest is on, where there is such a guest.
    #[must_use]
    pub fn node_of(&self, vmid: u32) -> Option<String> {
        self.world().guests.get(&vmid).map(|guest| guest.node.clone())
    }

    /// Whether a guest runs.
    #[must_use]
    pub fn runs(&self, vmid: u32) -> bool {
        self.world().guests.get(&vmid).is_some_and(|guest| guest.running.is_some())
    }

    /// Numbers of all guests.
    #[must_use]
    pub fn guests(&self) -> Vec<u32> {
        self.world().guests.keys().copied().collect()
    }
}
