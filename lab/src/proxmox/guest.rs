//! Virtual machines and containers: their configuration as it stands in their file, and what they do.

use std::collections::BTreeMap;
use std::time::Instant;

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::{Map, Value, json};

use crate::proxmox::ha::Managed;
use crate::proxmox::parts;
use crate::proxmox::table::{Kind as Type, TABLE};

/// What a password in a configuration is shown as.
const HIDDEN: &str = "**********";

/// A virtual machine or a container.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Which of the two.
    pub kind: Kind,
    /// Its number.
    pub vmid: u32,
    /// The node that it is on.
    pub node: String,
    /// Its options by name, as texts.
    pub config: BTreeMap<String, String>,
    /// What is to change when it starts again.
    pub pending: BTreeMap<String, Pending>,
    /// Its snapshots, the oldest first.
    pub snapshots: Vec<Snapshot>,
    /// Since when it runs, where it does, and with which process.
    pub running: Option<(Instant, u32)>,
    /// What its agent does.
    pub agent: Agent,
    /// Whether it heeds a shutdown.
    pub obeys: bool,
    /// What HA knows of it, where it has it.
    pub ha: Option<Managed>,
}

/// What a guest is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A virtual machine.
    Qemu,
    /// A container.
    Lxc,
}

/// A change that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pending {
    /// A new value.
    Set(String),
    /// The option goes away.
    Delete,
}

/// A snapshot.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// When it was made, in seconds.
    pub time: i64,
    /// Whether it has the memory.
    pub with_memory: bool,
    /// The configuration at that time.
    pub config: BTreeMap<String, String>,
}

/// What the agent in a virtual machine does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Agent {
    /// It does not run.
    #[default]
    Absent,
    /// It answers with these interfaces: name, hardware address, addresses with their prefixes.
    Answers(Vec<(String, String, Vec<String>)>),
    /// It takes what is asked and never answers.
    Hangs,
}

impl Kind {
    /// What paths and the list of all things call it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Qemu => "qemu",
            Self::Lxc => "lxc",
        }
    }

    /// What messages call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Qemu => "VM",
            Self::Lxc => "CT",
        }
    }

    /// The file that is locked while something happens to the guest.
    #[must_use]
    pub fn lock_file(self, vmid: u32) -> String {
        match self {
            Self::Qemu => format!("/var/lock/qemu-server/lock-{vmid}.conf"),
            Self::Lxc => format!("/run/lock/lxc/pve-config-{vmid}.lock"),
        }
    }

    /// Its file in the cluster's file system.
    #[must_use]
    pub fn file(self, node: &str, vmid: u32) -> String {
        match self {
            Self::Qemu => format!("nodes/{node}/qemu-server/{vmid}.conf"),
            Self::Lxc => format!("nodes/{node}/lxc/{vmid}.conf"),
        }
    }

    fn group(self) -> &'static str {
        match self {
            Self::Qemu => "qemu-options",
            Self::Lxc => "lxc-options",
        }
    }
}

impl Guest {
    /// One that was never started.
    #[must_use]
    pub fn new(kind: Kind, vmid: u32, node: &str) -> Self {
        Self {
            kind,
            vmid,
            node: node.to_owned(),
            config: BTreeMap::new(),
            pending: BTreeMap::new(),
            snapshots: Vec::new(),
            running: None,
            agent: Agent::Absent,
            obeys: true,
            ha: None,
        }
    }

    /// An option.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&str> {
        self.config.get(name).map(String::as_str)
    }

    /// Whether an option is `1`.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.option(name) == Some("1")
    }

    /// Whether it is a template.
    #[must_use]
    pub fn is_template(&self) -> bool {
        self.flag("template")
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> String {
        let option = if self.kind == Kind::Qemu { "name" } else { "hostname" };
        self.option(option).map_or_else(|| format!("{}{}", self.kind.title(), self.vmid), str::to_owned)
    }

    /// The hash of its file, which changes with everything in it.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut text = lines(&self.config);
        for (name, change) in &self.pending {
            text += &format!("[PENDING] {name}: {change:?}\n");
        }
        for snapshot in &self.snapshots {
            text += &format!("[{}]\n{}", snapshot.name, lines(&snapshot.config));
        }
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
        hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The configuration as it is to be, or as it is.
    #[must_use]
    pub fn shown(&self, current: bool) -> Map<String, Value> {
        let mut config = self.config.clone();
        for (name, change) in self.pending.iter().filter(|_| !current) {
            match change {
                Pending::Set(value) => config.insert(name.clone(), value.clone()),
                Pending::Delete => config.remove(name),
            };
        }
        let mut shown = self.typed(&config);
        shown.insert("digest".to_owned(), json!(self.digest()));
        if let Some(newest) = self.snapshots.last() {
            shown.insert("parent".to_owned(), json!(newest.name));
        }
        shown
    }

    /// Options with numbers as numbers and truth as 0 and 1, as the table has them.
    #[must_use]
    pub fn typed(&self, config: &BTreeMap<String, String>) -> Map<String, Value> {
        config.iter().map(|(name, value)| (name.clone(), self.value(name, value))).collect()
    }

    fn value(&self, name: &str, value: &str) -> Value {
        if name == "cipassword" {
            return json!(HIDDEN);
        }
        let kind = TABLE.group(self.kind.group()).iter().find(|option| option.is(name)).map(|option| option.kind);
        match kind {
            Some(Type::Integer | Type::Boolean) => value.parse::<i64>().map_or_else(|_| json!(value), |n| json!(n)),
            _ => json!(value),
        }
    }

    /// What is and what is to be, option by option.
    #[must_use]
    pub fn comparison(&self) -> Vec<Value> {
        let added = self.pending.keys().filter(|name| !self.config.contains_key(*name));
        let rows = self.config.keys().chain(added).map(|name| {
            let mut row = json!({ "key": name });
            if let Some(value) = self.option(name) {
                row["value"] = self.value(name, value);
            }
            match self.pending.get(name) {
                Some(Pending::Set(value)) => row["pending"] = self.value(name, value),
                Some(Pending::Delete) => row["delete"] = json!(1),
                None => {}
            }
            row
        });
        rows.chain([json!({ "key": "digest", "value": self.digest() })]).collect()
    }

    /// What waits becomes what is.
    pub fn apply_pending(&mut self) {
        for (name, change) in std::mem::take(&mut self.pending) {
            self.leave_disk(&name, &change);
            match change {
                Pending::Set(value) => self.config.insert(name, value),
                Pending::Delete => self.config.remove(&name),
            };
        }
    }

    /// A disk that makes room in its slot becomes an unused one.
    fn leave_disk(&mut self, name: &str, change: &Pending) {
        let disk = self.option(name).filter(|value| slot(self.kind, name).is_some() && !is_cdrom(value));
        let Some(volid) = disk.and_then(volume).map(str::to_owned) else { return };
        let stays = matches!(change, Pending::Set(value) if volume(value) == Some(&volid));
        let free = (0..256).map(|number| format!("unused{number}")).find(|slot| self.option(slot).is_none());
        if let (false, Some(free)) = (stays || name.starts_with("unused"), free) {
            self.config.insert(free, volid);
        }
    }

    /// Volumes of its disks by slot.
    #[must_use]
    pub fn volumes(&self) -> Vec<(String, String)> {
        let disks = self.config.iter().filter(|(name, _)| slot(self.kind, name).is_some());
        disks.filter_map(|(name, value)| Some((name.clone(), volume(value)?.to_owned()))).collect()
    }

    /// How many processors it has.
    #[must_use]
    pub fn processors(&self) -> u64 {
        let number = |name: &str| self.option(name).and_then(|value| value.parse().ok());
        match self.kind {
            Kind::Qemu => number("cores").unwrap_or(1) * number("sockets").unwrap_or(1),
            Kind::Lxc => number("cores").unwrap_or(2),
        }
    }

    /// How much memory it has, in bytes.
    #[must_use]
    pub fn memory(&self) -> u64 {
        let text = self.option("memory").unwrap_or("512");
        text.trim_start_matches("current=").parse::<u64>().unwrap_or(512) << 20
    }
}

/// What the parts of a disk's option are called, where the option is a disk.
#[must_use]
pub fn slot(kind: Kind, name: &str) -> Option<&'static str> {
    let word = name.trim_end_matches(|digit: char| digit.is_ascii_digit());
    let numbered = word != name;
    match (kind, word) {
        (Kind::Qemu, "ide") if numbered => Some("ide"),
        (Kind::Qemu, "sata") if numbered => Some("sata"),
        (Kind::Qemu, "scsi") if numbered => Some("scsi"),
        (Kind::Qemu, "virtio") if numbered => Some("virtio"),
        (Kind::Qemu, "efidisk") if numbered => Some("efidisk"),
        (Kind::Qemu, "tpmstate") if numbered => Some("tpmstate"),
        (Kind::Qemu, "unused") if numbered => Some("unused"),
        (Kind::Lxc, "rootfs") => Some("rootfs"),
        (Kind::Lxc, "mp") if numbered => Some("mp"),
        (Kind::Lxc, "unused") if numbered => Some("lxc-unused"),
        _ => None,
    }
}

/// The volume that a disk's option begins with, where it is one of a storage.
#[must_use]
pub fn volume(value: &str) -> Option<&str> {
    let first = value.split(',').next().unwrap_or_default();
    let first = ["file=", "volume="].iter().find_map(|name| first.strip_prefix(name)).unwrap_or(first);
    (first.contains(':') && !first.starts_with('/')).then_some(first)
}

/// Whether a disk's option is a CD drive.
#[must_use]
pub fn is_cdrom(value: &str) -> bool {
    parts::parse("ide", value).is_ok_and(|parts| parts.get("media").map(String::as_str) == Some("cdrom"))
}

fn lines(config: &BTreeMap<String, String>) -> String {
    config.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_the_types_that_were_recorded() {
        let mut guest = Guest::new(Kind::Qemu, 100, "vm");
        for (name, value) in [("memory", "512"), ("cores", "1"), ("kvm", "0"), ("agent", "1"), ("cipassword", "x")] {
            guest.config.insert(name.to_owned(), value.to_owned());
        }
        let shown = guest.shown(false);
        assert_eq!(shown["memory"], json!("512"));
        assert_eq!((&shown["cores"], &shown["kvm"]), (&json!(1), &json!(0)));
        assert_eq!((&shown["agent"], &shown["cipassword"]), (&json!("1"), &json!(HIDDEN)));
    }

    #[test]
    fn what_waits_is_shown_beside_what_is() {
        let mut guest = Guest::new(Kind::Qemu, 110, "vm");
        guest.config.insert("memory".to_owned(), "128".to_owned());
        let before = guest.digest();
        guest.pending.insert("memory".to_owned(), Pending::Set("256".to_owned()));
        assert_ne!(guest.digest(), before);
        assert_eq!(guest.comparison()[0], json!({ "key": "memory", "value": "128", "pending": "256" }));
        assert_eq!((&guest.shown(true)["memory"], &guest.shown(false)["memory"]), (&json!("128"), &json!("256")));
        guest.apply_pending();
        assert_eq!((guest.memory(), guest.pending.len()), (256 << 20, 0));
    }

    #[test]
    fn disks_are_known_by_their_slots() {
        assert_eq!(slot(Kind::Qemu, "scsi12"), Some("scsi"));
        assert_eq!((slot(Kind::Qemu, "scsihw"), slot(Kind::Lxc, "mp0")), (None, Some("mp")));
        assert_eq!(volume("file=local:100/vm-100-disk-0.raw,size=1G"), Some("local:100/vm-100-disk-0.raw"));
        assert_eq!((volume("none,media=cdrom"), is_cdrom("none,media=cdrom")), (None, true));
    }
}
