//! How guests are made.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::proxmox::drives::{Place, boot_order};
use crate::proxmox::guest::{Guest, Kind, slot};
use crate::proxmox::reply::{Outcome, Refusal};
use crate::proxmox::tasks::Mode;
use crate::proxmox::update;
use crate::proxmox::world::{Asked, World, unix_time};
use crate::proxmox::{disks, power, volumes};

/// What a create is told and a configuration does not have.
const NO_OPTIONS: &[&str] = &[
    "archive",
    "bwlimit",
    "force",
    "ignore-unpack-errors",
    "import-working-storage",
    "live-restore",
    "node",
    "ostemplate",
    "password",
    "pool",
    "restore",
    "ssh-public-keys",
    "start",
    "storage",
    "unique",
    "vmid",
];

/// How long a create waits for the lock of its file (`PVE::AbstractConfig::create_and_lock_config`).
const WAIT: Duration = Duration::from_secs(5);

/// Makes a guest in a task.
pub fn create(world: &mut World, kind: Kind, asked: &Asked) -> Outcome {
    let (vmid, title) = (asked.vmid(), kind.title());
    let failed = format!("unable to create {title} {vmid} - ");
    check_allowed(world, asked, vmid)?;
    world.lock_file(kind, vmid, Mode::Exclusive, WAIT, asked.now).map_err(|refusal| refusal.within(&failed))?;
    check_unused(world, vmid).map_err(|reason| Refusal::failed(format!("{failed}{reason}")))?;
    if asked.get("archive").is_some() || asked.flag("restore") {
        return Err(Refusal::failed("the lab has no backups to restore"));
    }
    let options = of_call(kind, asked);
    update::check_rights(kind, None, &options, asked)?;
    let place = Place { vmid, kind, node: asked.node().to_owned() };
    let options = match kind {
        Kind::Qemu => options,
        Kind::Lxc => with_system(world, asked, options)?,
    };
    place.check(world, &options).map_err(Refusal::failed)?;
    let mut guest = Guest::new(kind, vmid, asked.node());
    guest.config.insert("lock".to_owned(), "create".to_owned());
    world.guests.insert(vmid, guest);
    if let Some(pool) = asked.get("pool").and_then(|pool| world.access.pools.get_mut(pool)) {
        pool.guests.push(vmid);
    }
    let starts = asked.flag("start").then(|| asked.clone());
    let task = if kind == Kind::Qemu { "qmcreate" } else { "vzcreate" };
    world.order(
        task,
        asked,
        &[(vmid, Mode::Exclusive)],
        Box::new(move |world| {
            let made = place.make(world, &options).map_err(|error| {
                forget(world, vmid);
                format!("unable to create {title} {vmid} - {error}")
            })?;
            let identity = identity(world, kind, &made);
            let guest = world.guests.get_mut(&vmid).ok_or_else(|| format!("{title} {vmid} is gone"))?;
            guest.config = made;
            guest.config.extend(identity);
            if let Some(asked) = starts {
                power::start(world, kind, &asked).map_err(|refusal| refusal.reason)?;
            }
            Ok(Vec::new())
        }),
    )
}

/// Refuses who may make neither this guest nor guests in the pool that it is to be in.
///
/// # Errors
///
/// `VM.Allocate` is missing, or the pool is not there.
pub fn check_allowed(world: &World, asked: &Asked, vmid: u32) -> Result<(), Refusal> {
    let may = |place: String| world.access.has(&asked.who, &place, "VM.Allocate");
    let pool = asked.get("pool");
    if let Some(pool) = pool.filter(|pool| !world.access.pools.contains_key(*pool)) {
        return Err(Refusal::forbidden(&format!("pool '{pool}' does not exist")));
    }
    match may(format!("/vms/{vmid}")) || pool.is_some_and(|pool| may(format!("/pool/{pool}"))) {
        true => Ok(()),
        false => Err(Refusal::new(403, "Permission check failed")),
    }
}

/// Refuses a number that a guest has.
///
/// # Errors
///
/// It is taken.
pub fn check_unused(world: &World, vmid: u32) -> Result<(), String> {
    match world.guests.get(&vmid) {
        Some(guest) => Err(format!("{} {vmid} already exists on node '{}'", guest.kind.title(), guest.node)),
        None => Ok(()),
    }
}

/// Removes a guest from everything that knows it.
pub fn forget(world: &mut World, vmid: u32) {
    world.guests.remove(&vmid);
    world.access.pools.values_mut().for_each(|pool| pool.guests.retain(|member| *member != vmid));
}

fn of_call(kind: Kind, asked: &Asked) -> BTreeMap<String, String> {
    let options = asked.params.iter().filter(|(name, _)| !NO_OPTIONS.contains(&name.as_str()));
    let options = options.map(|(name, value)| match (kind, name.as_str()) {
        // Another name of the third IDE drive, which is a CD drive then.
        (Kind::Qemu, "cdrom") => ("ide2".to_owned(), format!("{value},media=cdrom")),
        _ => (name.clone(), value.clone()),
    });
    options.collect()
}

/// What a virtual machine gets where nothing is said, and what makes it unlike any other.
fn identity(world: &mut World, kind: Kind, config: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut identity = BTreeMap::new();
    let mut add = |name: &str, value: String| {
        if !config.contains_key(name) {
            identity.insert(name.to_owned(), value);
        }
    };
    if kind == Kind::Lxc {
        add("arch", "amd64".to_owned());
        add("memory", "512".to_owned());
        add("swap", "512".to_owned());
        return identity;
    }
    let boot = boot_order(config);
    if boot != "order=" {
        add("boot", boot);
    }
    add("smbios1", format!("uuid={}", world.uuid()));
    add("vmgenid", world.uuid());
    add("meta", format!("creation-qemu=9.2.0,ctime={}", unix_time()));
    identity
}

/// Refuses what is no public key of OpenSSH (`PVE::Tools::validate_ssh_public_keys`; unrecorded).
fn check_key(key: &str) -> Result<(), Refusal> {
    let mut words = key.split_whitespace();
    let known =
        words.next().is_none_or(|kind| kind.starts_with('#') || kind.starts_with("ssh-") || kind.contains("ecdsa"));
    match known && (key.trim().is_empty() || key.starts_with('#') || words.next().is_some()) {
        true => Ok(()),
        false => Err(Refusal::failed("SSH public key validation error")),
    }
}

/// A container has a root disk, filled from its template, and the type of system that the template's name begins with.
fn with_system(
    world: &World,
    asked: &Asked,
    mut options: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Refusal> {
    let template = asked.text("ostemplate");
    volumes::find(world, asked.node(), template).map_err(Refusal::failed)?;
    asked.text("ssh-public-keys").lines().try_for_each(check_key)?;
    if !options.contains_key("rootfs") && options.keys().any(|name| slot(Kind::Lxc, name) == Some("mp")) {
        return Err(Refusal::failed("mount points configured, but 'rootfs' not set - aborting"));
    }
    let storage = asked.get("storage").unwrap_or("local");
    options.entry("rootfs".to_owned()).or_insert_with(|| format!("{storage}:4"));
    let file = template.rsplit('/').next().unwrap_or_default();
    let system = file.split('-').next().unwrap_or_default().to_owned();
    options.entry("ostype".to_owned()).or_insert(system);
    options.entry("hostname".to_owned()).or_insert_with(|| format!("CT{}", asked.vmid()));
    if options.get("unprivileged").is_some_and(|value| value == "0") {
        options.remove("unprivileged");
    }
    disks::check_mounts(&options)?;
    Ok(options)
}
