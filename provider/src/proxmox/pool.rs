//! Pools of guests and storages.

use super::client::{Clear, Proxmox, found, has, with_form};
use super::{formats, work};
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;
use tfplugin::schema::Known;

/// Manages a pool, to which guests and storages can belong and on which rights can be given.
///
/// What belongs to it says so itself, such as a machine with `pool_id`. A pool with members cannot be deleted.
#[derive(Clone, Schema)]
#[tf(name = "proxmox_pool", key(pool_id), moved_from("proxmox_virtual_environment_pool"))]
pub struct Pool {
    /// Name of the pool; `a/b` is a pool in the pool `a`, from version 8.1 on.
    #[tf(api = "poolid", check = formats::pool)]
    pool_id: String,

    /// Note for people.
    comment: Option<String>,
}

/// A request about a pool: by its path, which every 8.x has, or for a pool in a pool, which comes with 8.1, by a parameter,
/// since no path can have its name.
fn request(method: fn(ApiPath) -> Request, pool: &str) -> Request {
    match pool.contains('/') {
        true => method(path!("pools")).query("poolid", pool),
        false => method(path!("pools" / pool)),
    }
}

/// Whether a guest belongs to a pool now.
pub async fn has_guest(proxmox: &Proxmox, pool: &str, id: u64) -> Result<bool> {
    let pool = match proxmox.get(request(Request::get, pool)).await {
        Err(error) if error.is_not_found() => return Ok(false),
        pool => pool?,
    };
    // By a parameter, it is a list of one.
    let pool = pool.get(0).unwrap_or(&pool);
    let mut members = pool["members"].as_array().into_iter().flatten();
    Ok(members.any(|member| member["vmid"] == id))
}

/// Puts a guest that is in no pool into one.
pub async fn add_guest(proxmox: &Proxmox, pool: &str, id: u64) -> Result<()> {
    change_guest(proxmox, pool, id, None).await
}

/// Takes a guest out of a pool.
pub async fn remove_guest(proxmox: &Proxmox, pool: &str, id: u64) -> Result<()> {
    change_guest(proxmox, pool, id, Some("delete")).await
}

/// Puts a guest from one pool into another: at once, which 8.0.6 and later can, or by two steps.
pub async fn move_guest(proxmox: &Proxmox, id: u64, (from, to): (&str, &str)) -> Result<()> {
    match change_guest(proxmox, to, id, Some("allow-move")).await {
        Err(error) if error.message().contains("`allow-move`") => {
            remove_guest(proxmox, from, id).await?;
            proxmox.guests.pooled(id, None);
            let added = add_guest(proxmox, to, id).await;
            added.map_err(|error| error.context(format!("the guest {id} has left the pool `{from}` and is in none")))
        }
        moved => moved,
    }
}

async fn change_guest(proxmox: &Proxmox, pool: &str, id: u64, flag: Option<&str>) -> Result<()> {
    let flag = flag.map(|flag| (flag, "1".to_owned()));
    let form = [("vms", id.to_string())].into_iter().chain(flag);
    work::unlocked(proxmox, request(Request::put, pool).form(form)).await.map(drop)
}

impl Resource for Pool {
    type Client = Proxmox;

    async fn create(proxmox: &Proxmox, plan: Pool) -> Result<Pool> {
        proxmox.create(path!("pools"), plan).await
    }

    async fn read(proxmox: &Proxmox, pool: String) -> Result<Option<Pool>> {
        let pools = proxmox.list(path!("pools")).await?;
        found(pools.iter().find(|one| has(one, "poolid", pool.as_str())).cloned(), &Known::new())
    }

    async fn update(proxmox: &Proxmox, pool: String, change: Change<Pool>) -> Result<()> {
        let changes = change.diff();
        if changes.is_empty() {
            return Ok(());
        }
        let request = with_form::<Pool>(request(Request::put, &pool), &changes, Clear::Empty);
        work::unlocked(proxmox, request).await.map(drop)
    }

    async fn delete(proxmox: &Proxmox, pool: String, _: Pool) -> Result<()> {
        work::unlocked(proxmox, request(Request::delete, &pool)).await.map(drop)
    }
}
