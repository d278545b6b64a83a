//! Starting, stopping and destroying guests.

use std::time::{Duration, Instant};

use crate::proxmox::access::ROOT;
use crate::proxmox::create::forget;
use crate::proxmox::guest::{Guest, Kind};
use crate::proxmox::guests::{check_lock, check_skiplock};
use crate::proxmox::ha;
use crate::proxmox::parts;
use crate::proxmox::reply::{Outcome, Refusal};
use crate::proxmox::tasks::{Mode, Order, Work};
use crate::proxmox::volumes;
use crate::proxmox::world::{Asked, World};

fn in_a_task(world: &mut World, task: (&'static str, &'static str), kind: Kind, asked: &Asked, work: Work) -> Outcome {
    check_skiplock(asked)?;
    world.guest(kind, asked)?;
    let task = if kind == Kind::Qemu { task.0 } else { task.1 };
    world.order(task, asked, &[(asked.vmid(), Mode::Exclusive)], work)
}

/// Starts a guest.
pub fn start(world: &mut World, kind: Kind, asked: &Asked) -> Outcome {
    let (vmid, now) = (asked.vmid(), asked.now);
    if kind == Kind::Lxc && world.guest(kind, asked)?.running.is_some() {
        return Err(Refusal::failed(format!("CT {vmid} already running")));
    }
    check_skiplock(asked)?;
    world.guest(kind, asked)?;
    if let Some(handed_on) = ha::ask(world, asked, ha::Request::Start) {
        return handed_on;
    }
    in_a_task(world, ("qmstart", "vzstart"), kind, asked, Box::new(move |world| run(world, vmid, now)))
}

fn run(world: &mut World, vmid: u32, now: Instant) -> Result<Vec<String>, String> {
    let pid = 26_000 + world.next();
    let mut guest = find(world, vmid)?.clone();
    check_lock(&guest)?;
    if guest.running.is_some() {
        return match guest.kind {
            Kind::Qemu => Err(format!("VM {vmid} already running")),
            Kind::Lxc => Err(format!("CT {vmid} already running")),
        };
    }
    if guest.is_template() {
        return Err(format!("you can't start a {} if it's a template", guest.kind.word().replace("qemu", "vm")));
    }
    guest.apply_pending();
    let networks =
        guest.config.iter().filter(|(name, _)| name.strip_prefix("net").is_some_and(|n| n.parse::<u32>().is_ok()));
    for (_, value) in networks {
        let name = if guest.kind == Kind::Qemu { "net" } else { "lxc-net" };
        if let Some(bridge) = parts::known(name, value).get("bridge").filter(|bridge| !world.has_bridge(bridge)) {
            return Err(format!("bridge '{bridge}' does not exist"));
        }
    }
    guest.running = Some((now, pid));
    world.guests.insert(vmid, guest);
    Ok(Vec::new())
}

fn find(world: &mut World, vmid: u32) -> Result<&mut Guest, String> {
    world.guests.get_mut(&vmid).ok_or_else(|| format!("no such VM ('{vmid}')"))
}

/// Stops a guest as if the power were cut.
pub fn stop(world: &mut World, kind: Kind, asked: &Asked) -> Outcome {
    let vmid = asked.vmid();
    let not_running = world.guest(kind, asked)?.running.is_none();
    if kind == Kind::Lxc && not_running {
        return Err(Refusal::failed(format!("CT {vmid} not running")));
    }
    if let Some(handed_on) = ha::ask(world, asked, ha::Request::Stop) {
        return handed_on;
    }
    in_a_task(
        world,
        ("qmstop", "vzstop"),
        kind,
        asked,
        Box::new(move |world| {
            let guest = find(world, vmid)?;
            check_lock(guest)?;
            guest.running = None;
            Ok(Vec::new())
        }),
    )
}

/// Asks a guest to shut down; one that does not is stopped, or the task fails.
pub fn shut_down(world: &mut World, kind: Kind, asked: &Asked) -> Outcome {
    let (vmid, force) = (asked.vmid(), asked.flag("forceStop"));
    if world.guest(kind, asked)?.running.is_none() {
        return Err(Refusal::failed(format!("{} {vmid} not running", kind.title())));
    }
    if let Some(handed_on) = ha::ask(world, asked, ha::Request::Stop) {
        return handed_on;
    }
    in_a_task(
        world,
        ("qmshutdown", "vzshutdown"),
        kind,
        asked,
        Box::new(move |world| {
            let guest = find(world, vmid)?;
            check_lock(guest)?;
            if !guest.obeys && !force {
                return Err(match guest.kind {
                    Kind::Qemu => "VM quit/powerdown failed - got timeout".to_owned(),
                    Kind::Lxc => format!("command 'lxc-stop -n {vmid} --timeout 60' failed: exit code 1"),
                });
            }
            guest.running = None;
            Ok(Vec::new())
        }),
    )
}

/// Shuts a guest down and starts it again, with what waited for that. A virtual machine is started by a task of its own,
/// after its end was noticed (`qmeventd`; unrecorded).
pub fn reboot(world: &mut World, kind: Kind, asked: &Asked) -> Outcome {
    let (vmid, now) = (asked.vmid(), asked.now);
    if world.guest(kind, asked)?.running.is_none() {
        return Err(Refusal::failed(format!("{} {vmid} not running", kind.title())));
    }
    in_a_task(
        world,
        ("qmreboot", "vzreboot"),
        kind,
        asked,
        Box::new(move |world| {
            let guest = find(world, vmid)?;
            check_lock(guest)?;
            // A container is killed when its time is over (`PVE::LXC::vm_reboot`), a virtual machine is not.
            if !guest.obeys && guest.kind == Kind::Qemu {
                return Err("VM quit/powerdown failed - got timeout".to_owned());
            }
            guest.running = None;
            match guest.kind {
                Kind::Qemu => start_after_end(world, vmid),
                Kind::Lxc => return run(world, vmid, now),
            }
            Ok(Vec::new())
        }),
    )
}

fn start_after_end(world: &mut World, vmid: u32) {
    let Some(node) = world.guests.get(&vmid).map(|guest| guest.node.clone()) else { return };
    let (now, serial) = (Instant::now(), world.next());
    let order = Order {
        node,
        kind: "qmstart",
        id: vmid.to_string(),
        user: ROOT.to_owned(),
        locks: vec![(vmid, Mode::Exclusive)],
        work: Box::new(move |world| run(world, vmid, now)),
    };
    world.tasks.order(order, serial, now, WAIT);
}

/// How long a destroy waits for the lock of the file.
const WAIT: Duration = Duration::from_secs(10);

/// Destroys a guest with its disks.
pub fn destroy(world: &mut World, kind: Kind, asked: &Asked) -> Outcome {
    check_skiplock(asked)?;
    let vmid = asked.vmid();
    let guest = world.guest(kind, asked)?;
    if guest.flag("protection") {
        return Err(Refusal::failed(format!("can't remove {} {vmid} - protection mode enabled", kind.title())));
    }
    let force = kind == Kind::Lxc && asked.flag("force");
    if guest.running.is_some() && !force {
        return Err(Refusal::failed(match kind {
            Kind::Qemu => format!("VM {vmid} is running - destroy failed"),
            Kind::Lxc => format!("unable to destroy CT {vmid} - container is running"),
        }));
    }
    world.lock_file(kind, vmid, Mode::Exclusive, WAIT, asked.now)?;
    let (purge, sweep) = (asked.flag("purge"), asked.flag("destroy-unreferenced-disks"));
    if guest.ha.is_some() && !purge {
        let reason =
            format!("unable to remove {} {vmid} - used in HA resources and purge parameter not set.", kind.title());
        return Err(Refusal::failed(reason));
    }
    let skips = asked.flag("skiplock");
    in_a_task(
        world,
        ("qmdestroy", "vzdestroy"),
        kind,
        asked,
        Box::new(move |world| {
            let guest = find(world, vmid)?;
            if !skips {
                check_lock(guest)?;
            }
            let (node, owned) = (guest.node.clone(), guest.volumes());
            for (_, volid) in &owned {
                check_base(world, volid)?;
            }
            for (_, volid) in owned {
                if volumes::find(world, &node, &volid).is_ok_and(|volume| volume.vmid == Some(vmid)) {
                    volumes::remove(world, &node, &volid);
                }
            }
            if sweep {
                volumes::sweep(world, &node, vmid);
            }
            forget(world, vmid);
            if purge {
                world.access.rights.retain(|right| right.path != format!("/vms/{vmid}"));
            }
            Ok(Vec::new())
        }),
    )
}

/// Refuses to remove what linked clones are made of.
fn check_base(world: &World, volid: &str) -> Result<(), String> {
    let storage = world.storages.get(volumes::storage_of(volid));
    let mut all = storage.into_iter().flat_map(|storage| storage.volumes.iter());
    match all.find(|(_, volume)| volume.parent.as_deref() == Some(volid)) {
        Some(((clone, _), _)) => Err(format!("base volume '{volid}' is still in use by linked clones: {clone}")),
        None => Ok(()),
    }
}
