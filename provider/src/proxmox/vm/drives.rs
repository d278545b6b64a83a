//! Slots of drives: one that two devices ask for would be taken from one of them.

use tfplugin::prelude::*;

use super::cloud_init::Initialization;
use super::disk::Disk;
use super::machine::Vm;
use super::options;
use crate::proxmox::options::{Options, placed};

/// Refuses slots of other drives.
pub fn apart<T, U>(drives: &BTreeMap<String, T>, others: &BTreeMap<String, U>) -> Result<(), String> {
    drives.keys().try_for_each(|slot| free(slot, others))
}

/// Refuses first settings in the slot of a drive.
pub fn leaves_free<T>(settings: &Initialization, drives: &BTreeMap<String, T>) -> Result<(), String> {
    free(&settings.interface, drives)
}

fn free<T>(slot: &str, drives: &BTreeMap<String, T>) -> Result<(), String> {
    match drives.contains_key(slot) {
        true => Err(format!("asks for the slot `{slot}`, which is to have another device: take another one")),
        false => Ok(()),
    }
}

/// Refuses a disk of which nobody says how large it is to be: one that is not `there` yet and is not made of another volume.
pub fn refuse_unsized(vm: &Vm, there: &Options) -> Result<()> {
    let is_unsized =
        |slot: &str, disk: &Disk| disk.size.is_none() && disk.import_from.is_none() && !there.contains_key(slot);
    match vm.disk.iter().flatten().find(|(slot, disk)| is_unsized(slot, disk)) {
        Some((slot, _)) => {
            let error = Error::new(format!("`{slot}` is a new disk without a size"))
                .hint("Set its `size`, or `import_from` for a volume that it is made of.");
            Err(placed(options::place_of, slot, error))
        }
        None => Ok(()),
    }
}

/// Refuses a slot that stands twice where the disks are not the configuration's, but those of a clone's source.
pub fn refuse_doubles(vm: &Vm) -> Result<()> {
    let (none, settings) = (BTreeMap::new(), vm.initialization.as_ref());
    let disks = vm.disk.as_ref().unwrap_or(&none);
    let refused =
        |attribute: &'static str| move |reason| Error::new(format!("`{attribute}` {reason}")).at_attribute(attribute);
    vm.cdrom.as_ref().map_or(Ok(()), |drives| apart(drives, disks)).map_err(refused("cdrom"))?;
    settings.map_or(Ok(()), |settings| leaves_free(settings, disks)).map_err(refused("initialization"))
}
