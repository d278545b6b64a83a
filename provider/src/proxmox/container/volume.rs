//! Volumes of a container's root disk and mount points.

use crate::proxmox::client::text_of;
use crate::proxmox::properties;
use crate::proxmox::size::{self, Size};
use tfplugin::prelude::*;
use tfplugin::schema::Field;
use tfplugin::value::{Object, Value};

/// What stands in front of the properties.
const BARE: &str = "volume";

/// An option of a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, OneOf)]
pub enum MountOption {
    /// The storage is told what is free.
    Discard,
    /// Times of files are written late.
    Lazytime,
    /// The time of the last access is not kept.
    Noatime,
    /// Devices have no meaning.
    Nodev,
    /// Nothing in it can be executed.
    Noexec,
    /// Bits for another user's rights have no meaning.
    Nosuid,
}

/// What a text says: its properties, with `datastore_id` and `path_in_datastore` of a volume, or with `volume` as it
/// stands for what is mounted from the node.
pub fn read(text: &str, fields: &[Field]) -> Object {
    let mut read = properties::in_lists(properties::parse(text, BARE), fields);
    size::tell(&mut read);
    if let Some((store, path)) = volume_of(text) {
        read.remove(BARE);
        read.insert("datastore_id".to_owned(), store.into());
        read.insert("path_in_datastore".to_owned(), path.into());
    }
    read
}

/// The storage and the name of the volume in a text, where it is not something of the node.
fn volume_of(text: &str) -> Option<(String, String)> {
    let volume = text_of(properties::parse(text, BARE).get(BARE)?);
    let (store, path) = volume.split_once(':').filter(|_| !volume.starts_with('/'))?;
    Some((store.to_owned(), path.to_owned()))
}

/// The size that a text says.
pub fn size_of(text: &str) -> Option<Size> {
    size::told(&text_of(properties::parse(text, BARE).get("size")?))?.parse().ok()
}

/// The text of a volume that is to be made.
pub fn new(store: &str, size: &str, wanted: Object) -> String {
    with_volume(&format!("{store}:{size}"), wanted)
}

/// The text of what is mounted from the node.
pub fn of_node(path: &str, wanted: Object) -> String {
    with_volume(path, wanted)
}

/// The text with what is wanted of a volume that is there; its name and its size are those of other calls. None when the
/// text has no volume.
pub fn changed(current: &str, fields: &[Field], mut wanted: Object) -> Option<String> {
    volume_of(current)?;
    let current = properties::parse(current, BARE);
    for fixed in [BARE, "size"] {
        wanted.extend(current.get(fixed).map(|value| (fixed.to_owned(), value.clone())));
    }
    Some(properties::join(&properties::merged(current, fields, wanted), BARE))
}

fn with_volume(volume: &str, mut wanted: Object) -> String {
    wanted.insert(BARE.to_owned(), Value::from(volume));
    properties::join(&wanted, BARE)
}
