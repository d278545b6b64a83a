//! Clones and templates.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::proxmox::create::{check_allowed, check_unused, forget};
use crate::proxmox::guest::{Guest, Kind, is_cdrom, slot, volume};
use crate::proxmox::guests::check_lock;
use crate::proxmox::parts;
use crate::proxmox::reply::{Outcome, Refusal, Reply};
use crate::proxmox::storage;
use crate::proxmox::tasks::Mode;
use crate::proxmox::volumes::{self, Volume};
use crate::proxmox::world::{Asked, World};

/// How long a clone waits for the lock of its source.
const WAIT: Duration = Duration::from_secs(1);

/// What a clone is told.
#[derive(Clone, Debug)]
struct Wanted {
    source: u32,
    newid: u32,
    kind: Kind,
    node: String,
    target: String,
    full: bool,
    storage: Option<String>,
    format: Option<String>,
    name: Option<String>,
    description: Option<String>,
}

/// Makes a guest like another one in a task.
pub fn clone(world: &mut World, kind: Kind, asked: &Asked) -> Outcome {
    check_allowed(world, asked, asked.number("newid").unwrap_or_default())?;
    let source = world.guest(kind, asked)?.clone();
    let wanted = wanted(&source, asked);
    let mode = if source.running.is_some() { Mode::Exclusive } else { Mode::Shared };
    world.lock_file(kind, source.vmid, mode, WAIT, asked.now)?;
    check_lock(&source).map_err(Refusal::failed)?;
    check(world, &source, &wanted)?;
    if kind == Kind::Lxc {
        check_container(&source, &wanted)?;
        lock_source(world, source.vmid, true);
    }
    let mut guest = Guest::new(kind, wanted.newid, asked.node());
    guest.config.insert("lock".to_owned(), if kind == Kind::Qemu { "clone" } else { "create" }.to_owned());
    world.guests.insert(wanted.newid, guest);
    if let Some(pool) = asked.get("pool").and_then(|pool| world.access.pools.get_mut(pool)) {
        pool.guests.push(wanted.newid);
    }
    let locks = [(source.vmid, mode), (wanted.newid, Mode::Exclusive)];
    let task = if kind == Kind::Qemu { "qmclone" } else { "vzclone" };
    world.order(
        task,
        asked,
        &locks,
        Box::new(move |world| {
            let newid = wanted.newid;
            if wanted.kind == Kind::Lxc {
                lock_source(world, wanted.source, false);
            }
            copy(world, &wanted).map_err(|error| {
                forget(world, newid);
                format!("clone failed: {error}")
            })
        }),
    )
}

fn wanted(source: &Guest, asked: &Asked) -> Wanted {
    let text = |name: &str| asked.get(name).map(str::to_owned);
    Wanted {
        source: source.vmid,
        newid: asked.number("newid").unwrap_or_default(),
        kind: source.kind,
        node: source.node.clone(),
        target: text("target").unwrap_or_else(|| source.node.clone()),
        full: asked.get("full").map_or(!source.is_template(), |full| full == "1"),
        storage: text("storage"),
        format: text("format"),
        name: text(if source.kind == Kind::Qemu { "name" } else { "hostname" }),
        description: text("description"),
    }
}

fn check(world: &World, source: &Guest, wanted: &Wanted) -> Result<(), Refusal> {
    check_unused(world, wanted.newid).map_err(Refusal::failed)?;
    if !wanted.full && wanted.storage.is_some() {
        return Err(Refusal::of_parameter("storage", "parameter 'storage' not allowed for linked clones"));
    }
    if !wanted.full && wanted.format.is_some() {
        return Err(Refusal::of_parameter("format", "parameter 'format' not allowed for linked clones"));
    }
    if !world.options.nodes.contains(&wanted.target) {
        return Err(Refusal::failed(format!("no such cluster node '{}'", wanted.target)));
    }
    if let Some(name) = &wanted.storage {
        let storage = storage::on(world, name, &wanted.target)?;
        if wanted.target != wanted.node && !storage.is_shared() {
            return Err(Refusal::failed(format!("can't clone to non-shared storage '{name}'")));
        }
    }
    for (slot, volid) in source.volumes() {
        let is_copied = !is_cdrom(source.option(&slot).unwrap_or_default());
        let shared = world.storages.get(volumes::storage_of(&volid)).is_some_and(storage::Storage::is_shared);
        if is_copied && wanted.target != wanted.node && !shared {
            let word = if wanted.kind == Kind::Qemu { "VM" } else { "CT" };
            let reason = format!("can't clone {word} to node '{}' ({word} uses local storage)", wanted.target);
            return Err(Refusal::failed(reason));
        }
        if is_copied && !wanted.full && !source.is_template() {
            return Err(Refusal::failed(format!("Linked clone feature is not supported for drive '{slot}'")));
        }
    }
    Ok(())
}

/// Refuses what `PVE::API2::LXC` refuses alone; unrecorded.
fn check_container(source: &Guest, wanted: &Wanted) -> Result<(), Refusal> {
    if wanted.full && source.running.is_some() {
        return Err(Refusal::failed("Cannot do full clones on a running container without snapshots"));
    }
    let is_mount = |name: &str| ["rootfs", "mp"].contains(&slot(Kind::Lxc, name).unwrap_or_default());
    match source.config.iter().find(|(name, value)| is_mount(name) && volume(value).is_none()) {
        Some((name, _)) => Err(Refusal::failed(format!("unable to clone mountpoint '{name}' (type bind)"))),
        None => Ok(()),
    }
}

/// The source of a container's clone is locked while it is cloned, from other clones too; unrecorded.
fn lock_source(world: &mut World, vmid: u32, locked: bool) {
    let Some(source) = world.guests.get_mut(&vmid) else { return };
    if locked {
        source.config.insert("lock".to_owned(), "disk".to_owned());
    } else {
        source.config.remove("lock");
    }
}

fn copy(world: &mut World, wanted: &Wanted) -> Result<Vec<String>, String> {
    let source = world.guests.get(&wanted.source).ok_or_else(|| format!("no such VM ('{}')", wanted.source))?.clone();
    let mut config = BTreeMap::new();
    let mut log = Vec::new();
    for (name, value) in &source.config {
        let numbered = |word: &str| name.strip_prefix(word).is_some_and(|number| number.parse::<u32>().is_ok());
        let value = match (wanted.kind, name.as_str()) {
            (_, "template" | "lock") => continue,
            _ if name.starts_with("unused") => continue,
            (Kind::Qemu, _) if numbered("net") => with_address(world, "net", "macaddr", value),
            (Kind::Lxc, _) if numbered("net") => with_address(world, "lxc-net", "hwaddr", value),
            (Kind::Qemu, "smbios1") => {
                let mut parts = parts::known("smbios", value);
                parts.insert("uuid".to_owned(), world.uuid());
                parts::print("smbios", &parts)
            }
            (Kind::Qemu, "vmgenid") => world.uuid(),
            _ => match slot(wanted.kind, name) {
                Some(kind) => disk(world, wanted, (name, kind), value, &mut log)?,
                None => value.clone(),
            },
        };
        config.insert(name.clone(), value);
    }
    match wanted.kind {
        Kind::Qemu => {
            let unnamed = || format!("Copy-of-{}-{}", source.kind.title(), source.name());
            config.insert("name".to_owned(), wanted.name.clone().unwrap_or_else(unnamed));
        }
        Kind::Lxc => config.extend(wanted.name.iter().map(|name| ("hostname".to_owned(), name.clone()))),
    }
    if let Some(description) = &wanted.description {
        let end = if wanted.kind == Kind::Lxc { "\n" } else { "" };
        config.insert("description".to_owned(), format!("{description}{end}"));
    }
    let guest = world.guests.get_mut(&wanted.newid).ok_or_else(|| format!("no such VM ('{}')", wanted.newid))?;
    guest.config = config;
    guest.node.clone_from(&wanted.target);
    Ok(log)
}

fn with_address(world: &mut World, kind: &str, name: &str, value: &str) -> String {
    let mut parts = parts::known(kind, value);
    parts.insert(name.to_owned(), world.mac());
    parts::print(kind, &parts)
}

fn disk(
    world: &mut World,
    wanted: &Wanted,
    (name, kind): (&str, &str),
    value: &str,
    log: &mut Vec<String>,
) -> Result<String, String> {
    let Some(volid) = volume(value) else { return Ok(value.to_owned()) };
    let first = if wanted.kind == Kind::Qemu { "file" } else { "volume" };
    let mut parts = parts::known(kind, value);
    let cloud_init = volid.contains("-cloudinit");
    if is_cdrom(value) && !cloud_init {
        return Ok(value.to_owned());
    }
    let original = volumes::find(world, &wanted.node, volid)?.clone();
    let target = wanted.storage.clone().unwrap_or_else(|| volumes::storage_of(volid).to_owned());
    let format = volumes::format(world, &target, wanted.format.as_deref().or(Some(original.format.as_str())))
        .or_else(|_| volumes::format(world, &target, None))?;
    let linked = !wanted.full && !cloud_init;
    // A linked clone of a raw file would need qcow2 over it.
    let format = if linked && world.storages.get(&target).is_some_and(|storage| storage.kind.files) {
        "qcow2".to_owned()
    } else {
        format
    };
    let parent = linked.then(|| volid.to_owned());
    let volume = Volume { parent, ..Volume::of_guest(wanted.newid, original.size, &format) };
    let newid = wanted.newid;
    let named =
        |number: u32| if cloud_init { format!("vm-{newid}-cloudinit") } else { format!("vm-{newid}-disk-{number}") };
    let made = volumes::allocate(world, &wanted.target, &target, volume, &named)?;
    log.push(format!("create {} clone of drive {name} ({volid})", if linked { "linked" } else { "full" }));
    parts.insert(first.to_owned(), made);
    Ok(parts::print(kind, &parts))
}

/// Makes a template of a guest in a task.
pub fn to_template(world: &mut World, kind: Kind, asked: &Asked) -> Outcome {
    let guest = world.guest(kind, asked)?;
    let vmid = guest.vmid;
    check_lock(guest).map_err(Refusal::failed)?;
    if guest.is_template() {
        return Err(Refusal::failed("you can't convert a template to a template"));
    }
    if !guest.snapshots.is_empty() {
        return Err(Refusal::failed("unable to create template, because VM contains snapshots"));
    }
    if guest.running.is_some() {
        return Err(Refusal::failed("you can't convert a VM to template if VM is running"));
    }
    if kind == Kind::Lxc {
        check_storages(world, guest)?;
    }
    let task = if kind == Kind::Qemu { "qmtemplate" } else { "vztemplate" };
    let made = world.order(
        task,
        asked,
        &[(vmid, Mode::Exclusive)],
        Box::new(move |world| {
            let mut guest = world.guests.get(&vmid).ok_or("the guest is gone")?.clone();
            for (slot, volid) in guest.volumes() {
                let value = guest.option(&slot).unwrap_or_default().to_owned();
                if is_cdrom(&value) {
                    continue;
                }
                let base = volid.replace(&format!("vm-{vmid}-disk-"), &format!("base-{vmid}-disk-"));
                volumes::rename(world, &guest.node, &volid, &base);
                guest.config.insert(slot, value.replace(&volid, &base));
            }
            guest.config.insert("template".to_owned(), "1".to_owned());
            world.guests.insert(vmid, guest);
            Ok(Vec::new())
        }),
    )?;
    // Nobody is told of a container's task (`PVE::API2::LXC`; unrecorded).
    Ok(if kind == Kind::Lxc { Reply::done() } else { made })
}

/// Refuses a template of a container on a storage of files; unrecorded.
fn check_storages(world: &World, guest: &Guest) -> Result<(), Refusal> {
    let of_files =
        |volid: &str| world.storages.get(volumes::storage_of(volid)).is_some_and(|storage| storage.kind.files);
    match guest.volumes().into_iter().find(|(_, volid)| of_files(volid)) {
        Some((_, volid)) => Err(Refusal::failed(format!(
            "Directory storage '{}' does not support container templates!",
            volumes::storage_of(&volid)
        ))),
        None => Ok(()),
    }
}
