//! Slots of drives: one that two devices ask for would be taken from one of them.

use tfplugin::prelude::*;

use super::cloud_init::Initialization;
use super::machine::Vm;

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

/// Refuses a slot that stands twice where the disks are not the configuration's, but those of a clone's source.
pub fn refuse_doubles(vm: &Vm) -> Result<()> {
    let (none, settings) = (BTreeMap::new(), vm.initialization.as_ref());
    let disks = vm.disk.as_ref().unwrap_or(&none);
    let refused =
        |attribute: &'static str| move |reason| Error::new(format!("`{attribute}` {reason}")).at_attribute(attribute);
    vm.cdrom.as_ref().map_or(Ok(()), |drives| apart(drives, disks)).map_err(refused("cdrom"))?;
    settings.map_or(Ok(()), |settings| leaves_free(settings, disks)).map_err(refused("initialization"))
}
