//! Numbers of new guests.

use std::collections::BTreeSet;

use tfplugin::operation;
use tfplugin::prelude::*;
use tokio::sync::Mutex;

use super::client::{Proxmox, text_of};
use crate::http::{Request, path};

/// The numbers that this process gave to new guests: Proxmox VE tells the same one until the guest is there.
#[derive(Default)]
pub struct Ids(Mutex<BTreeSet<u64>>);

impl Ids {
    /// A number that no guest has, and that is given to nobody else here.
    pub async fn next(&self, proxmox: &Proxmox) -> Result<u64> {
        let mut given = operation::cancellable(self.0.lock()).await?;
        let mut id = number(proxmox.get(next()).await?)?;
        loop {
            while given.contains(&id) {
                id += 1;
            }
            // Someone else may have what lies behind those that were given.
            let taken = !given.is_empty() && is_taken(proxmox, id).await?;
            given.insert(id);
            if !taken {
                return Ok(id);
            }
        }
    }
}

fn next() -> Request {
    Request::get(path!("cluster/nextid"))
}

/// Whether some guest of the cluster has a number. Who has no rights on the guest may ask, too.
pub async fn is_taken(proxmox: &Proxmox, id: u64) -> Result<bool> {
    match proxmox.get(next().query("vmid", id)).await {
        Err(error) if error.is_conflict() => Ok(true),
        answer => answer.map(|_| false),
    }
}

fn number(answer: serde_json::Value) -> Result<u64> {
    let answer = tfplugin::value::from_plain_json(answer);
    text_of(&answer).parse().map_err(|_| super::client::unexpected("the number of a new guest", &answer))
}
