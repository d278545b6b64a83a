//! Slots of drives: one that two devices ask for would be taken from one of them.

use tfplugin::prelude::*;

use super::machine::Vm;

/// Refuses a slot that stands twice.
pub fn refuse_doubles(vm: &Vm) -> Result<()> {
    let disks = || vm.disk.iter().flatten().map(|(slot, _)| slot);
    let cds = || vm.cdrom.iter().flatten().map(|(slot, _)| slot);
    let twice = |attribute: &str, slot: &str| {
        Err(Error::new(format!("`{slot}` is to have two devices")).hint("Take another slot.").at_attribute(attribute))
    };
    if let Some(slot) = cds().find(|slot| disks().any(|other| other == *slot)) {
        return twice("cdrom", slot);
    }
    match vm.initialization.as_ref().map(|settings| &settings.interface) {
        Some(slot) if disks().chain(cds()).any(|other| other == slot) => twice("initialization", slot),
        _ => Ok(()),
    }
}
