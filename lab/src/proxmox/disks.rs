//! Disks that grow, which was recorded, and that leave and move between storages, which is unrecorded.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::proxmox::drives::Place;
use crate::proxmox::formats::elements;
use crate::proxmox::guest::{Guest, Kind, is_cdrom, slot, volume};
use crate::proxmox::guests::{check_digest, check_lock, check_skiplock};
use crate::proxmox::parts;
use crate::proxmox::reply::{Outcome, Refusal, Reply};
use crate::proxmox::storage;
use crate::proxmox::tasks::Mode;
use crate::proxmox::update::remove_option;
use crate::proxmox::volumes::{self, Volume};
use crate::proxmox::world::{Asked, World};

/// How long these wait for the lock of the file.
const WAIT: Duration = Duration::from_secs(10);

fn checked<'a>(world: &'a World, kind: Kind, asked: &Asked) -> Result<&'a Guest, Refusal> {
    check_skiplock(asked)?;
    let guest = world.guest(kind, asked)?;
    world.lock_file(kind, guest.vmid, Mode::Exclusive, WAIT, asked.now)?;
    check_digest(guest, asked.get("digest"))?;
    check_lock(guest).map_err(Refusal::failed)?;
    Ok(guest)
}

/// The volume in a slot.
fn disk(guest: &Guest, name: &str) -> Result<(String, String), Refusal> {
    let missing = || Refusal::failed(format!("disk '{name}' does not exist"));
    let value = guest.option(name).ok_or_else(missing)?;
    let volid = volume(value).filter(|_| !is_cdrom(value));
    let volid = volid.ok_or_else(|| Refusal::failed(format!("you can't resize a cdrom ({name})")))?;
    Ok((value.to_owned(), volid.to_owned()))
}

/// Lets a disk grow in a task.
pub fn resize(world: &mut World, kind: Kind, asked: &Asked) -> Outcome {
    let guest = checked(world, kind, asked)?;
    let place = Place::of(guest);
    let name = asked.text("disk").to_owned();
    let (value, volid) = disk(guest, &name)?;
    let now = volumes::find(world, &place.node, &volid).map_err(Refusal::failed)?.size;
    let wanted = asked.text("size");
    let bytes = volumes::bytes(wanted.trim_start_matches('+')).unwrap_or_default();
    let size = if wanted.starts_with('+') { now + bytes } else { bytes };
    if size < now {
        return Err(Refusal::failed(match kind {
            Kind::Qemu => "shrinking disks is not supported",
            Kind::Lxc => "unable to shrink disk size",
        }));
    }
    if kind == Kind::Lxc && size == now {
        return Ok(Reply::done());
    }
    let kind_of_slot = slot(kind, &name).unwrap_or("scsi");
    let mut parts = parts::known(kind_of_slot, &value);
    parts.insert("size".to_owned(), volumes::size(size));
    let printed = parts::print(kind_of_slot, &parts);
    let vmid = place.vmid;
    world.order(
        "resize",
        asked,
        &[(vmid, Mode::Exclusive)],
        Box::new(move |world| {
            volumes::resize(world, &place.node, &volid, size);
            let guest = world.guests.get_mut(&vmid).ok_or("the guest is gone")?;
            guest.config.insert(name, printed);
            Ok(Vec::new())
        }),
    )
}

/// Takes disks of a virtual machine away, or destroys them.
pub fn unlink(world: &mut World, asked: &Asked) -> Outcome {
    let place = Place::of(checked(world, Kind::Qemu, asked)?);
    for name in elements(asked.text("idlist")) {
        if slot(Kind::Qemu, name).is_none() {
            return Err(Refusal::of_parameter("idlist", &format!("'{name}' is no disk")));
        }
        remove_option(world, &place, name, asked.flag("force"));
    }
    Ok(Reply::done())
}

/// The format that a volume's name ends with.
fn suffix(volid: &str) -> Option<&str> {
    volid.rsplit_once('.').map(|(_, end)| end).filter(|end| ["raw", "qcow2", "vmdk"].contains(end))
}

/// Moves a disk to another storage or into another format, or to another slot of the same guest, in a task.
pub fn relocate(world: &mut World, kind: Kind, asked: &Asked) -> Outcome {
    let guest = checked(world, kind, asked)?;
    let (task, slot_name, first) = match kind {
        Kind::Qemu => ("qmmove", asked.text("disk"), "file"),
        Kind::Lxc => ("move_volume", asked.text("volume"), "volume"),
    };
    if kind == Kind::Lxc && guest.running.is_some() {
        return Err(Refusal::failed("cannot move volumes of a running container"));
    }
    if slot_name.starts_with("tpmstate") && guest.running.is_some() {
        return Err(Refusal::failed("cannot move TPM state while VM is running"));
    }
    let place = Place::of(guest);
    let (value, volid) = disk(guest, slot_name)?;
    let Some(target) = asked.get("storage").map(str::to_owned) else {
        return Err(Refusal::failed("the lab moves disks between storages alone"));
    };
    storage::on(world, &target, &place.node)?;
    let (had, wanted) = (suffix(&volid), asked.get("format"));
    if target == volumes::storage_of(&volid) && (wanted.is_none() || had.is_none() || had == wanted) {
        return Err(Refusal::failed("you can't move to the same storage with same format"));
    }
    let kind_of_slot = slot(kind, slot_name).unwrap_or("scsi");
    let (name, format, delete) = (slot_name.to_owned(), asked.get("format").map(str::to_owned), asked.flag("delete"));
    world.order(
        task,
        asked,
        &[(place.vmid, Mode::Exclusive)],
        Box::new(move |world| {
            let size = volumes::find(world, &place.node, &volid)?.size;
            let format = volumes::format_or_usual(world, &target, format.as_deref().or(suffix(&volid)))?;
            let (vmid, copy) = (place.vmid, Volume::of_guest(place.vmid, size, &format));
            let made =
                volumes::allocate(world, &place.node, &target, copy, &|number| format!("vm-{vmid}-disk-{number}"))?;
            let mut parts = parts::known(kind_of_slot, &value);
            parts.insert(first.to_owned(), made);
            if delete {
                volumes::remove(world, &place.node, &volid);
            }
            let guest = world.guests.get_mut(&vmid).ok_or("the guest is gone")?;
            guest.config.insert(name, parts::print(kind_of_slot, &parts));
            let free = (0..256).map(|number| format!("unused{number}")).find(|slot| guest.option(slot).is_none());
            if let (false, Some(free)) = (delete, free) {
                guest.config.insert(free, volid);
            }
            Ok(Vec::new())
        }),
    )
}

/// Refuses mount points of a container that stand at the same path.
///
/// # Errors
///
/// Two have the same path.
pub fn check_mounts(options: &BTreeMap<String, String>) -> Result<(), Refusal> {
    let mounts = options.iter().filter(|(name, _)| slot(Kind::Lxc, name) == Some("mp"));
    let mut paths = BTreeMap::new();
    for (name, value) in mounts {
        let path = parts::known("mp", value).get("mp").cloned().unwrap_or_default();
        if let Some(other) = paths.insert(path.clone(), name) {
            return Err(Refusal::failed(format!("mount point '{path}' of {name} is that of {other}")));
        }
    }
    Ok(())
}
