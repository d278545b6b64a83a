//! Tasks: what a node goes on with after it answered, and how it ended.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tfplugin::prelude::*;

use super::advice::advice;
use super::client::Proxmox;
use super::pauses::Pauses;
use crate::http::{ApiPath, Request, path};

/// Waits between looks at a task: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// What types of tasks begin with that only hand a request to HA, whatever becomes of it: `hastart`, `hastop`, `hamigrate`
/// (`PVE::API2::Qemu` and `PVE::API2::LXC`, where `vm_is_ha_managed`).
const REQUEST_TO_HA: &str = "ha";

/// Tasks of somebody who looks at a guest, which hold nothing.
const CONSOLES: [&str; 4] = ["spiceproxy", "termproxy", "vncproxy", "vncshell"];

/// Looks that may fail in a row; a task that has just begun is not known for a moment.
const FORGIVEN: u32 = 4;

/// Lines of a log that an error shows.
const LINES: usize = 5;

/// A task of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    upid: String,
}

impl Task {
    /// The task that an answer names: `UPID:node:pid:pstart:starttime:type:id:user:`.
    pub fn of(answer: &Value) -> Option<Task> {
        let upid = answer.as_str().filter(|text| text.starts_with("UPID:") && text.split(':').count() >= 8)?;
        Some(Task { upid: upid.to_owned() })
    }

    /// Its type, such as `qmclone`.
    pub fn kind(&self) -> &str {
        self.part(5)
    }

    /// What it is about, such as the number of a guest.
    pub fn subject(&self) -> &str {
        self.part(6)
    }

    /// The user or the token that asked for it.
    pub fn user(&self) -> &str {
        self.part(7)
    }

    /// Whether its end says only that HA knows what it is to do.
    pub fn asks_ha(&self) -> bool {
        self.kind().starts_with(REQUEST_TO_HA)
    }

    /// Whether it is a console, which holds no lock.
    pub fn is_console(&self) -> bool {
        CONSOLES.contains(&self.kind())
    }

    fn part(&self, index: usize) -> &str {
        self.upid.split(':').nth(index).unwrap_or_default()
    }

    fn url(&self) -> ApiPath {
        path!("nodes" / self.part(1) / "tasks" / self.upid)
    }

    /// Waits until the task has ended, and fails as it failed. An error that is `answer_lost` says that it still runs.
    pub async fn follow(&self, proxmox: &Proxmox) -> Result<()> {
        let (mut pauses, mut failures) = (Pauses::new(PAUSES), 0);
        loop {
            match proxmox.get(Request::get(self.url().literal("status"))).await {
                Ok(status) if status["status"] == "stopped" => return self.ended(proxmox, &status["exitstatus"]).await,
                Ok(_) => failures = 0,
                Err(error) if error.is_stopped() => return Err(self.unfinished(&error)),
                Err(error) => {
                    failures += 1;
                    if failures > FORGIVEN {
                        return Err(self.unfinished(&error));
                    }
                }
            }
            pauses.rest().await.map_err(|error| self.unfinished(&error))?;
        }
    }

    fn unfinished(&self, cause: &Error) -> Error {
        let hint = cause.hint_text().unwrap_or("Look at the task before you run again.").to_owned();
        Error::answer_lost(format!("the end of {self} was not seen: {}", cause.message())).hint(hint)
    }

    async fn ended(&self, proxmox: &Proxmox, exit: &Value) -> Result<()> {
        let exit = exit.as_str().unwrap_or("without a status").trim();
        if exit == "OK" || exit.starts_with("WARNINGS") {
            if exit != "OK" {
                tracing::warn!(task = self.upid, exit, "a task ended with warnings");
            }
            return Ok(());
        }
        let log = self.last_lines(proxmox).await.unwrap_or_default();
        let end = if log.is_empty() { String::new() } else { format!("; its log ends: {}", log.join(" | ")) };
        let message = format!("{self} failed: {exit}{end}");
        Err(match exit.contains("already exists") {
            true => Error::conflict(message),
            false => {
                let whole = format!("The whole log is in the task `{}` of the node.", self.upid);
                let advice = advice(&message).map(|advice| format!("{advice} "));
                Error::new(message).hint(advice.unwrap_or_default() + &whole)
            }
        })
    }

    /// The log's last lines, without the exit status, which is the last one.
    async fn last_lines(&self, proxmox: &Proxmox) -> Result<Vec<String>> {
        let log = proxmox.get(Request::get(self.url().literal("log")).query("limit", 5000)).await?;
        let lines = log.as_array().into_iter().flatten().filter_map(|line| line["t"].as_str());
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty() && !line.starts_with("TASK ERROR")).collect();
        Ok(lines[lines.len().saturating_sub(LINES)..].iter().map(|line| (*line).to_owned()).collect())
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task `{}` of `{}` on node `{}`", self.kind(), self.subject(), self.part(1))
    }
}

/// The tasks that this process follows: no other answer of its own was theirs.
#[derive(Default)]
pub struct Followed(Mutex<BTreeSet<String>>);

impl Followed {
    /// Notes that a task is followed.
    pub fn add(&self, task: &Task) {
        self.lock().insert(task.upid.clone());
    }

    /// Whether somebody here follows a task, or did.
    pub fn has(&self, task: &Task) -> bool {
        self.lock().contains(&task.upid)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_named_by_its_answer() {
        let upid = "UPID:vm:00006811:00076CB1:6B00D57E:qmcreate:100:root@pam:";
        let task = Task::of(&Value::from(upid)).unwrap();
        assert_eq!(task.to_string(), "task `qmcreate` of `100` on node `vm`");
        assert_eq!((task.kind(), task.subject(), task.user()), ("qmcreate", "100", "root@pam"));
        assert!(!task.asks_ha() && !task.is_console());
        assert_eq!(Task::of(&Value::Null), None);
        assert_eq!(Task::of(&Value::from("100")), None);
    }
}
