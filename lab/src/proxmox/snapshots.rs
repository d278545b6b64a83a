//! Snapshots.

use serde_json::{Value, json};

use crate::proxmox::guest::{Kind, Snapshot};
use crate::proxmox::guests::check_lock;
use crate::proxmox::reply::{Outcome, Reply};
use crate::proxmox::tasks::Mode;
use crate::proxmox::volumes;
use crate::proxmox::world::{Asked, World, unix_time};

/// The snapshots of a guest, and the present, which stands last.
pub fn list(world: &World, kind: Kind, asked: &Asked) -> Outcome {
    let guest = world.guest(kind, asked)?;
    let mut rows = Vec::new();
    let mut parent: Option<&str> = None;
    for snapshot in &guest.snapshots {
        let mut row = json!({ "name": snapshot.name, "description": snapshot.description, "snaptime": snapshot.time });
        if kind == Kind::Qemu {
            row["vmstate"] = json!(u8::from(snapshot.with_memory));
        }
        rows.push(with_parent(row, parent));
        parent = Some(&snapshot.name);
    }
    let present = json!({
        "name": "current", "description": "You are here!", "digest": guest.digest(),
        "running": u8::from(guest.running.is_some()),
    });
    rows.push(with_parent(present, parent));
    Ok(Reply::Data(rows.into()))
}

fn with_parent(mut row: Value, parent: Option<&str>) -> Value {
    if let Some(parent) = parent {
        row["parent"] = json!(parent);
    }
    row
}

/// Makes a snapshot in a task. A raw file on a storage of files cannot have one, which only the task finds out.
pub fn create(world: &mut World, kind: Kind, asked: &Asked) -> Outcome {
    let vmid = world.guest(kind, asked)?.vmid;
    let (name, with_memory) = (asked.text("snapname").to_owned(), asked.flag("vmstate"));
    let description = asked.text("description").to_owned();
    let task = if kind == Kind::Qemu { "qmsnapshot" } else { "vzsnapshot" };
    world.order(
        task,
        asked,
        &[(vmid, Mode::Exclusive)],
        Box::new(move |world| {
            let guest = world.guests.get(&vmid).ok_or("the guest is gone")?.clone();
            check_lock(&guest)?;
            if guest.snapshots.iter().any(|snapshot| snapshot.name == name) {
                return Err(format!("snapshot name '{name}' already used"));
            }
            for (_, volid) in guest.volumes().into_iter().filter(|(_, volid)| !volid.contains("-cloudinit")) {
                let files = world.storages.get(volumes::storage_of(&volid)).is_some_and(|storage| storage.kind.files);
                let raw = volumes::find(world, &guest.node, &volid).is_ok_and(|volume| volume.format == "raw");
                if files && raw {
                    return Err("snapshot feature is not available".to_owned());
                }
            }
            let snapshot = Snapshot { name, description, time: unix_time(), with_memory, config: guest.config };
            let guest = world.guests.get_mut(&vmid).ok_or("the guest is gone")?;
            guest.snapshots.push(snapshot);
            Ok(Vec::new())
        }),
    )
}

/// Deletes a snapshot in a task.
pub fn delete(world: &mut World, kind: Kind, asked: &Asked) -> Outcome {
    let vmid = world.guest(kind, asked)?.vmid;
    let name = asked.text("snapname").to_owned();
    let task = if kind == Kind::Qemu { "qmdelsnapshot" } else { "vzdelsnapshot" };
    world.order(
        task,
        asked,
        &[(vmid, Mode::Exclusive)],
        Box::new(move |world| {
            let guest = world.guests.get_mut(&vmid).ok_or("the guest is gone")?;
            check_lock(guest)?;
            let before = guest.snapshots.len();
            guest.snapshots.retain(|snapshot| snapshot.name != name);
            match guest.snapshots.len() == before {
                true => Err(format!("snapshot '{name}' does not exist")),
                false => Ok(Vec::new()),
            }
        }),
    )
}
