//! Writes to nodes: a few at once, again while somebody else holds a lock, and followed to their end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tfplugin::operation;
use tfplugin::prelude::*;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::client::Proxmox;
use super::guests::Guest;
use super::locks::{self, Vigil};
use super::pauses::Pauses;
use super::refusal::is_lock;
use super::task::Task;
use crate::http::{Request, path};

/// Writes to one node at once: pvedaemon has three workers, and more than three that block end in 596.
const WRITES: usize = 3;

/// Waits between tries while a lock is held: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));

/// Tasks that make guests.
const CREATIONS: [&str; 6] = ["qmcreate", "qmclone", "qmrestore", "vzcreate", "vzclone", "vzrestore"];

/// How long somebody else is waited for where the operation has no limit.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// Who may work at once, by the name of what is worked on.
#[derive(Default)]
pub struct Queues(Mutex<BTreeMap<String, Arc<Semaphore>>>);

impl Queues {
    /// Waits for a place among `places` at `name`.
    pub async fn enter(&self, name: &str, places: usize) -> Result<OwnedSemaphorePermit> {
        let queue = {
            let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(queues.entry(name.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(places))))
        };
        let permit = operation::cancellable(queue.acquire_owned()).await?;
        permit.map_err(|_| Error::stopped("the provider ends"))
    }
}

/// A write to a node, or to a guest there.
#[derive(Clone)]
pub struct Work {
    /// The node that works.
    pub node: String,
    /// The guest that it works on, and the types of the tasks that may come of it.
    about: Option<(Guest, &'static [&'static str])>,
    /// What is asked.
    pub request: Request,
}

/// Work that was not done.
pub struct Undone {
    /// Why.
    pub error: Error,
    /// Whether the node took it on and failed at it.
    pub was_begun: bool,
}

impl From<Error> for Undone {
    fn from(error: Error) -> Undone {
        Undone { error, was_begun: false }
    }
}

impl From<Undone> for Error {
    fn from(undone: Undone) -> Error {
        undone.error
    }
}

impl Work {
    /// A write to a guest by a method of its own, such as `status/start`, by `create` or by `destroy`.
    pub fn on(node: &str, guest: Guest, method: &str, request: Request) -> Work {
        Work { node: node.to_owned(), about: Some((guest, guest.tasks(method))), request }
    }

    /// A write to a node itself.
    pub fn at(node: &str, request: Request) -> Work {
        Work { node: node.to_owned(), about: None, request }
    }

    /// Has the work done, and waits for its end. It is begun again while somebody else holds a lock.
    pub async fn done(self, proxmox: &Proxmox) -> Result<()> {
        Ok(self.followed(proxmox).await.map(drop)?)
    }

    /// The same; returns the task that it was, if it was one.
    pub async fn followed(self, proxmox: &Proxmox) -> Result<Option<Task>, Undone> {
        let (mut pauses, mut vigil) = (Pauses::new(PAUSES), Vigil::default());
        loop {
            let undone = match self.attempt(proxmox).await {
                Err(undone) if is_lock(undone.error.message()) => undone,
                result => return result,
            };
            let place = self.about.map(|(guest, _)| (self.node.as_str(), guest));
            let is_in_vain = match place {
                Some(place) => Box::pin(vigil.is_in_vain(proxmox, place, undone.error.message())).await,
                None => false,
            };
            if is_in_vain || !pauses.have_time(PATIENCE) {
                let error = match place {
                    Some(place) => Box::pin(locks::locked(proxmox, place, undone.error)).await,
                    None => undone.error.hint("Run again when it is free, or raise the resource's `timeouts`."),
                };
                return Err(Undone { error, ..undone });
            }
            pauses.rest().await?;
        }
    }

    async fn attempt(&self, proxmox: &Proxmox) -> Result<Option<Task>, Undone> {
        let _place = proxmox.queues.enter(&self.node, WRITES).await?;
        let begun = match proxmox.write(self.request.clone()).await {
            Err(error) if error.is_answer_lost() => match self.own(proxmox).await {
                // The answer was lost on its way, but the node is at it.
                Some(task) => Some(task),
                None => return Err(error.into()),
            },
            answer => Task::of(&answer?),
        };
        let Some(task) = begun else { return Ok(None) };
        proxmox.followed.add(&task);
        match task.follow(proxmox).await {
            Ok(()) => Ok(Some(task)),
            Err(error) => Err(Undone { error, was_begun: true }),
        }
    }

    /// The task that the node makes of the request, where no answer told. Of several that it could be it is none: the end of
    /// another one says nothing of this.
    async fn own(&self, proxmox: &Proxmox) -> Option<Task> {
        let (guest, types) = self.about?;
        let mut tasks = of_caller(proxmox, &self.node, guest, types).await.unwrap_or_default().into_iter();
        tasks.next().filter(|_| tasks.next().is_none())
    }
}

/// What a node is doing, as far as it is shown.
pub async fn active(proxmox: &Proxmox, node: &str) -> Result<Vec<Task>> {
    let tasks = proxmox.get(Request::get(path!("nodes" / node / "tasks")).query("source", "active")).await?;
    let running = |task: &&Value| task["status"].is_null() || task["status"] == "RUNNING";
    let tasks = tasks.as_array().into_iter().flatten().filter(running);
    Ok(tasks.filter_map(|task| Task::of(&task["upid"])).collect())
}

/// What a node is doing with a guest for whom this process asks, and nobody here follows yet.
pub async fn of_caller(
    proxmox: &Proxmox,
    node: &str,
    guest: Guest,
    types: &'static [&'static str],
) -> Result<Vec<Task>> {
    let mut tasks = active(proxmox, node).await?;
    let number = guest.id.to_string();
    tasks.retain(|task| {
        types.contains(&task.kind())
            && task.subject() == number
            && Some(task.user()) == proxmox.user()
            && !proxmox.followed.has(task)
    });
    Ok(tasks)
}

/// Whether a node makes or clones some guest at the moment; the task of a clone does not tell which.
pub async fn creates(proxmox: &Proxmox, node: &str) -> Result<bool> {
    Ok(active(proxmox, node).await?.iter().any(|task| CREATIONS.contains(&task.kind())))
}

/// The value of a write that is no work of a node.
pub async fn unlocked(proxmox: &Proxmox, request: Request) -> Result<Value> {
    let mut pauses = Pauses::new(PAUSES);
    loop {
        match proxmox.write(request.clone()).await {
            Err(error) if is_lock(error.message()) && pauses.have_time(PATIENCE) => {}
            result => return result,
        }
        pauses.rest().await?;
    }
}
