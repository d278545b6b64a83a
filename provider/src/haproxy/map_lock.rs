//! The lock of a frontend's maps: a file that only one run can make, since the API has no version for files.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tfplugin::operation;
use tfplugin::prelude::*;
use tokio::sync::Notify;

use super::client::Api;
use super::map_store::{file, files};
use super::upload::upload;
use crate::http::Request;

/// A lock that nobody has renewed for so long is a crashed run's.
const ABANDONED: Duration = Duration::from_secs(15);

/// How often the lock is renewed.
const RENEW: Duration = Duration::from_secs(5);

/// A lock that was seen as ours so short a time ago is ours still: nobody takes it over before it is abandoned.
const FRESH: Duration = Duration::from_secs(10);

const LOOK: Duration = Duration::from_millis(50);

/// How long to wait before one who takes a lock over looks whether another one did so, too.
const SETTLE: Duration = Duration::from_secs(1);

/// The lock of a frontend's maps, held by this run.
pub struct Locked {
    /// The API whose maps are locked.
    pub api: Arc<Api>,
    /// The frontend whose maps are locked.
    pub frontend: String,
    /// Whether a run held it that crashed, so that the running worker may differ from the files.
    pub taken_over: bool,
    name: String,
    holder: String,
    since: Instant,
    /// When it was last seen as ours.
    seen: Mutex<Instant>,
}

impl Locked {
    /// Waits for the lock and takes it; one that was abandoned is taken over.
    pub async fn take(api: &Arc<Api>, frontend: &str) -> Result<Locked> {
        let name = format!("substrate-lock-{frontend}.map");
        let holder =
            format!("# Routes of `{frontend}` are being written by {:016x}.\n", RandomState::new().hash_one(0));
        let (mut other, mut since, mut taken_over) = (None, Instant::now(), false);
        loop {
            let asked = Instant::now();
            let request = upload(Request::post(files()).accept(409).repeatable(true), &name, &holder);
            let made = api.send(request.purpose("lock the maps of routes")).await?.status() != 409;
            let found = if made { None } else { api.fetch_map(&name).await? };
            if made || found.as_ref().is_some_and(|found| found.to_string().starts_with(&holder)) {
                let (api, frontend, seen) = (api.clone(), frontend.to_owned(), Mutex::new(asked));
                return Ok(Locked { api, frontend, taken_over, name, holder, since: asked, seen });
            }
            if found != other {
                (other, since) = (found, Instant::now());
            } else if since.elapsed() >= ABANDONED {
                tracing::info!(name, "taking the lock of a run that crashed");
                taken_over = true;
                api.send(put(&name, holder.clone()).accept(404)).await?;
                operation::sleep(SETTLE).await?;
            }
            operation::sleep(LOOK).await?;
        }
    }

    /// Does the work, and renews the lock meanwhile.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let over = Notify::new();
        let renewing = async {
            // A renewal that has begun ends before the work does: it must not reach the API after the lock's removal.
            while tokio::time::timeout(RENEW, over.notified()).await.is_err() {
                if let Err(error) = self.renew().await {
                    tracing::warn!(name = self.name, %error, "the lock of the routes was not renewed");
                }
            }
        };
        let work = async {
            let done = work.await;
            over.notify_one();
            done
        };
        tokio::join!(work, renewing).0
    }

    /// Refuses to go on where another run may have taken the lock, since the API kept this one waiting.
    pub async fn ensure(&self) -> Result<()> {
        let seen = *self.seen();
        if seen.elapsed() < FRESH { Ok(()) } else { self.renew().await }
    }

    async fn renew(&self) -> Result<()> {
        let asked = Instant::now();
        let held = self.api.fetch_map(&self.name).await?;
        if !held.is_some_and(|held| held.to_string().starts_with(&self.holder)) {
            return Err(Error::conflict(format!(
                "another run took the lock of the routes of `{}` while this one waited for the API",
                self.frontend
            ))
            .hint("Run again when the API answers faster."));
        }
        let renewed = format!("{}# Renewed after {} s.\n", self.holder, self.since.elapsed().as_secs());
        self.api.send(put(&self.name, renewed)).await?;
        *self.seen() = asked;
        Ok(())
    }

    /// Lets others write.
    pub async fn release(&self) {
        let request = Request::delete(file(&self.name)).accept(404);
        let released = match self.ensure().await {
            Ok(()) => self.api.send(request).await.map(drop),
            Err(error) => Err(error),
        };
        if let Err(error) = released {
            tracing::warn!(name = self.name, %error, "the lock of the routes is not released");
        }
    }

    fn seen(&self) -> MutexGuard<'_, Instant> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn put(name: &str, content: String) -> Request {
    Request::put(file(name)).query("skip_reload", true).bytes("text/plain", content)
}
