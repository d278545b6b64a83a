//! The cluster, its nodes, and the list of all things.

use std::time::Instant;

use serde_json::{Value, json};

use crate::proxmox::guest::{Guest, Kind, is_cdrom};
use crate::proxmox::ha::Managed;
use crate::proxmox::reply::{Outcome, Refusal, Reply};
use crate::proxmox::storage::Storage;
use crate::proxmox::volumes;
use crate::proxmox::world::{Asked, World};

const TOTAL: u64 = 270_553_174_016;
const AVAILABLE: u64 = 68_947_456_000;
const MEMORY: u64 = 25_276_502_016;

/// Answers what is about the cluster and its nodes.
pub fn answer(world: &mut World, asked: &Asked) -> Option<Outcome> {
    let data = |value: Value| Some(Ok(Reply::Data(value)));
    match asked.method {
        ("GET", "/version" | "/nodes/{node}/version") => {
            data(json!({ "release": "8.4", "repoid": "src", "version": "8.4.21" }))
        }
        ("GET", "/cluster/status") => data(status(world)),
        ("GET", "/cluster/resources") => data(resources(world, asked)),
        ("GET", "/cluster/nextid") => Some(next_id(world, asked)),
        ("GET", "/cluster/options") => data(json!({ "allowed-tags": [], "description": "", "mac_prefix": "BC:24:11" })),
        ("GET", "/cluster/tasks") => match world.tasks.list(None, None, &|_| None) {
            Ok(Reply::Page(tasks, _)) => data(tasks),
            other => Some(other),
        },
        ("GET", "/nodes") => data(world.options.nodes.iter().map(|node| node_row(node)).collect()),
        ("GET", "/nodes/{node}/status") => data(node_status()),
        ("GET", "/nodes/{node}/storage") => data(storages(world, asked)),
        ("GET", "/nodes/{node}/storage/{storage}/status") => Some(storage_status(world, asked)),
        ("GET", "/nodes/{node}/tasks") => {
            let sees_all = world.access.has(&asked.who, &format!("/nodes/{}", asked.node()), "Sys.Audit");
            let tasks = &world.tasks;
            let whose = (!sees_all).then_some(asked.who.as_str());
            Some(tasks.list(Some(asked.node()), whose, &|name| asked.get(name).map(str::to_owned)))
        }
        ("DELETE", "/nodes/{node}/tasks/{upid}") => Some(world.tasks.stop(asked.node(), asked.text("upid"), asked.now)),
        ("GET", "/nodes/{node}/tasks/{upid}/status") => Some(world.tasks.status(asked.node(), asked.text("upid"))),
        ("GET", "/nodes/{node}/tasks/{upid}/log") => {
            let number = |name: &str, usual: usize| asked.get(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
            Some(world.tasks.log(asked.node(), asked.text("upid"), number("start", 0), number("limit", 50)))
        }
        _ => None,
    }
}

fn status(world: &World) -> Value {
    let nodes = world.options.nodes.iter().enumerate().map(|(number, node)| {
        json!({
            "id": format!("node/{node}"), "ip": format!("192.0.2.{}", number + 2), "level": "", "name": node,
            "local": u8::from(number == 0), "nodeid": if alone(world) { 0 } else { number + 1 }, "online": 1,
            "type": "node",
        })
    });
    let cluster = json!({
        "id": "cluster", "name": "lab", "nodes": world.options.nodes.len(), "quorate": 1, "type": "cluster",
        "version": world.options.nodes.len(),
    });
    [cluster].into_iter().filter(|_| !alone(world)).chain(nodes).collect()
}

fn alone(world: &World) -> bool {
    world.options.nodes.len() == 1
}

fn resources(world: &World, asked: &Asked) -> Value {
    let kind_of = |row: &Value| match row["type"].as_str().unwrap_or_default() {
        "qemu" | "lxc" => "vm",
        "node" => "node",
        "storage" => "storage",
        _ => "sdn",
    };
    let wanted = |row: &&Value| asked.get("type").is_none_or(|kind| kind == kind_of(row));
    let may = |row: &&Value| match (kind_of(row), &row["vmid"]) {
        ("vm", vmid) => world.access.has(&asked.who, &format!("/vms/{vmid}"), "VM.Audit"),
        _ => true,
    };
    world.seen().iter().filter(wanted).filter(may).cloned().collect()
}

fn next_id(world: &World, asked: &Asked) -> Outcome {
    match asked.number("vmid") {
        Some(vmid) if world.guests.contains_key(&vmid) => {
            Err(Refusal::of_parameter("vmid", &format!("VM {vmid} already exists")))
        }
        Some(vmid) => Ok(Reply::Data(json!(vmid.to_string()))),
        None => {
            let free = (100..).find(|vmid| !world.guests.contains_key(vmid));
            Ok(Reply::Data(json!(free.map(|vmid: u32| vmid.to_string()))))
        }
    }
}

fn node_row(node: &str) -> Value {
    json!({
        "cpu": 0.015_030_060_120_240_5, "disk": TOTAL - AVAILABLE, "id": format!("node/{node}"), "level": "", "maxcpu": 2,
        "maxdisk": TOTAL, "maxmem": MEMORY, "mem": 903_581_696, "node": node, "status": "online", "type": "node",
        "uptime": 4863,
        "ssl_fingerprint":
            "BC:63:C9:B8:15:60:1A:75:14:2A:16:CB:19:8D:E1:5C:72:71:36:CA:CF:BC:D5:B2:5F:8D:AC:E7:D0:87:58:DA",
    })
}

fn node_status() -> Value {
    json!({
        "boot-info": { "mode": "legacy-bios" }, "cpu": 0, "idle": 0, "wait": 0, "uptime": 4865,
        "cpuinfo": {
            "cores": 2, "cpus": 2, "flags": "fpu vme", "hvm": "", "mhz": "2600.000", "model": "Lab", "sockets": 1,
            "user_hz": 100,
        },
        "current-kernel": { "machine": "x86_64", "release": "6.8.12-pve", "sysname": "Linux", "version": "#1 SMP" },
        "ksm": { "shared": 0 }, "kversion": "Linux 6.8.12-pve #1 SMP", "loadavg": ["0.11", "0.16", "1.02"],
        "memory": { "free": MEMORY - 931_188_736, "total": MEMORY, "used": 931_188_736 },
        "pveversion": "pve-manager/8.4.21/src",
        "rootfs": { "avail": AVAILABLE, "free": TOTAL - 28_625_428_480, "total": TOTAL, "used": 28_625_428_480_u64 },
        "swap": { "free": 0, "total": 0, "used": 0 },
    })
}

fn storage_facts(storage: &Storage) -> Value {
    json!({
        "active": u8::from(storage.is_enabled()), "avail": AVAILABLE, "content": storage.contents().join(","),
        "enabled": u8::from(storage.is_enabled()), "shared": u8::from(storage.is_shared()), "total": TOTAL,
        "type": storage.kind.name, "used": 28_625_293_312_u64,
    })
}

fn storages(world: &World, asked: &Asked) -> Value {
    let wanted = |name: &str, storage: &Storage| {
        asked.get("storage").is_none_or(|wanted| wanted == name)
            && asked.get("content").is_none_or(|wanted| storage.contents().contains(&wanted))
            && (!asked.flag("enabled") || storage.is_enabled())
            && storage.is_on(asked.node())
    };
    let storages = world.storages.iter().filter(|(name, storage)| wanted(name, storage));
    let row = |(name, storage): (&String, &Storage)| {
        let mut row = storage_facts(storage);
        row["storage"] = json!(name);
        row["used_fraction"] = json!(0.105_802_867_063_416);
        row
    };
    storages.map(row).collect()
}

fn storage_status(world: &World, asked: &Asked) -> Outcome {
    Ok(Reply::Data(storage_facts(crate::proxmox::storage::find(world, asked.text("storage"))?)))
}

/// Everything that there is, as the list of all things has it.
#[must_use]
pub fn rows(world: &World, now: Instant) -> Vec<Value> {
    let nodes = world.options.nodes.iter().map(|node| {
        let mut row = node_row(node);
        row["cgroup-mode"] = json!(2);
        if let Some(members) = row.as_object_mut() {
            members.remove("ssl_fingerprint");
        }
        row
    });
    let guests = world.guests.values().map(|guest| guest_row(world, guest, now));
    let storages = world.storages.keys().flat_map(|name| storage_rows(world, name));
    let networks = world.options.nodes.iter().map(|node| {
        json!({
            "id": format!("sdn/{node}/localnetwork"), "node": node, "sdn": "localnetwork", "status": "ok", "type": "sdn",
        })
    });
    nodes.chain(guests).chain(storages).chain(networks).collect()
}

/// A storage, once for each node that has it.
pub fn storage_rows(world: &World, name: &str) -> Vec<Value> {
    let Some(storage) = world.storages.get(name).filter(|storage| storage.is_enabled()) else { return Vec::new() };
    let mut contents = storage.contents();
    contents.sort_unstable();
    let row = |node: &String| {
        json!({
            "id": format!("storage/{node}/{name}"), "type": "storage", "storage": name, "node": node,
            "status": "available", "shared": u8::from(storage.is_shared()), "content": contents.join(","),
            "plugintype": storage.kind.name, "disk": TOTAL - AVAILABLE, "maxdisk": TOTAL,
        })
    };
    world.options.nodes.iter().filter(|node| storage.is_on(node)).map(row).collect()
}

/// A guest as lists of things of all kinds have it.
#[must_use]
pub fn guest_row(world: &World, guest: &Guest, now: Instant) -> Value {
    let mut row = measures(world, guest, now);
    row["id"] = json!(format!("{}/{}", guest.kind.word(), guest.vmid));
    row["type"] = json!(guest.kind.word());
    row["node"] = json!(guest.node);
    row["template"] = json!(u8::from(guest.is_template()));
    row["maxcpu"] = json!(guest.processors());
    row["diskread"] = json!(0);
    row["diskwrite"] = json!(0);
    for name in ["cpus", "maxswap", "swap"] {
        row.as_object_mut().map(|members| members.remove(name));
    }
    if let Some(ha) = &guest.ha {
        row["hastate"] = json!(ha.state);
    }
    if let Some(pool) = world.pool_of(guest.vmid) {
        row["pool"] = json!(pool);
    }
    row
}

/// What a guest does, as lists of guests have it.
#[must_use]
pub fn measures(world: &World, guest: &Guest, now: Instant) -> Value {
    let uptime = guest.running.map(|(since, _)| now.saturating_duration_since(since).as_secs());
    let mut row = json!({
        "vmid": guest.vmid, "name": guest.name(), "status": if uptime.is_some() { "running" } else { "stopped" },
        "cpu": 0, "cpus": guest.processors(), "mem": uptime.map_or(0, |_| 3_152_326), "maxmem": guest.memory(),
        "disk": 0, "maxdisk": boot_disk(world, guest), "netin": 0, "netout": 0, "uptime": uptime.unwrap_or(0),
    });
    for name in ["tags", "lock"] {
        if let Some(value) = guest.option(name) {
            row[name] = json!(value);
        }
    }
    match (guest.kind, guest.running) {
        (Kind::Lxc, _) => {
            let swap = guest.option("swap").and_then(|swap| swap.parse::<u64>().ok()).unwrap_or(512);
            let more = [("type", json!("lxc")), ("swap", json!(0)), ("maxswap", json!(swap << 20))];
            more.into_iter().chain([("diskread", json!(0)), ("diskwrite", json!(0))]).for_each(|(name, value)| {
                row[name] = value;
            });
        }
        (Kind::Qemu, Some((_, pid))) => row["pid"] = json!(pid),
        (Kind::Qemu, None) => {}
    }
    if guest.is_template() {
        row["template"] = json!(1);
    }
    row
}

fn boot_disk(world: &World, guest: &Guest) -> u64 {
    let boot = guest.option("boot").and_then(|boot| boot.strip_prefix("order=")).unwrap_or("rootfs");
    let disks = boot.split(';').filter_map(|slot| Some(guest.option(slot)?).filter(|value| !is_cdrom(value)));
    let volid = disks.filter_map(crate::proxmox::guest::volume).next();
    volid.and_then(|volid| volumes::find(world, &guest.node, volid).ok()).map_or(0, |volume| volume.size)
}

/// What a guest does now.
#[must_use]
pub fn current(world: &World, guest: &Guest, now: Instant) -> Value {
    let mut row = measures(world, guest, now);
    row["ha"] = Managed::shown(guest.ha.as_ref());
    if guest.kind == Kind::Qemu {
        row["qmpstatus"] = row["status"].clone();
        if guest.option("agent").is_some_and(|agent| agent.starts_with('1') || agent.contains("enabled=1")) {
            row["agent"] = json!(1);
        }
        if (0..4).any(|number| guest.option(&format!("serial{number}")).is_some()) {
            row["serial"] = json!(1);
        }
        if guest.option("vga").is_some() {
            row["clipboard"] = Value::Null;
        }
    }
    row
}
