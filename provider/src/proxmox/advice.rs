//! What to do about what Proxmox VE says, in refusals and at the ends of tasks.

/// A right that is missing: `Permission check failed (/pool/ci, Pool.Allocate)`, where several may be needed (`, `) or one of
/// several (`|`) (`PVE::RPCEnvironment::check_full`).
const DENIED: &str = "Permission check failed (";

/// Words that tell a cause, and what to do about it. The first that are said count.
const ADVICE: &[(&[&str], &str)] = &[
    (
        &["no quorum", "not ready - no quorum"],
        "Too few nodes of the cluster see each other, so nothing can be changed: `pvecm status` on a node tells which are \
         missing. Run again when they are back.",
    ),
    (
        &["hostname lookup", "no such cluster node"],
        "The cluster has no node of this name: compare it with `pvecm nodes`, or with the list in the web interface.",
    ),
    (
        &[
            "No space left on device",
            "out of space",
            "free space in thin pool",
            "insufficient free space",
            "storage is full",
            "not enough space",
            "Insufficient suitable allocatable extents",
            "Disk quota exceeded",
        ],
        "The storage is full: remove volumes that nobody needs, enlarge it, or take another one.",
    ),
    (&["is not available on node"], "Take a storage that the node has, or add the node to the storage's `nodes`."),
    (&["' is disabled"], "Set `disable = false` on the storage, or take another one."),
    (
        &["is not online", "is not active", "mount error", "unable to activate storage"],
        "The node cannot reach the storage now: look at it with `pvesm status` on the node.",
    ),
    (
        &[
            "does not support content-type",
            "does not allow content type",
            "does not support content type",
            "can't upload to storage type",
            "is not configured for content-type",
        ],
        "Add the content type to the storage's `content`, or take a storage that has it.",
    ),
    (&["refusing to override existing file"], "Import the file, or remove it from the storage."),
    (&["checksum mismatch: got"], "The file is another one than the checksum is for: correct `checksum` or `url`."),
    (&["download failed"], "The node downloads by itself: see that it reaches the address."),
    (&["Linked clone"], "Set `clone.full = true`, or clone from a storage that has snapshots."),
    (
        &[
            "uses local storage",
            "can't live migrate attached local disks",
            "local devices",
            "local cdrom image",
            "local resources",
        ],
        "What is on one node alone keeps the guest there: move it to a shared storage or detach it first.",
    ),
    (&["KVM virtualisation configured, but not available"], "Switch virtualization on in the BIOS of the node."),
    (
        &["bridge '", "no such bridge"],
        "Make the bridge on the node first, or take one that it has: `ip -brief link show type bridge` lists them.",
    ),
    (&["is not empty (contains", "is not empty"], "Take its members out first: those that say so with `pool_id`."),
    (
        &["no worker upid", "Resource temporarily unavailable"],
        "The node has more to do than it can: run again later, or with a smaller `-parallelism`.",
    ),
    (
        &["Cannot allocate memory", "not enough memory"],
        "The node has too little memory left for it: stop another guest, or take another node.",
    ),
    (&["role '"], "Make the role first, such as with `substrate_proxmox_role`, and refer to its `role_id`."),
    (&["group '", "no such group"], "Make the group first, in the web interface or with `pveum group add`."),
    (
        &["domain '", "auth domain"],
        "The part behind the `@` names a realm that the cluster has not: `pveum realm list` lists them.",
    ),
    (
        &["user '", "no such user"],
        "Make the user first, such as with `substrate_proxmox_user`, and refer to its `user_id`.",
    ),
    (&["storage '"], "Make the storage first, such as with `substrate_proxmox_storage`, or correct its name."),
    (
        &["volume '", "no such volume"],
        "Put the file on the storage first, such as with `substrate_proxmox_download`, or correct its name.",
    ),
    (&["pool '"], "Make the pool first, such as with `substrate_proxmox_pool`, and refer to its `pool_id`."),
];

/// Words without which a name alone gives no advice: that it is there is no reason to make it.
const ABSENT: [&str; 4] = ["does not exist", "no such", "not found", "invalid"];

/// What to do about these words, if anybody knows.
pub fn advice(text: &str) -> Option<String> {
    if let Some((place, privileges)) = denied(text) {
        return Some(format!(
            "Give {privileges} on `{place}`, or on a path above it, to who asks, such as with `substrate_proxmox_acl`. A token \
             with privilege separation needs it besides its user."
        ));
    }
    let said = |words: &&str| match words.ends_with(" '") {
        true => text.contains(*words) && ABSENT.iter().any(|absent| text.contains(absent)),
        false => text.contains(*words),
    };
    ADVICE.iter().find(|(words, _)| words.iter().any(&said)).map(|(_, advice)| (*advice).to_owned())
}

/// The path and the privileges that a refusal asks for, as words.
fn denied(text: &str) -> Option<(&str, String)> {
    let (inside, _) = text.split_once(DENIED)?.1.split_once(')')?;
    let (place, privileges) = inside.split_once(", ").filter(|(place, _)| place.starts_with('/'))?;
    let listed = |separator: &str, word: &str| {
        privileges.split(separator).map(|one| format!("`{one}`")).collect::<Vec<_>>().join(word)
    };
    let privileges = if privileges.contains('|') { listed("|", " or ") } else { listed(", ", " and ") };
    Some((place, format!("the privilege {privileges}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_privilege_is_named_with_its_path() {
        let one = advice("Permission check failed (/pool/ci, Pool.Allocate)\n").unwrap();
        assert!(one.starts_with("Give the privilege `Pool.Allocate` on `/pool/ci`, or on a path above it"), "{one}");
        let any = advice("Permission check failed (/vms/100, VM.Config.Disk|VM.Config.CDROM)").unwrap();
        assert!(any.starts_with("Give the privilege `VM.Config.Disk` or `VM.Config.CDROM` on `/vms/100`"), "{any}");
        assert_eq!(advice("Permission check failed"), None);
        assert_eq!(advice("Permission check failed (user != root@pam)"), None);
    }

    #[test]
    fn what_is_there_is_not_to_be_made() {
        assert!(advice("storage 'a' does not exist").unwrap().contains("Make the storage first"));
        assert_eq!(advice("create storage failed: storage ID 'a' already defined"), None);
        assert_eq!(advice("unable to create VM 100 - VM 100 already exists on node 'pve2'"), None);
    }
}
