//! Pools of guests and storages.

use super::client::{Clear, Proxmox, found, has};
use crate::http::path;
use tfplugin::prelude::*;
use tfplugin::schema::Known;

/// Manages a pool, to which guests and storages can belong and on which rights can be given.
///
/// What belongs to it says so itself, such as a machine with `pool_id`. A pool with members cannot be deleted.
#[derive(Clone, Schema)]
#[tf(name = "proxmox_pool", key(pool_id), moved_from("proxmox_virtual_environment_pool"))]
pub struct Pool {
    /// Name of the pool.
    #[tf(api = "poolid", check = pool_name)]
    pool_id: String,

    /// Note for people.
    comment: Option<String>,
}

/// Refuses what Proxmox VE takes for no name of a pool (`pve-poolid`).
fn pool_name(name: &str) -> Result<(), String> {
    let valid = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match !name.is_empty() && name.chars().all(valid) {
        true => Ok(()),
        false => Err("may have letters, digits, `-`, `_` and `.` only".to_owned()),
    }
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
        proxmox.put::<Pool>(path!("pools" / pool), &change.diff(), Clear::Empty).await
    }

    async fn delete(proxmox: &Proxmox, pool: String, _: Pool) -> Result<()> {
        proxmox.delete(path!("pools" / pool)).await
    }
}
