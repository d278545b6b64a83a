//! Proxmox VE's own words in an answer that refuses.

use serde_json::Value;

use super::advice::advice;
use crate::http::{Answer, Meaning, Method, Refusal};

/// What a lock is told by, in refusals and in the ends of tasks: of a guest's configuration, of a storage, of the
/// cluster's configuration, and what a guest's property `lock` says.
const LOCKS: [&str; 5] =
    ["can't lock file", "got lock request timeout", "got lock timeout", " is locked (", "cfs-lock"];

/// What stands before the name of a missing object: `pool 'ci' does not exist` (`PVE::AbstractConfig`,
/// `PVE::AccessControl`, `PVE::API2::Pool`, `PVE::Storage`).
const NAMED: [&str; 6] = ["Configuration file", "group", "pool", "role", "storage", "user"];

/// How a missing object is told otherwise: `no such user ('ci@pve')` (`PVE::AccessControl::check_user_exist`) and
/// `no such token 't' for user 'ci@pve'` (`PVE::AccessControl::check_token_exist`).
const NO_SUCH: [&str; 2] = ["no such user ('", "no such token '"];

/// What is said of an object that is there, or that somebody else changed. 8.x misspells `checksum missmatch` in its
/// first versions.
const CONFLICTS: [&str; 6] = [
    "already exists",
    "already defined",
    "already used",
    "checksum mismatch",
    "checksum missmatch",
    "detected modified configuration",
];

/// What is said of what `root@pam` may do alone: of a machine with the status 500, of a container with 403
/// (`PVE::API2::Qemu`, `PVE::LXC`, `PVE::Storage::check_volume_access`).
const OF_ROOT: [&str; 3] = ["only allowed for root@pam", "only root can set", "Only root can pass"];

const ROOT_ALONE: &str = "No API token may do it, not even one of root: log in as `root@pam` with `proxmox.username` and \
                          `proxmox.password`, or leave it out.";

/// Whether an error says that somebody holds a lock: the same may succeed later.
pub fn is_lock(message: &str) -> bool {
    LOCKS.iter().any(|lock| message.contains(lock))
}

/// The lock in a guest's configuration that a refusal names, such as `backup`.
pub fn config_lock(message: &str) -> Option<&str> {
    let (_, lock) = message.split_once(" is locked (")?;
    lock.split_once(')').map(|(lock, _)| lock)
}

/// Whether a refusal says that there is no such object. A storage that is out of reach says nothing of what is on it, such
/// as `directory '/mnt/a' does not exist or is unreachable` or ZFS's `no such pool`.
fn is_missing(text: &str) -> bool {
    let named = text.strip_suffix("' does not exist").and_then(|text| text.rsplit_once(" '"));
    named.is_some_and(|(kind, _)| NAMED.iter().any(|known| kind.ends_with(known)))
        || NO_SUCH.iter().any(|words| text.contains(words))
}

/// Whether a clone for another node was refused since only the source's node sees its volumes (`PVE::API2::Qemu` and
/// `PVE::API2::LXC`, `clone_vm`).
pub fn is_for_shared_storage_alone(message: &str) -> bool {
    message.contains("uses local storage") || message.contains("to non-shared storage")
}

/// What a proxy of Proxmox VE says that got no answer of the node that the path names (AnyEvent::HTTP's pseudo statuses).
const NODE_SILENT: [u16; 3] = [595, 596, 599];

/// What a refusal means. Proxmox VE answers nearly everything with 500 and says why in the status line, and in the body
/// in nearly all cases; what a caller sent wrong is a 400 with the parameters.
pub fn explain(answer: &Answer) -> Option<Refusal> {
    if [404, 410].contains(&answer.status()) {
        // Proxmox VE has no such answer: what is missing is a 500. Who answers so says nothing about any object.
        return Some(Refusal::new(answer.reason().unwrap_or_default()).means(Meaning::Failure));
    }
    let body = answer.json().ok();
    let message =
        body.as_ref().and_then(|body| body["message"].as_str()).map(str::trim).filter(|text| !text.is_empty());
    let text = message.or_else(|| answer.reason())?.to_owned();
    if let Some((parameter, problem)) = body.as_ref().and_then(first_error) {
        let refusal = Refusal::new(format!("`{parameter}`: {problem}")).about(parameter);
        let is_there = CONFLICTS.iter().any(|word| problem.contains(word));
        return Some(if is_there { refusal.means(Meaning::Conflict) } else { refusal });
    }
    // Who is not known is told by the status, whatever the words.
    let refusal = match advice(&text).filter(|_| answer.status() != 401) {
        Some(advice) => Refusal::new(&text).hint(advice),
        None => Refusal::new(&text),
    };
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    Some(match answer.status() {
        500 if is_lock(&text) => {
            refusal.means(Meaning::Declined).hint("Somebody else is at work on it: run again later.")
        }
        500 if is_missing(&text) && [Method::Get, Method::Delete].contains(&answer.method()) => {
            refusal.means(Meaning::NotFound)
        }
        500 if says(&CONFLICTS) => refusal.means(Meaning::Conflict),
        500 if says(&["protection mode enabled"]) => {
            refusal.means(Meaning::Declined).hint("Set `protection = false` and apply first.")
        }
        500 if says(&OF_ROOT) => refusal.means(Meaning::Declined).hint(ROOT_ALONE),
        // What has neither words nor a reason of its own is not the API's.
        500 if message.is_some() || answer.reason().is_some() => refusal.means(Meaning::Declined),
        403 if says(&OF_ROOT) => refusal.hint(ROOT_ALONE),
        403 if text.contains("API token") => refusal.hint(
            "API tokens may not do this, whatever their rights: log in with `proxmox.username` and `proxmox.password`.",
        ),
        status if NODE_SILENT.contains(&status) => refusal.hint(
            "The node that the path names did not answer the one that was asked: see that it runs and is in the cluster \
             (`pvecm status`), and run again.",
        ),
        501 => refusal.means(Meaning::Declined).hint("This version of Proxmox VE does not have it."),
        _ => refusal,
    })
}

/// The first parameter that is wrong, with what is wrong about it.
fn first_error(body: &Value) -> Option<(String, String)> {
    let errors = body["errors"].as_object()?;
    let (parameter, problem) = errors.iter().min_by_key(|(parameter, _)| parameter.as_str())?;
    Some((parameter.clone(), problem.as_str().unwrap_or_default().trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_are_told_by_their_words() {
        for lock in [
            "can't lock file '/var/lock/qemu-server/lock-110.conf' - got timeout",
            "unable to create VM 110 - can't lock file '/var/lock/qemu-server/lock-110.conf' - got timeout",
            "VM is locked (clone)",
            "CT is locked (backup)",
            "cfs-lock 'storage-local' error: got lock request timeout",
        ] {
            assert!(is_lock(lock), "{lock}");
        }
        assert!(!is_lock("VM 110 is running - destroy failed"));
    }

    #[test]
    fn only_a_missing_object_is_missing() {
        for missing in [
            "Configuration file 'nodes/vm/qemu-server/999.conf' does not exist",
            "delete pool failed: pool 'a/b' does not exist",
            "no such user ('none@pve')",
            "no such token 't1' for user 'ci@pve'",
            "storage 'nfs' does not exist",
        ] {
            assert!(is_missing(missing), "{missing}");
        }
        for out_of_reach in [
            "unable to activate storage 'nfs' - directory '/mnt/pve/nfs' does not exist or is unreachable",
            "zfs error: cannot open 'tank': no such pool",
            "zfs error: cannot open 'tank/a': dataset does not exist",
            "bridge 'vmbr0' does not exist",
        ] {
            assert!(!is_missing(out_of_reach), "{out_of_reach}");
        }
    }

    #[test]
    fn a_lock_in_a_configuration_is_named() {
        assert_eq!(config_lock("VM is locked (snapshot-delete)"), Some("snapshot-delete"));
        assert_eq!(config_lock("can't lock file '/var/lock/qemu-server/lock-110.conf' - got timeout"), None);
    }

    #[test]
    fn the_first_wrong_parameter_is_named() {
        let body = serde_json::json!({ "errors": { "vmid": "bad\n", "memory": "too small\n" } });
        assert_eq!(first_error(&body), Some(("memory".to_owned(), "too small".to_owned())));
    }
}
