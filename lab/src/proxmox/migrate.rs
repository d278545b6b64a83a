//! Guests that move to another node; unrecorded.

use std::time::Duration;

use serde_json::{Value, json};

use crate::proxmox::guest::{Guest, Kind, is_cdrom};
use crate::proxmox::guests::check_lock;
use crate::proxmox::ha;
use crate::proxmox::reply::{Outcome, Refusal, Reply};
use crate::proxmox::storage::Storage;
use crate::proxmox::tasks::Mode;
use crate::proxmox::volumes;
use crate::proxmox::world::{Asked, World};

/// How long a migration waits for the lock of the file.
const WAIT: Duration = Duration::from_secs(10);

/// Volumes of a guest that only its node sees, with their sizes.
fn local_disks(world: &World, guest: &Guest) -> Vec<(String, u64)> {
    let local = |volid: &str| !world.storages.get(volumes::storage_of(volid)).is_some_and(Storage::is_shared);
    let is_medium =
        |slot: &str, volid: &str| is_cdrom(guest.option(slot).unwrap_or_default()) && !volid.contains("-cloudinit");
    let disks = guest.volumes().into_iter().filter(|(slot, volid)| local(volid) && !is_medium(slot, volid));
    disks
        .map(|(_, volid)| {
            let size = volumes::find(world, &guest.node, &volid).map_or(0, |volume| volume.size);
            (volid, size)
        })
        .collect()
}

/// An image in a CD drive that only the guest's node sees, and that does not move with it.
fn local_medium(world: &World, guest: &Guest) -> Option<String> {
    let local = |volid: &str| !world.storages.get(volumes::storage_of(volid)).is_some_and(Storage::is_shared);
    let media = guest.volumes().into_iter().filter(|(slot, _)| is_cdrom(guest.option(slot).unwrap_or_default()));
    media.map(|(_, volid)| volid).find(|volid| local(volid) && !volid.contains("-cloudinit"))
}

/// What speaks for and against a migration of a virtual machine.
pub fn conditions(world: &World, asked: &Asked) -> Outcome {
    let guest = world.guest(Kind::Qemu, asked)?;
    let others: Vec<&String> = world.options.nodes.iter().filter(|node| **node != guest.node).collect();
    let disks = local_disks(world, guest);
    let disks = disks.iter().map(|(volid, size)| json!({ "volid": volid, "size": size, "cdrom": 0 }));
    Ok(Reply::Data(json!({
        "running": u8::from(guest.running.is_some()), "allowed_nodes": others, "not_allowed_nodes": {},
        "local_disks": disks.collect::<Vec<Value>>(), "local_resources": [], "mapped-resources": [],
        "mapped-resource-info": {},
    })))
}

/// Moves a guest to another node in a task.
pub fn migrate(world: &mut World, kind: Kind, asked: &Asked) -> Outcome {
    let guest = world.guest(kind, asked)?;
    let (vmid, target) = (guest.vmid, asked.text("target").to_owned());
    if target == guest.node {
        return Err(Refusal::of_parameter("target", "target is local node."));
    }
    if !world.options.nodes.contains(&target) {
        return Err(Refusal::failed(format!("no such cluster node '{target}'")));
    }
    check_lock(guest).map_err(Refusal::failed)?;
    world.lock_file(kind, vmid, Mode::Exclusive, WAIT, asked.now)?;
    let live = asked.flag("online") || asked.flag("restart");
    if guest.running.is_some() && !live {
        let word = if kind == Kind::Qemu { "VM" } else { "container" };
        return Err(Refusal::failed(format!("can't migrate running {word} without --online")));
    }
    if let Some(handed_on) = ha::ask(world, asked, ha::Request::Move(target.clone())) {
        return handed_on;
    }
    let guest = world.guest(kind, asked)?;
    let local = local_disks(world, guest);
    let carried = kind == Kind::Lxc || guest.running.is_none() || asked.flag("with-local-disks");
    if let (false, Some((volid, _))) = (carried, local.first()) {
        return Err(Refusal::failed(format!("can't migrate VM which uses local disks: {volid}")));
    }
    let medium = local_medium(world, guest);
    let task = if kind == Kind::Qemu { "qmigrate" } else { "vzmigrate" };
    world.order(
        task,
        asked,
        &[(vmid, Mode::Exclusive)],
        Box::new(move |world| {
            if let Some(volid) = medium {
                let found = format!("can't migrate local disk '{volid}': local cdrom image");
                return Err(format!("Problem found while scanning volumes - {found}"));
            }
            relocate(world, vmid, &target);
            Ok(vec![format!("migration finished successfully: {vmid} is on {target}")])
        }),
    )
}

/// A guest and what only its node sees are on another node from now on.
pub fn relocate(world: &mut World, vmid: u32, target: &str) {
    let Some(guest) = world.guests.get(&vmid).cloned() else { return };
    let volids: Vec<String> = guest.volumes().into_iter().map(|(_, volid)| volid).collect();
    volumes::carry(world, &guest.node, target, &volids);
    world.guests.insert(vmid, Guest { node: target.to_owned(), ..guest });
}
