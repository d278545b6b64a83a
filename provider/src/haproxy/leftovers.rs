//! Transactions that a crashed run left open.
//!
//! The API says of a transaction only its version and its status, so nobody can tell whose it is. Each one of ours is
//! marked by a map file that no configuration uses, with the transaction's id in its name: it is made when the
//! transaction is opened, and goes with it. What is marked and stays so is a crashed run's. A transaction without a mark
//! is somebody else's and is left alone.

use std::time::{Duration, Instant};

use tfplugin::operation;
use tfplugin::prelude::*;

use super::client::{Api, objects, text};
use super::upload::upload;
use crate::http::{Request, path};

const PREFIX: &str = "substrate-transaction-";
const SUFFIX: &str = ".map";

/// How long a transaction of a run that lives may be open, beside the time that its reload may take.
const GRACE: Duration = Duration::from_secs(5);

const LOOK: Duration = Duration::from_millis(100);

/// Marks a transaction as ours. An API without a place for maps cannot keep marks, and transactions work all the same.
pub async fn mark(api: &Api, id: &str) {
    let request = Request::post(path!("services/haproxy/storage/maps")).accept(409).repeatable(true);
    let content = "# A transaction of terraform-provider-substrate is open; this file goes with it.\n";
    if let Err(error) = api.send(upload(request, &name(id), content)).await {
        tracing::warn!(id, %error, "a transaction has no mark");
    }
}

/// Takes the mark of a transaction away that is closed.
pub async fn unmark(api: &Api, id: &str) {
    let request = Request::delete(path!("services/haproxy/storage/maps" / name(id))).accept(404);
    if let Err(error) = api.send(request).await {
        tracing::warn!(id, %error, "the mark of a transaction stays");
    }
}

/// Waits until no other run has a transaction: what it committed may still be taken back, and who commits on top of it
/// would keep it there. What stays longer than a run that lives needs is a crashed run's, and is closed.
pub async fn settle(api: &Api) -> Result<()> {
    let end = Instant::now() + api.patience + GRACE;
    let mut open = marked(api).await?;
    let mut abandoned = open.clone();
    while !open.is_empty() && Instant::now() < end {
        operation::sleep(LOOK).await?;
        open = marked(api).await?;
        abandoned.retain(|id| open.contains(id));
    }
    for id in abandoned {
        tracing::info!(id, "closing a transaction of a run that crashed");
        api.send(Request::delete(path!("services/haproxy/transactions" / id)).accept(404)).await?;
        unmark(api, &id).await;
    }
    Ok(())
}

/// The ids that marks name; none where the API has no place for maps.
async fn marked(api: &Api) -> Result<Vec<String>> {
    let request = Request::get(path!("services/haproxy/storage/maps")).accept(404).accept(500);
    let answer = api.send(request).await?;
    if answer.status() != 200 {
        return Ok(Vec::new());
    }
    let names = objects(&answer)?.into_iter().filter_map(|file| text(&file, "storage_name"));
    Ok(names.filter_map(|name| Some(name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.to_owned())).collect())
}

fn name(id: &str) -> String {
    format!("{PREFIX}{id}{SUFFIX}")
}
