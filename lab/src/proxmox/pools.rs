//! Pools.

use serde_json::{Value, json};

use crate::proxmox::cluster;
use crate::proxmox::formats::elements;
use crate::proxmox::reply::{Outcome, Refusal, Reply};
use crate::proxmox::world::{Asked, Pool, World};

/// Answers what stands under `/pools`; the older paths name the pool in the path, the newer in a parameter.
pub fn answer(world: &mut World, asked: &Asked) -> Option<Outcome> {
    Some(match asked.method {
        ("GET", "/pools") => match asked.get("poolid") {
            Some(_) => read(world, asked).map(|pool| Reply::Data(Value::Array(vec![pool]))),
            None => Ok(Reply::Data(list(world, asked))),
        },
        ("GET", "/pools/{poolid}") => read(world, asked).map(Reply::Data),
        ("POST", "/pools") => create(world, asked),
        ("PUT", _) if asked.method.1.starts_with("/pools") => update(world, asked),
        ("DELETE", _) if asked.method.1.starts_with("/pools") => delete(world, asked),
        _ => return None,
    })
}

fn row(name: &str, pool: &Pool) -> Value {
    let mut row = json!({ "poolid": name });
    if let Some(comment) = &pool.comment {
        row["comment"] = json!(comment);
    }
    row
}

fn list(world: &World, asked: &Asked) -> Value {
    let may = |name: &str| world.access.has(&asked.who, &format!("/pool/{name}"), "Pool.Audit");
    world.access.pools.iter().filter(|(name, _)| may(name)).map(|(name, pool)| row(name, pool)).collect()
}

fn find<'a>(world: &'a mut World, asked: &Asked) -> Result<&'a mut Pool, Refusal> {
    let name = asked.text("poolid");
    world.access.pools.get_mut(name).ok_or_else(|| Refusal::failed(format!("pool '{name}' does not exist")))
}

fn read(world: &mut World, asked: &Asked) -> Result<Value, Refusal> {
    let pool = find(world, asked)?.clone();
    let guests = pool.guests.iter().filter_map(|vmid| world.guests.get(vmid)).filter_map(|guest| {
        let wanted = asked.get("type").is_none_or(|kind| kind == guest.kind.word());
        wanted.then(|| cluster::guest_row(world, guest, asked.now))
    });
    let wanted = asked.get("type").is_none_or(|kind| kind == "storage");
    let storages = pool.storages.iter().filter(|_| wanted).flat_map(|name| cluster::storage_rows(world, name));
    let mut answer = row(asked.text("poolid"), &pool);
    answer["members"] = guests.chain(storages).collect();
    Ok(answer)
}

fn create(world: &mut World, asked: &Asked) -> Outcome {
    let name = asked.text("poolid");
    if world.access.pools.contains_key(name) {
        return Err(Refusal::failed(format!("create pool failed: pool '{name}' already exists")));
    }
    if let Some((parent, _)) = name.rsplit_once('/').filter(|(parent, _)| !world.access.pools.contains_key(*parent)) {
        return Err(Refusal::failed(format!("create pool failed: parent '{parent}' of pool '{name}' does not exist")));
    }
    let comment = asked.get("comment").map(str::to_owned);
    world.access.pools.insert(name.to_owned(), Pool { comment, ..Pool::default() });
    Ok(Reply::done())
}

fn update(world: &mut World, asked: &Asked) -> Outcome {
    let failed = |reason: String| Err(Refusal::failed(format!("update pools failed: {reason}")));
    let name = asked.text("poolid").to_owned();
    let mut pool = find(world, asked).map_err(|refusal| refusal.within("update pools failed: "))?.clone();
    let mut left = Vec::new();
    for vmid in elements(asked.text("vms")).filter_map(|vmid| vmid.parse::<u32>().ok()) {
        let other = world.pool_of(vmid).map(str::to_owned);
        match (asked.flag("delete"), other) {
            (true, Some(here)) if here == name => pool.guests.retain(|member| *member != vmid),
            (true, _) => return failed(format!("VM {vmid} is not a pool member")),
            (false, _) if !world.guests.contains_key(&vmid) => return failed(format!("VM {vmid} does not exist")),
            (false, Some(here)) if here == name => return failed(format!("VM {vmid} is already a pool member")),
            (false, Some(other)) if !asked.flag("allow-move") => {
                return failed(format!("VM {vmid} belongs already to pool '{other}' and 'allow-move' is not set"));
            }
            (false, other) => {
                left.extend(other.map(|other| (other, vmid)));
                pool.guests.push(vmid);
            }
        }
    }
    for storage in elements(asked.text("storage")) {
        match (asked.flag("delete"), pool.storages.iter().any(|member| member == storage)) {
            (true, true) => pool.storages.retain(|member| member != storage),
            (true, false) => return failed(format!("storage '{storage}' is not a pool member")),
            (false, true) => return failed(format!("storage '{storage}' is already a pool member")),
            (false, false) if !world.storages.contains_key(storage) => {
                return failed(format!("storage '{storage}' does not exist"));
            }
            (false, false) => pool.storages.push(storage.to_owned()),
        }
    }
    if let Some(comment) = asked.get("comment") {
        pool.comment = (!comment.is_empty()).then(|| comment.to_owned());
    }
    for (other, vmid) in left {
        if let Some(other) = world.access.pools.get_mut(&other) {
            other.guests.retain(|member| *member != vmid);
        }
    }
    world.access.pools.insert(name, pool);
    Ok(Reply::done())
}

fn delete(world: &mut World, asked: &Asked) -> Outcome {
    let name = asked.text("poolid").to_owned();
    let pool = find(world, asked).map_err(|refusal| refusal.within("delete pool failed: "))?;
    if !pool.guests.is_empty() || !pool.storages.is_empty() {
        let member = pool.guests.first().map(|vmid| format!("contains VM {vmid}"));
        let member = member.unwrap_or_else(|| format!("contains storage '{}'", pool.storages[0]));
        return Err(Refusal::failed(format!("delete pool failed: pool '{name}' is not empty ({member})")));
    }
    let below = format!("{name}/");
    if let Some(child) = world.access.pools.keys().find(|other| other.starts_with(&below)) {
        return Err(Refusal::failed(format!(
            "delete pool failed: pool '{name}' is not empty (contains pool '{child}')"
        )));
    }
    world.access.pools.remove(&name);
    world.access.rights.retain(|right| right.path != format!("/pool/{name}"));
    Ok(Reply::done())
}
