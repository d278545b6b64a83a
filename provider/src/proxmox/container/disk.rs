//! The root disk of a container.

use super::volume::{self, MountOption};
use crate::proxmox::formats;
use crate::proxmox::properties;
use crate::proxmox::size::{self, Size};
use tfplugin::prelude::*;
use tfplugin::schema::Attribute;
use tfplugin::value::Object;

/// The root disk.
#[derive(Clone, Nested)]
pub struct Disk {
    /// Storage that holds the disk. A change moves it, while the container does not run.
    #[tf(url, check = formats::storage)]
    pub datastore_id: String,

    /// Size, such as `8G`; a number alone counts GiB. It can grow; omit it for 4 GiB, or what the clone's source has.
    #[tf(computed, url)]
    pub size: Option<Size>,

    /// The volume on the storage.
    #[tf(volatile(datastore_id))]
    pub path_in_datastore: Computed<String>,

    /// Whether access control lists work; omit it for the file system's default.
    pub acl: Option<bool>,

    /// Options of the mount.
    #[tf(api = "mountoptions", check = some)]
    pub mount_options: Option<BTreeSet<MountOption>>,

    /// Whether quotas of users work.
    pub quota: Option<bool>,

    /// Whether replications have the disk.
    pub replicate: Option<bool>,
}

/// The option that is the root disk.
pub const OPTION: &str = "rootfs";

/// GiB of a new disk without a size, as Proxmox VE makes it.
const USUAL: &str = "4";

/// Refuses a set without elements.
pub fn some(options: &BTreeSet<MountOption>) -> Result<(), String> {
    if options.is_empty() { Err("has no elements; omit it for none".to_owned()) } else { Ok(()) }
}

/// Refuses to make the disk smaller.
pub fn only_grows(prior: &Option<Disk>, planned: &Option<Disk>) -> Result<(), String> {
    let size = |disk: &Option<Disk>| disk.as_ref().and_then(|disk| disk.size.clone());
    size::only_grows(OPTION, size(prior).as_ref(), size(planned).as_ref())
}

/// What an answer's text says.
pub fn read(text: &str) -> Object {
    volume::read(text, Disk::FIELDS)
}

/// The text of the disk: as it is, with what is wanted, or of one that is to be made.
pub fn text(current: Option<&str>, disk: &Disk) -> String {
    let wanted = || properties::of(Disk::FIELDS, &disk.clone().into_value());
    let changed = current.and_then(|current| volume::changed(current, Disk::FIELDS, wanted()));
    changed.unwrap_or_else(|| {
        let size = disk.size.as_ref().map_or_else(|| USUAL.to_owned(), Size::gibibytes);
        volume::new(&disk.datastore_id, &size, wanted())
    })
}
