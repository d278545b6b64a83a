//! Locks in the configurations of guests, and who holds them.

use serde_json::Value;
use tfplugin::prelude::*;

use super::client::Proxmox;
use super::guests::{Guest, Kind};
use super::refusal::config_lock;
use super::task::Task;
use super::work::active;
use crate::http::{Request, path};

/// The lock of a machine that hibernates: it stays until somebody starts the machine (`PVE::QemuServer::vm_suspend`).
const HIBERNATION: &str = "suspended";

/// The lock of a guest that moves: its task may run on the node that the guest has just left.
const MIGRATION: &str = "migrate";

/// Tasks that lock other guests than the one that they are about, if they are about one: a backup of several, and a clone.
const OF_OTHERS: [&str; 3] = ["qmclone", "vzclone", "vzdump"];

/// How often in a row a lock is found without a holder before it counts as one that a crash left.
const LOOKS: u32 = 4;

/// What is known of who holds the lock of a guest.
pub enum Holder {
    /// A task, which will end.
    Task(Task),
    /// No task of the node.
    Nobody,
    /// Nobody who may be seen.
    Unknown,
}

/// A look at a lock that work waits for.
#[derive(Default)]
pub struct Vigil {
    without_holder: u32,
}

impl Vigil {
    /// Whether nobody will ever end what a refusal of work on a guest tells of.
    pub async fn is_in_vain(&mut self, proxmox: &Proxmox, (node, guest): (&str, Guest), refusal: &str) -> bool {
        match config_lock(refusal) {
            // Who has a file locked is at work; the lock ends with the process.
            None | Some(MIGRATION) => return false,
            Some(HIBERNATION) => return true,
            Some(_) => {}
        }
        match holder(proxmox, node, guest).await {
            Holder::Nobody => self.without_holder += 1,
            Holder::Task(_) | Holder::Unknown => self.without_holder = 0,
        }
        self.without_holder >= LOOKS
    }
}

/// Who holds the lock of a guest.
pub async fn holder(proxmox: &Proxmox, node: &str, guest: Guest) -> Holder {
    let Ok(tasks) = active(proxmox, node).await else { return Holder::Unknown };
    let number = guest.id.to_string();
    let holds = |task: &Task| !task.is_console() && (task.subject() == number || OF_OTHERS.contains(&task.kind()));
    match tasks.into_iter().find(holds) {
        Some(task) => Holder::Task(task),
        None if sees_all_tasks(proxmox, node).await => Holder::Nobody,
        None => Holder::Unknown,
    }
}

/// Whether the tasks of all users are shown; those of others need a privilege.
async fn sees_all_tasks(proxmox: &Proxmox, node: &str) -> bool {
    let place = format!("/nodes/{node}");
    let rights = proxmox.get(Request::get(path!("access/permissions")).query("path", &place)).await;
    rights.is_ok_and(|rights| rights[&place]["Sys.Audit"] != Value::Null)
}

/// The error of work that a lock was in the way of, with who holds it and what ends it.
pub async fn locked(proxmox: &Proxmox, (node, guest): (&str, Guest), error: Error) -> Error {
    if config_lock(error.message()) == Some(HIBERNATION) {
        return error
            .hint(format!("The {guest} hibernates. Start it on node `{node}`, which wakes it, and run again."));
    }
    let command = match guest.kind {
        Kind::Machine => "qm",
        Kind::Container => "pct",
    };
    let unlock = format!("`{command} unlock {}` on the node removes a lock that a crash left", guest.id);
    let holder = match holder(proxmox, node, guest).await {
        Holder::Task(task) => format!("The lock is held by {task}."),
        Holder::Nobody => format!("No task of node `{node}` holds the lock: {unlock}."),
        Holder::Unknown => {
            format!("Who holds the lock is shown with `Sys.Audit` on `/nodes/{node}` alone; {unlock}.")
        }
    };
    error.hint(format!("{holder} Run again when it is free, or raise the resource's `timeouts`."))
}
