//! Transactions that a crashed run left open.
//!
//! The API says of a transaction only its version and its status, so nobody can tell whose it is. Each one of ours is
//! marked by a map file that no configuration uses, with the transaction's id in its name, and the seconds that its run
//! may need: it is made when the transaction is opened, and goes with it. What is marked and stays for longer is a crashed
//! run's. A transaction without a mark is somebody else's and is left alone.

use std::time::{Duration, Instant};

use tfplugin::operation;
use tfplugin::prelude::*;

use super::client::Api;
use super::map_store::{file, files};
use super::upload::upload;
use crate::http::{Request, path};

const PREFIX: &str = "substrate-transaction-";
const SUFFIX: &str = ".map";

/// How long a transaction of a run that lives may be open, beside the reload of its commit and that of the way back.
const GRACE: Duration = Duration::from_secs(5);

const LOOK: Duration = Duration::from_millis(100);

/// The mark of a transaction.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    id: String,
    /// How long the run that made it may need.
    allowance: Duration,
}

impl Mark {
    /// That of this run.
    fn new(api: &Api, id: &str) -> Self {
        Mark { id: id.to_owned(), allowance: 2 * api.patience + GRACE }
    }

    /// Reads `substrate-transaction-<id>.<seconds>.map`.
    fn of(file: &str) -> Option<Self> {
        let (id, seconds) = file.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.rsplit_once('.')?;
        Some(Mark { id: id.to_owned(), allowance: Duration::from_secs(seconds.parse().ok()?) })
    }

    fn file(&self) -> String {
        format!("{PREFIX}{}.{}{SUFFIX}", self.id, self.allowance.as_secs())
    }
}

/// Marks a transaction as ours. An API without a place for maps cannot keep marks, and transactions work all the same.
pub async fn mark(api: &Api, id: &str) {
    let request = Request::post(files()).accept(409).repeatable(true);
    let content = "# A transaction of terraform-provider-substrate is open; this file goes with it.\n";
    if let Err(error) = api.send(upload(request, &Mark::new(api, id).file(), content)).await {
        tracing::warn!(id, %error, "a transaction has no mark");
    }
}

/// Takes the mark of a transaction of this run away that is closed.
pub async fn unmark(api: &Api, id: &str) {
    let mark = Mark::new(api, id);
    if let Err(error) = remove(api, &mark).await {
        tracing::warn!(id, %error, "the mark of a transaction stays");
    }
}

/// Waits until no other run has a transaction: what it committed may still be taken back, and who commits on top of it
/// would keep it there. What stays longer than its run may need is a crashed run's, and is closed.
pub async fn settle(api: &Api) -> Result<()> {
    let begin = Instant::now();
    let mut longest = Duration::ZERO;
    let mut open: BTreeMap<Mark, Instant> = BTreeMap::new();
    loop {
        let marks = marked(api).await?;
        open.retain(|mark, _| marks.contains(mark));
        for mark in marks {
            longest = longest.max(mark.allowance);
            open.entry(mark).or_insert_with(Instant::now);
        }
        let abandoned = open.extract_if(.., |mark, since| since.elapsed() >= mark.allowance);
        for (mark, _) in abandoned.collect::<Vec<_>>() {
            close(api, &mark).await?;
        }
        if open.is_empty() || begin.elapsed() >= longest {
            return Ok(());
        }
        operation::sleep(LOOK).await?;
    }
}

/// Closes what a run left open that crashed.
async fn close(api: &Api, mark: &Mark) -> Result<()> {
    tracing::info!(id = mark.id, "closing a transaction of a run that crashed");
    api.send(Request::delete(path!("services/haproxy/transactions" / mark.id)).accept(404)).await?;
    remove(api, mark).await
}

async fn remove(api: &Api, mark: &Mark) -> Result<()> {
    api.send(Request::delete(file(&mark.file())).accept(404)).await.map(drop)
}

async fn marked(api: &Api) -> Result<Vec<Mark>> {
    Ok(api.map_names().await?.iter().filter_map(|name| Mark::of(name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_says_how_long_its_run_may_need() {
        let mark = Mark { id: "6f1c-2".to_owned(), allowance: Duration::from_secs(35) };
        assert_eq!(mark.file(), "substrate-transaction-6f1c-2.35.map");
        assert!(Mark::of(&mark.file()) == Some(mark));
        for other in ["edge.host.map", "substrate-transaction-6f1c-2.map", "substrate-lock-edge.map"] {
            assert!(Mark::of(other).is_none(), "{other}");
        }
    }
}
