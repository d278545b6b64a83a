//! The paths of virtual machines and containers, which have most of them in common.

use serde_json::{Value, json};

use crate::proxmox::guest::{Guest, Kind};
use crate::proxmox::reply::{Outcome, Refusal, Reply};
use crate::proxmox::world::{Asked, World};
use crate::proxmox::{agent, clone, cluster, create, disks, migrate, power, snapshots, update};

/// Answers what is about guests.
pub fn answer(world: &mut World, asked: &Asked) -> Option<Outcome> {
    let (verb, path) = asked.method;
    let (kind, rest) = match (path.strip_prefix("/nodes/{node}/qemu"), path.strip_prefix("/nodes/{node}/lxc")) {
        (Some(rest), _) => (Kind::Qemu, rest),
        (_, Some(rest)) => (Kind::Lxc, rest),
        _ => return None,
    };
    let rest = rest.strip_prefix("/{vmid}").unwrap_or(rest);
    Some(match (verb, rest) {
        ("GET", "") => Ok(Reply::Data(list(world, kind, asked))),
        ("POST", "") => create::create(world, kind, asked),
        ("DELETE", "") => power::destroy(world, kind, asked),
        ("GET", "/config") => config(world, kind, asked),
        ("PUT", "/config") => update::now(world, kind, asked),
        ("POST", "/config") => update::in_a_task(world, kind, asked),
        ("GET", "/pending") => world.guest(kind, asked).map(|guest| Reply::Data(guest.comparison().into())),
        ("GET", "/status/current") => {
            world.guest(kind, asked).map(|guest| Reply::Data(cluster::current(world, guest, asked.now)))
        }
        ("POST", "/status/start") => power::start(world, kind, asked),
        ("POST", "/status/stop") => power::stop(world, kind, asked),
        ("POST", "/status/shutdown") => power::shut_down(world, kind, asked),
        ("POST", "/status/reboot") => power::reboot(world, kind, asked),
        ("POST", "/clone") => clone::clone(world, kind, asked),
        ("POST", "/template") => clone::to_template(world, kind, asked),
        ("PUT", "/resize") => disks::resize(world, kind, asked),
        ("PUT", "/unlink") => disks::unlink(world, asked),
        ("POST", "/move_disk" | "/move_volume") => disks::relocate(world, kind, asked),
        ("GET", "/migrate") => migrate::conditions(world, asked),
        ("POST", "/migrate") => migrate::migrate(world, kind, asked),
        ("GET", "/snapshot") => snapshots::list(world, kind, asked),
        ("POST", "/snapshot") => snapshots::create(world, kind, asked),
        ("DELETE", "/snapshot/{snapname}") => snapshots::delete(world, kind, asked),
        ("GET", "/cloudinit") => update::cloud_init(world, asked),
        ("PUT", "/cloudinit") => update::regenerate(world, asked),
        ("GET" | "POST", "/agent/ping" | "/agent/network-get-interfaces" | "/agent/info") => {
            agent::answer(world, asked)
        }
        ("GET", "/interfaces") => agent::of_container(world, asked),
        _ => return None,
    })
}

fn list(world: &World, kind: Kind, asked: &Asked) -> Value {
    let here = world.guests.values().filter(|guest| guest.kind == kind && guest.node == asked.node());
    here.map(|guest| cluster::measures(world, guest, asked.now)).collect()
}

fn config(world: &World, kind: Kind, asked: &Asked) -> Outcome {
    let guest = world.guest(kind, asked)?;
    let Some(name) = asked.get("snapshot") else { return Ok(Reply::Data(guest.shown(asked.flag("current")).into())) };
    let snapshot = guest.snapshots.iter().find(|snapshot| snapshot.name == name);
    let missing = || Refusal::failed(format!("snapshot '{name}' does not exist"));
    let mut shown = guest.typed(&snapshot.ok_or_else(missing)?.config);
    shown.insert("digest".to_owned(), json!(guest.digest()));
    Ok(Reply::Data(shown.into()))
}

/// Refuses what the lock in a guest's configuration forbids.
///
/// # Errors
///
/// The guest is locked; the text names by what.
pub fn check_lock(guest: &Guest) -> Result<(), String> {
    match guest.option("lock") {
        Some(lock) => Err(format!("{} is locked ({lock})", guest.kind.title())),
        None => Ok(()),
    }
}

/// Refuses an option that only root may use, and not even a token of his.
///
/// # Errors
///
/// The caller is somebody else.
pub fn check_skiplock(asked: &Asked) -> Result<(), Refusal> {
    match asked.get("skiplock") {
        Some(_) if asked.who != crate::proxmox::access::ROOT => {
            Err(Refusal::of_parameter("skiplock", "Only root may use this option."))
        }
        _ => Ok(()),
    }
}

/// Refuses a call for a configuration that is not the present one.
///
/// # Errors
///
/// The digest is another.
pub fn check_digest(guest: &Guest, digest: Option<&str>) -> Result<(), Refusal> {
    match digest {
        Some(digest) if digest != guest.digest() => Err(Refusal::failed(match guest.kind {
            Kind::Qemu => "checksum mismatch (file change by other user?)",
            // `PVE::Tools::assert_if_modified`; unrecorded.
            Kind::Lxc => "detected modified configuration - file changed by other user? Try again.",
        })),
        _ => Ok(()),
    }
}
