//! Slots of drives: one that two devices ask for would be taken from one of them.

use std::collections::BTreeMap;

use super::cdrom::Cdrom;
use super::cloud_init::Initialization;
use super::disk::Disk;

/// Refuses a CD in the slot of a disk.
pub fn beside_disks(cds: &BTreeMap<String, Cdrom>, disks: &BTreeMap<String, Disk>) -> Result<(), String> {
    match cds.keys().find(|slot| disks.contains_key(*slot)) {
        Some(slot) => Err(format!("has the slot `{slot}`, which a disk has")),
        None => Ok(()),
    }
}

/// Refuses first settings in the slot of a disk.
pub fn no_disk_there(settings: &Initialization, disks: &BTreeMap<String, Disk>) -> Result<(), String> {
    free(settings, disks.contains_key(&settings.interface))
}

/// Refuses first settings in the slot of a CD.
pub fn no_cd_there(settings: &Initialization, cds: &BTreeMap<String, Cdrom>) -> Result<(), String> {
    free(settings, cds.contains_key(&settings.interface))
}

fn free(settings: &Initialization, is_taken: bool) -> Result<(), String> {
    match is_taken {
        true => Err(format!("has the slot `{}`, which another drive has: set `interface`", settings.interface)),
        false => Ok(()),
    }
}
