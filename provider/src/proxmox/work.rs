//! Writes to nodes: a few at once, again while somebody else holds a lock, and followed to their end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tfplugin::operation;
use tfplugin::prelude::*;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::client::Proxmox;
use super::refusal::is_lock;
use super::task::Task;
use crate::http::{Request, path};

/// Writes to one node at once: pvedaemon has three workers, and more than three that block end in 596.
const WRITES: usize = 3;

/// Waits between tries while a lock is held: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));

/// How long a lock is waited for where the operation has no limit.
const PATIENCE: Duration = Duration::from_secs(300);

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

/// A write to a guest of a node.
#[derive(Clone)]
pub struct Work {
    /// The node that works.
    pub node: String,
    /// The guest that it works on, whose tasks tell who holds a lock.
    pub guest: Option<u64>,
    /// What is asked.
    pub request: Request,
}

impl Work {
    /// A write to a guest.
    pub fn on(node: &str, guest: u64, request: Request) -> Work {
        Work { node: node.to_owned(), guest: Some(guest), request }
    }

    /// A write to a node itself.
    pub fn at(node: &str, request: Request) -> Work {
        Work { node: node.to_owned(), guest: None, request }
    }

    /// Has the work done, and waits for its end. It is begun again while somebody else holds a lock.
    pub async fn done(self, proxmox: &Proxmox) -> Result<()> {
        let (mut pause, mut waited) = (PAUSES.0, Duration::ZERO);
        loop {
            let error = match self.attempt(proxmox).await {
                Err(error) if is_lock(error.message()) => error,
                result => return result,
            };
            let patient = operation::remaining().map_or(waited < PATIENCE, |left| left > pause);
            if !patient {
                return Err(self.locked(proxmox, error).await);
            }
            operation::sleep(pause).await?;
            waited += pause;
            pause = (pause * 3 / 2).min(PAUSES.1);
        }
    }

    async fn attempt(&self, proxmox: &Proxmox) -> Result<()> {
        let _place = proxmox.queues.enter(&self.node, WRITES).await?;
        let begun = match proxmox.write(self.request.clone()).await {
            Err(error) if error.is_answer_lost() => match self.running(proxmox).await.unwrap_or_default() {
                // The answer was lost on its way, but the node is at it.
                Some(task) => Some(task),
                None => return Err(error),
            },
            answer => Task::of(&answer?),
        };
        match begun {
            Some(task) => task.follow(proxmox).await,
            None => Ok(()),
        }
    }

    async fn running(&self, proxmox: &Proxmox) -> Result<Option<Task>> {
        match self.guest {
            Some(guest) => running(proxmox, &self.node, guest).await,
            None => Ok(None),
        }
    }

    /// The error with the name of who holds the lock.
    async fn locked(&self, proxmox: &Proxmox, error: Error) -> Error {
        let holder = match self.running(proxmox).await {
            Ok(Some(task)) => format!("The lock is held by {task}."),
            _ => "No task of the node holds the lock: `qm unlock` or `pct unlock` remove one that a crash left."
                .to_owned(),
        };
        error.hint(format!("{holder} Run again when it is free, or raise the resource's `timeouts`."))
    }
}

/// What a node is doing with a guest.
pub async fn running(proxmox: &Proxmox, node: &str, guest: u64) -> Result<Option<Task>> {
    let list = Request::get(path!("nodes" / node / "tasks")).query("source", "active").query("vmid", guest);
    let tasks = proxmox.get(list).await?;
    let mut tasks = tasks.as_array().into_iter().flatten();
    Ok(tasks
        .find(|task| task["status"].is_null() || task["status"] == "RUNNING")
        .and_then(|task| Task::of(&task["upid"])))
}

/// The value of a write that is no work of a node.
pub async fn unlocked(proxmox: &Proxmox, request: Request) -> Result<Value> {
    let (mut pause, mut waited) = (PAUSES.0, Duration::ZERO);
    loop {
        match proxmox.write(request.clone()).await {
            Err(error) if is_lock(error.message()) && waited < PATIENCE => {}
            result => return result,
        }
        operation::sleep(pause).await?;
        waited += pause;
        pause = (pause * 3 / 2).min(PAUSES.1);
    }
}
