//! Slots of drives: one that two devices ask for would be taken from one of them.

use tfplugin::prelude::*;

use super::machine::Vm;

/// Refuses a slot that stands twice. A CD drive that the machine has already gives way to the first settings.
pub fn refuse_doubles(prior: Option<&Vm>, vm: &Vm) -> Result<()> {
    let disks = || vm.disk.iter().flatten().map(|(slot, _)| slot);
    let cds = || vm.cdrom.iter().flatten().map(|(slot, _)| slot);
    let had = |slot: &&String| prior.and_then(|prior| prior.cdrom.as_ref()).is_some_and(|cds| cds.contains_key(*slot));
    let new_cds = || cds().filter(|slot| !had(slot));
    let twice = |attribute: &str, slot: &str| {
        Err(Error::new(format!("`{slot}` is to have two devices")).hint("Take another slot.").at_attribute(attribute))
    };
    if let Some(slot) = cds().find(|slot| disks().any(|other| other == *slot)) {
        return twice("cdrom", slot);
    }
    match vm.initialization.as_ref().map(|settings| &settings.interface) {
        Some(slot) if disks().chain(new_cds()).any(|other| other == slot) => twice("initialization", slot),
        _ => Ok(()),
    }
}
