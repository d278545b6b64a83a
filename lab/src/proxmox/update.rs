//! How the configuration of a guest changes: at once, or when it starts again.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::proxmox::access::ROOT;
use crate::proxmox::drives::Place;
use crate::proxmox::formats::elements;
use crate::proxmox::guest::{Guest, Kind, Pending, is_cdrom, slot, volume};
use crate::proxmox::guests::{check_digest, check_lock, check_skiplock};
use crate::proxmox::parts;
use crate::proxmox::reply::{Outcome, Refusal, Reply};
use crate::proxmox::table::TABLE;
use crate::proxmox::tasks::Mode;
use crate::proxmox::volumes;
use crate::proxmox::world::{Asked, World};

/// What a change is told and a configuration does not have.
const NO_OPTIONS: &[&str] =
    &["background_delay", "delete", "digest", "force", "import-working-storage", "node", "revert", "skiplock", "vmid"];

/// Options of a running virtual machine that change at once (`PVE::QemuServer`, `$fast_plug_option`, and what hotplug
/// does where nothing is said of it: `network,disk,usb`). Names without their numbers.
const HOT: &[&str] = &[
    "balloon",
    "cicustom",
    "cipassword",
    "citype",
    "ciupgrade",
    "ciuser",
    "cpulimit",
    "cpuunits",
    "description",
    "hookscript",
    "ipconfig",
    "lock",
    "name",
    "nameserver",
    "net",
    "onboot",
    "protection",
    "scsi",
    "searchdomain",
    "shares",
    "sshkeys",
    "startup",
    "tags",
    "template",
    "unused",
    "usb",
    "virtio",
    "vmstatestorage",
];

/// The same for containers (`PVE::LXC::Config`, `vmconfig_hotplug_pending`; unrecorded). A mount point comes at once, and
/// changes and goes when the container starts again.
const HOT_OF_CONTAINERS: &[&str] = &[
    "cores",
    "cpulimit",
    "cpuunits",
    "description",
    "hookscript",
    "hostname",
    "lock",
    "memory",
    "mp",
    "net",
    "onboot",
    "protection",
    "startup",
    "swap",
    "tags",
    "unused",
];

/// What no container is without (`PVE::LXC::Config`, `update_pct_config`; unrecorded).
const NEEDED_BY_CONTAINERS: &[&str] = &["memory", "ostype", "rootfs"];

/// What only root may set, and not even a token of his: all that no privilege is for (`PVE::API2::Qemu`,
/// `$check_vm_modify_config_perm`). Names without their numbers.
const OF_ROOT: &[&str] =
    &["affinity", "arch", "args", "hookscript", "hugepages", "ivshmem", "keephugepages", "lock", "parallel", "vmgenid"];

/// Parts of a disk that a running virtual machine does not change (`PVE::QemuServer::vmconfig_update_disk`).
const COLD_PARTS: &[&str] = &["aio", "cache", "discard", "iothread", "product", "queues", "ro", "ssd", "vendor"];

/// How long a change waits for the lock of the file.
const WAIT: Duration = Duration::from_secs(10);

/// A change that was checked.
#[derive(Debug)]
struct Change {
    set: BTreeMap<String, String>,
    delete: Vec<String>,
    revert: Vec<String>,
    force: bool,
}

/// Changes the configuration before it answers.
pub fn now(world: &mut World, kind: Kind, asked: &Asked) -> Outcome {
    let (change, place) = check(world, kind, asked)?;
    apply(world, &place, change).map_err(Refusal::failed)?;
    check_bridges(world.guest(kind, asked)?, world)?;
    Ok(Reply::done())
}

/// Refuses a disk that is a file or a device of the node, which only root may name.
fn check_path(kind: Kind, name: &str, value: &str) -> Result<(), Refusal> {
    let Some(parts) = slot(kind, name).map(|slot| parts::known(slot, value)) else { return Ok(()) };
    let is_path = |part: &str| parts.get(part).is_some_and(|value| value.starts_with('/'));
    match kind {
        Kind::Qemu if is_path("file") || is_path("import-from") => {
            Err(Refusal::failed("Only root can pass arbitrary filesystem paths."))
        }
        Kind::Lxc if is_path("volume") => Err(Refusal::forbidden("mount point type bind is only allowed for root@pam")),
        _ => Ok(()),
    }
}

/// Refuses a container on a bridge that its node does not have, after the change: what was recorded had an error for an
/// answer and the new memory all the same. Virtual machines find out when they start.
fn check_bridges(guest: &Guest, world: &World) -> Result<(), Refusal> {
    let is_network = |name: &str| name.strip_prefix("net").is_some_and(|number| number.parse::<u32>().is_ok());
    let networks = guest.config.iter().filter(|(name, _)| guest.kind == Kind::Lxc && is_network(name));
    let bridges = networks.filter_map(|(_, value)| parts::known("lxc-net", value).get("bridge").cloned());
    match bridges.into_iter().find(|bridge| !world.has_bridge(bridge)) {
        Some(bridge) => Err(Refusal::failed(format!("bridge '{bridge}' does not exist"))),
        None => Ok(()),
    }
}

/// Changes the configuration in a task.
pub fn in_a_task(world: &mut World, kind: Kind, asked: &Asked) -> Outcome {
    let (change, place) = check(world, kind, asked)?;
    let locks = [(place.vmid, Mode::Exclusive)];
    world.order("qmconfig", asked, &locks, Box::new(move |world| apply(world, &place, change).map(|()| Vec::new())))
}

fn check(world: &World, kind: Kind, asked: &Asked) -> Result<(Change, Place), Refusal> {
    check_skiplock(asked)?;
    world.guest(kind, asked)?;
    world.lock_file(kind, asked.vmid(), Mode::Exclusive, WAIT, asked.now)?;
    let guest = world.guest(kind, asked)?;
    check_digest(guest, asked.get("digest"))?;
    if !asked.flag("skiplock") {
        check_lock(guest).map_err(Refusal::failed)?;
    }
    let set = asked.params.iter().filter(|(name, _)| !NO_OPTIONS.contains(&name.as_str()));
    let mut set: BTreeMap<String, String> = set.map(|(name, value)| (name.clone(), value.clone())).collect();
    if let Some(cdrom) = set.remove("cdrom") {
        set.insert("ide2".to_owned(), format!("{cdrom},media=cdrom"));
    }
    let names = |word: &str| elements(asked.text(word)).map(str::to_owned).collect::<Vec<String>>();
    let change = Change { set, delete: names("delete"), revert: names("revert"), force: asked.flag("force") };
    check_names(kind, &change)?;
    check_rights(kind, Some(guest), &change.set, asked)?;
    check_protection(guest, &change)?;
    let place = Place::of(guest);
    // A disk that stays where it is is there already.
    let is_new = |(name, value): &(&String, &String)| {
        guest.option(name).and_then(volume).is_none_or(|volid| volume(value) != Some(volid))
    };
    let new = change.set.iter().filter(is_new).map(|(name, value)| (name.clone(), value.clone())).collect();
    place.check(world, &new).map_err(Refusal::failed)?;
    if change.set.is_empty() && change.delete.is_empty() && change.revert.is_empty() {
        return Err(Refusal::failed("no options specified"));
    }
    Ok((change, place))
}

fn check_names(kind: Kind, change: &Change) -> Result<(), Refusal> {
    let options = TABLE.group(if kind == Kind::Qemu { "qemu-options" } else { "lxc-options" });
    for name in change.delete.iter().chain(&change.revert) {
        let known = options.iter().any(|option| option.is(name));
        if !known {
            let word = if change.delete.contains(name) { "delete" } else { "revert" };
            return Err(Refusal::of_parameter(word, &format!("unknown option '{name}'")));
        }
        if change.set.contains_key(name) {
            let complaint = format!("you can't use '-{name}' and -delete {name}' at the same time");
            return Err(Refusal::of_parameter("delete", &complaint));
        }
        if kind == Kind::Lxc && NEEDED_BY_CONTAINERS.contains(&name.as_str()) {
            return Err(Refusal::failed(format!("unable to delete required option '{name}'")));
        }
        if kind == Kind::Lxc && name == "unprivileged" {
            return Err(Refusal::failed("unable to delete read-only option: 'unprivileged'"));
        }
    }
    match kind == Kind::Lxc && change.set.contains_key("unprivileged") {
        true => Err(Refusal::failed("unable to modify read-only option: 'unprivileged'")),
        false => Ok(()),
    }
}

/// Refuses other disks for a container that is protected, and fewer for a virtual machine; unrecorded.
fn check_protection(guest: &Guest, change: &Change) -> Result<(), Refusal> {
    let is_disk = |name: &&String| slot(guest.kind, name).is_some();
    let refused = |verb: &str, name: &String| {
        let whose = if guest.kind == Kind::Lxc { format!("CT {} ", guest.vmid) } else { String::new() };
        Err(Refusal::failed(format!("can't {verb} {whose}drive '{name}' - protection mode enabled")))
    };
    if !guest.flag("protection") {
        return Ok(());
    }
    match (change.delete.iter().find(is_disk), change.set.keys().find(is_disk)) {
        (Some(name), _) => refused("remove", name),
        (None, Some(name)) if guest.kind == Kind::Lxc => refused("update", name),
        _ => Ok(()),
    }
}

/// Refuses options that only root may set.
///
/// # Errors
///
/// The caller is somebody else.
pub fn check_rights(
    kind: Kind,
    guest: Option<&Guest>,
    options: &BTreeMap<String, String>,
    asked: &Asked,
) -> Result<(), Refusal> {
    if asked.who == ROOT {
        return Ok(());
    }
    if let Some(features) = options.get("features").filter(|_| kind == Kind::Lxc) {
        let before = guest.and_then(|guest| guest.option("features")).unwrap_or_default();
        let unprivileged = guest.map_or_else(
            || options.get("unprivileged").is_some_and(|value| value == "1"),
            |guest| guest.flag("unprivileged"),
        );
        check_features(before, features, unprivileged)?;
    }
    options.iter().try_for_each(|(name, value)| {
        check_path(kind, name, value)?;
        match kind {
            Kind::Qemu => check_machine_option(name, value),
            Kind::Lxc => check_container_option(name),
        }
    })
}

/// Plain words where a privilege could not help (`PVE::API2::Qemu`, `check_usb_perm` and its neighbours; unrecorded).
fn check_machine_option(name: &str, value: &str) -> Result<(), Refusal> {
    let word = name.trim_end_matches(|digit: char| digit.is_ascii_digit());
    let is_of_host = ["hostpci", "usb"].contains(&word);
    let host = is_of_host.then(|| parts::known(word, value).remove("host")).flatten();
    let of_whom = match (word, host.as_deref()) {
        ("hostpci", Some(_)) => " for non-mapped devices",
        ("usb", Some(host)) if !host.eq_ignore_ascii_case("spice") => " for real devices",
        ("serial", _) if value != "socket" => " for real devices",
        _ if OF_ROOT.contains(&word) => "",
        _ => return Ok(()),
    };
    Err(Refusal::failed(format!("only root can set '{name}' config{of_whom}")))
}

/// The same for a container (`PVE::LXC::check_ct_modify_config_perm`; unrecorded).
fn check_container_option(name: &str) -> Result<(), Refusal> {
    match name.trim_end_matches(|digit: char| digit.is_ascii_digit()) {
        "dev" => Err(Refusal::forbidden("configuring device passthrough is only allowed for root@pam")),
        "hookscript" => Err(Refusal::forbidden("changing the hookscript is only allowed for root@pam")),
        _ => Ok(()),
    }
}

/// Refuses features of a container that are not `nesting`, and all of one that is privileged
/// (`PVE::LXC::check_ct_modify_config_perm`; unrecorded).
fn check_features(before: &str, after: &str, unprivileged: bool) -> Result<(), Refusal> {
    let (before, after) = (parts::known("features", before), parts::known("features", after));
    let mut names = before.keys().chain(after.keys());
    let refused = match unprivileged {
        false => "changing feature flags for privileged container is only allowed for root@pam",
        true if names.any(|name| name != "nesting" && before.get(name) != after.get(name)) => {
            "changing feature flags (except nesting) is only allowed for root@pam"
        }
        true => return Ok(()),
    };
    Err(Refusal::forbidden(refused))
}

fn apply(world: &mut World, place: &Place, change: Change) -> Result<(), String> {
    let Change { set, delete, revert, force } = change;
    let before = world.guests.get(&place.vmid).ok_or("the guest is gone")?.clone();
    let mut new = BTreeMap::new();
    let mut kept = BTreeMap::new();
    for (name, value) in set {
        let same = slot(place.kind, &name).is_some()
            && before.option(&name).and_then(volume).is_some_and(|volid| volume(&value) == Some(volid));
        if same {
            kept.insert(name, value)
        } else {
            new.insert(name, value)
        };
    }
    check_boot_order(&before, [&new, &kept], &delete)?;
    let mut made = place.make(world, &new)?;
    made.extend(place.make(world, &kept)?);
    if place.kind == Kind::Qemu {
        made.extend(boot_order_after(&before, &made, &delete).map(|order| ("boot".to_owned(), order)));
    }
    let running = before.running.is_some();
    for name in &delete {
        if running && !is_hot(&before, name) {
            with(world, place.vmid, |guest| {
                guest.pending.remove(name);
                if guest.config.contains_key(name) {
                    guest.pending.insert(name.clone(), Pending::Delete);
                }
            });
        } else {
            remove_option(world, place, name, force);
        }
    }
    for (name, value) in made {
        if running && (!is_hot(&before, &name) || is_cold(&before, &name, &value)) {
            with(world, place.vmid, |guest| {
                match guest.config.get(&name) == Some(&value) {
                    true => guest.pending.remove(&name),
                    false => guest.pending.insert(name, Pending::Set(value)),
                };
            });
        } else {
            release(world, place, &name, Some(&value));
            with(world, place.vmid, |guest| {
                // A disk that is used is not an unused one any more.
                let is_unused = |slot: &str, other: &str| slot.starts_with("unused") && volume(other) == volume(&value);
                guest.config.retain(|slot, other| !is_unused(slot, other));
                guest.pending.remove(&name);
                guest.config.insert(name, value);
            });
        }
    }
    with(world, place.vmid, |guest| {
        revert.iter().for_each(|name| drop(guest.pending.remove(name)));
        if guest.running.is_none() {
            guest.apply_pending();
        }
    });
    Ok(())
}

/// The devices of an option `boot`.
fn devices(boot: &str) -> Vec<&str> {
    boot.strip_prefix("order=").into_iter().flat_map(elements).collect()
}

/// Refuses an order with a device that is not there (`PVE::API2::Qemu`, `update_vm_api`; unrecorded).
fn check_boot_order(before: &Guest, set: [&BTreeMap<String, String>; 2], delete: &[String]) -> Result<(), String> {
    let order = set.iter().find_map(|set| set.get("boot")).map(|boot| devices(boot)).unwrap_or_default();
    let is_there = |name: &str| {
        let exists = before.config.contains_key(name) || before.pending.contains_key(name);
        (exists || set.iter().any(|set| set.contains_key(name))) && !delete.iter().any(|gone| gone == name)
    };
    match order.into_iter().find(|name| !is_there(name)) {
        Some(name) => Err(format!("invalid bootorder: device '{name}' does not exist'")),
        None => Ok(()),
    }
}

/// The order of booting after a change of devices, if it is another one: a CD drive that is set and not in it goes to its
/// end, and what is deleted leaves it (as before; unrecorded). Where an order is set by the same change, the server's hash
/// decides which is the last; here it is the devices.
fn boot_order_after(before: &Guest, made: &BTreeMap<String, String>, delete: &[String]) -> Option<String> {
    let boot = made.get("boot").map(String::as_str).or_else(|| before.option("boot"))?;
    let is_drive = |name: &str| matches!(slot(Kind::Qemu, name), Some("ide" | "sata" | "scsi" | "virtio"));
    let mut order = devices(boot);
    if order.is_empty() {
        // The order without names has all CD drives in it.
        return None;
    }
    order.retain(|name| !delete.iter().any(|gone| gone == name));
    for (name, value) in made.iter().filter(|(name, value)| is_drive(name) && is_cdrom(value)) {
        if !order.contains(&name.as_str()) && !value.contains("cloudinit") {
            order.push(name);
        }
    }
    (order != devices(boot)).then(|| format!("order={}", order.join(";")))
}

fn with(world: &mut World, vmid: u32, act: impl FnOnce(&mut Guest)) {
    if let Some(guest) = world.guests.get_mut(&vmid) {
        act(guest);
    }
}

fn is_hot(guest: &Guest, name: &str) -> bool {
    let word = name.trim_end_matches(|digit: char| digit.is_ascii_digit());
    // The medium in a CD drive can be changed while the machine runs.
    guest.option(name).is_some_and(is_cdrom)
        || match guest.kind {
            Kind::Qemu => HOT.contains(&word),
            Kind::Lxc => HOT_OF_CONTAINERS.contains(&word) && !(word == "mp" && guest.option(name).is_some()),
        }
}

/// Whether a disk that stays gets another of the parts that only a start brings.
fn is_cold(guest: &Guest, name: &str, value: &str) -> bool {
    let (Some(kind), Some(before)) = (slot(guest.kind, name), guest.option(name)) else { return false };
    let (before, after) = (parts::known(kind, before), parts::known(kind, value));
    before.get("file") == after.get("file") && COLD_PARTS.iter().any(|part| before.get(*part) != after.get(*part))
}

/// Takes an option away. A disk that leaves stays as an unused one, and an unused one is destroyed.
pub fn remove_option(world: &mut World, place: &Place, name: &str, force: bool) {
    let unused = slot(place.kind, name).is_some_and(|kind| kind == "unused" || kind == "lxc-unused");
    let volid = world.guests.get(&place.vmid).and_then(|guest| volume(guest.option(name)?).map(str::to_owned));
    match volid {
        Some(volid) if (unused || force) && slot(place.kind, name).is_some() => {
            volumes::remove(world, &place.node, &volid);
        }
        _ => release(world, place, name, None),
    }
    with(world, place.vmid, |guest| {
        guest.pending.remove(name);
        guest.config.remove(name);
    });
}

/// What a disk's slot had before becomes an unused disk, unless it is what it has now or the disk of a CD drive.
fn release(world: &mut World, place: &Place, name: &str, now: Option<&str>) {
    let Some(guest) = world.guests.get(&place.vmid) else { return };
    let Some(value) = guest.option(name).filter(|_| slot(place.kind, name).is_some()) else { return };
    let Some(volid) = volume(value).map(str::to_owned) else { return };
    if now.and_then(volume) == Some(&volid) || name.starts_with("unused") {
        return;
    }
    if is_cdrom(value) {
        if volid.contains("-cloudinit") {
            volumes::remove(world, &place.node, &volid);
        }
        return;
    }
    let mine = volumes::find(world, &place.node, &volid).is_ok_and(|volume| volume.vmid == Some(place.vmid));
    let free = (0..256).map(|number| format!("unused{number}")).find(|slot| guest.option(slot).is_none());
    if let (true, Some(free)) = (mine, free) {
        with(world, place.vmid, |guest| drop(guest.config.insert(free, volid)));
    }
}

/// What the drive with the settings of cloud-init holds, and what it is to hold.
pub fn cloud_init(world: &World, asked: &Asked) -> Outcome {
    let guest = world.guest(Kind::Qemu, asked)?;
    let of_cloud_init = |name: &&String| {
        ["ci", "ipconfig", "nameserver", "searchdomain", "sshkeys", "name"].iter().any(|word| name.starts_with(word))
    };
    let rows = guest.config.keys().filter(of_cloud_init).map(|name| {
        let value = guest.option(name).unwrap_or_default();
        json!({ "key": name, "value": if name == "cipassword" { "**********" } else { value } })
    });
    Ok(Reply::Data(rows.collect::<Vec<Value>>().into()))
}

/// Writes the drive with the settings of cloud-init again.
pub fn regenerate(world: &World, asked: &Asked) -> Outcome {
    let guest = world.guest(Kind::Qemu, asked)?;
    check_lock(guest).map_err(Refusal::failed)?;
    Ok(Reply::done())
}
