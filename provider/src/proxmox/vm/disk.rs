//! Disks of a machine.

use crate::proxmox::file_format::FileFormat;
use crate::proxmox::formats;
use crate::proxmox::properties;
use crate::proxmox::size::{self, Size};
use tfplugin::prelude::*;
use tfplugin::value::{Object, Value};

/// A disk, by its slot.
#[derive(Clone, Nested)]
pub struct Disk {
    /// Storage that holds the disk. A change moves it.
    #[tf(url, check = formats::storage)]
    pub datastore_id: String,

    /// Size, such as `20G` or `2252M`; a number alone counts GiB. It can grow; omit it for that of what is imported.
    #[tf(computed)]
    pub size: Option<Size>,

    /// Volume that the disk is made of, such as `local:import/debian.qcow2`; it matters only when the disk is made.
    #[tf(api = "import-from", unread, check = formats::volume_or_path)]
    pub import_from: Option<String>,

    /// Format of the volume; omit it for the storage's. A change copies it, as a move does.
    #[tf(api = "format", computed, volatile(datastore_id))]
    pub file_format: Option<FileFormat>,

    /// The volume on the storage.
    #[tf(volatile(datastore_id, file_format))]
    pub path_in_datastore: Computed<String>,

    /// How the host reads and writes.
    pub aio: Option<Aio>,

    /// Whether backups have the disk.
    pub backup: Option<bool>,

    /// How the host caches.
    pub cache: Option<Cache>,

    /// Whether the storage is told what is free.
    pub discard: Option<Discard>,

    /// Whether the disk has a thread of its own.
    pub iothread: Option<bool>,

    /// Whether replications have the disk.
    pub replicate: Option<bool>,

    /// Serial number that the guest sees.
    #[tf(check = length(1..=20))]
    pub serial: Option<String>,

    /// Whether the guest takes it for a solid state disk.
    pub ssd: Option<bool>,
}

/// How the host reads and writes.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum Aio {
    /// By Linux's asynchronous calls.
    Native,
    /// By threads.
    Threads,
    /// By io_uring.
    IoUring,
}

/// How the host caches.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum Cache {
    /// Not at all.
    None,
    /// Reads.
    Writethrough,
    /// Reads and writes.
    Writeback,
    /// Reads and writes, and nothing is ever flushed.
    Unsafe,
    /// Not at all, and each write is flushed.
    Directsync,
}

/// What becomes of what the guest frees.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum Discard {
    /// Nothing.
    Ignore,
    /// The storage is told.
    On,
}

/// What stands in front.
pub const BARE: &str = "file";

/// How many slots each bus has.
const BUSES: [(&str, u32); 4] = [("ide", 4), ("sata", 6), ("scsi", 31), ("virtio", 16)];

/// Whether a name is a disk's slot.
pub fn is_slot(name: &str) -> bool {
    BUSES.iter().any(|(bus, count)| {
        let number =
            name.strip_prefix(bus).and_then(|number| number.parse::<u32>().ok().filter(|n| n.to_string() == number));
        number.is_some_and(|number| number < *count)
    })
}

/// Refuses slots that no bus has.
pub fn slots<T>(disks: &BTreeMap<String, T>) -> Result<(), String> {
    match disks.keys().find(|slot| !is_slot(slot)) {
        Some(slot) => Err(format!(
            "has `{slot}`, which is none of `ide0`-`ide3`, `sata0`-`sata5`, `scsi0`-`scsi30` and `virtio0`-`virtio15`"
        )),
        None => Ok(()),
    }
}

/// Refuses to make a disk smaller.
pub fn only_grows(
    prior: &Option<BTreeMap<String, Disk>>,
    planned: &Option<BTreeMap<String, Disk>>,
) -> Result<(), String> {
    planned.iter().flatten().try_for_each(|(slot, disk)| {
        let before = prior.as_ref().and_then(|prior| prior.get(slot)?.size.as_ref());
        size::only_grows(slot, before, disk.size.as_ref())
    })
}

/// What an answer's text says, by the attributes' API names.
pub fn read(text: &str) -> Object {
    let mut disk = properties::parse(text, BARE);
    size::tell(&mut disk);
    let volume = disk.remove(BARE).or_else(|| disk.remove("volume"));
    let volume = volume.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
    // A device of the host has a path and no storage.
    let (datastore, path) = volume.split_once(':').unwrap_or(("", &volume));
    let format = match path.rsplit_once('.') {
        Some((_, end @ ("qcow2" | "vmdk"))) => end,
        _ => "raw",
    };
    disk.entry("format".to_owned()).or_insert_with(|| format.into());
    disk.insert("datastore_id".to_owned(), datastore.into());
    disk.insert("path_in_datastore".to_owned(), path.into());
    disk
}

/// The format that an option's volume has.
pub fn format_of(text: &str) -> Option<FileFormat> {
    FileFormat::from_word(read(text).get("format")?.as_str()?).ok()
}

/// The text of a disk that is to be made.
pub fn new(disk: &Disk) -> String {
    let mut wanted = wanted(disk);
    wanted.remove("size");
    let size = match (&disk.import_from, &disk.size) {
        (None, Some(size)) => size.gibibytes(),
        // What is imported has a size of its own; it grows afterwards.
        _ => "0".to_owned(),
    };
    wanted.insert(BARE.to_owned(), format!("{}:{size}", disk.datastore_id).into());
    if let Some(volume) = &disk.import_from {
        wanted.insert("import-from".to_owned(), volume.as_str().into());
    }
    properties::join(&wanted, BARE)
}

/// The text of a disk that is there, with what is wanted of it; its volume and size are those of other calls.
pub fn changed(current: &str, disk: &Disk) -> String {
    let current = properties::parse(current, BARE);
    let mut wanted = wanted(disk);
    for fixed in ["size", "format", "import-from"] {
        wanted.remove(fixed);
        wanted.extend(current.get(fixed).map(|value| (fixed.to_owned(), value.clone())));
    }
    properties::join(&properties::merged(current, Disk::FIELDS, wanted), BARE)
}

fn wanted(disk: &Disk) -> Object {
    properties::of(Disk::FIELDS, &tfplugin::schema::Attribute::into_value(disk.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tfplugin::schema::{Attribute, Field, from_api};

    fn disk(text: &str) -> Disk {
        let field = Field::of::<Disk>("disk", "");
        let mut value = from_api(&field, Value::Map(read(text))).unwrap();
        // What the URL would say.
        if let Value::Map(members) = &mut value {
            members.insert("datastore_id".to_owned(), read(text)["datastore_id"].clone());
        }
        Disk::from_value(value).unwrap()
    }

    #[test]
    fn a_disk_is_read() {
        let disk = disk("d1:101/base-101-disk-0.qcow2/102/vm-102-disk-0.qcow2,size=2G,ssd=1,mbps_rd=10");
        assert_eq!((disk.datastore_id.as_str(), disk.file_format), ("d1", Some(FileFormat::Qcow2)));
        assert_eq!((disk.size.as_ref().map(Size::bytes), disk.ssd), (Some(2 << 30), Some(true)));
    }

    #[test]
    fn a_change_leaves_the_volume_and_what_is_not_known() {
        let current = "d1:100/vm-100-disk-0.qcow2,mbps_rd=10,size=2G,ssd=1";
        let wanted = Disk { ssd: None, discard: Some(Discard::On), ..disk(current) };
        assert_eq!(changed(current, &wanted), "d1:100/vm-100-disk-0.qcow2,discard=on,mbps_rd=10,size=2G");
    }

    #[test]
    fn a_new_disk_says_its_storage_and_size() {
        let wanted = Disk { datastore_id: "d1".to_owned(), ..disk("x:y,size=20G,iothread=1") };
        assert_eq!(new(&Disk { file_format: None, ..wanted.clone() }), "d1:20,iothread=1");
        let imported = Disk { import_from: Some("local:import/a.qcow2".to_owned()), ..wanted };
        assert_eq!(new(&imported), "d1:0,format=raw,import-from=local:import/a.qcow2,iothread=1");
    }

    #[test]
    fn slots_are_those_of_the_buses() {
        assert!(is_slot("scsi30") && is_slot("ide0") && !is_slot("ide4") && !is_slot("scsi01") && !is_slot("net0"));
    }
}
