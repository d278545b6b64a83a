//! Words of a storage's attributes.

use tfplugin::prelude::*;

/// A kind of storage.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum StorageType {
    /// A directory of the node.
    Dir,
    /// A Btrfs file system of the node.
    Btrfs,
    /// A volume group of the node.
    Lvm,
    /// A thin pool of the node.
    Lvmthin,
    /// A ZFS pool of the node.
    Zfspool,
    /// An NFS server.
    Nfs,
    /// A Windows or Samba server.
    Cifs,
    /// A CephFS.
    Cephfs,
    /// A pool of RBD images.
    Rbd,
    /// A Proxmox Backup Server.
    Pbs,
}

/// How volumes of files are allocated.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum Preallocation {
    /// When they are written.
    Off,
    /// Their structure at once.
    Metadata,
    /// Their space at once.
    Falloc,
    /// Their space at once, with zeros in it.
    Full,
}

/// How many backups of each guest are kept.
#[derive(Clone, Nested)]
#[tf(conflicts(keep_all, keep_last))]
pub struct Backups {
    /// Whether all are kept.
    #[tf(api = "keep-all")]
    pub keep_all: Option<bool>,

    /// The last ones.
    #[tf(api = "keep-last")]
    pub keep_last: Option<u64>,

    /// One of each of the last hours.
    #[tf(api = "keep-hourly")]
    pub keep_hourly: Option<u64>,

    /// One of each of the last days.
    #[tf(api = "keep-daily")]
    pub keep_daily: Option<u64>,

    /// One of each of the last weeks.
    #[tf(api = "keep-weekly")]
    pub keep_weekly: Option<u64>,

    /// One of each of the last months.
    #[tf(api = "keep-monthly")]
    pub keep_monthly: Option<u64>,

    /// One of each of the last years.
    #[tf(api = "keep-yearly")]
    pub keep_yearly: Option<u64>,
}

/// Allows what belongs to some kinds of storage beside those alone.
pub fn only<T>(kinds: &'static [StorageType]) -> impl Fn(&T, &StorageType) -> Result<(), String> {
    move |_, kind| match kinds.contains(kind) {
        true => Ok(()),
        false => {
            let kinds: Vec<String> = kinds.iter().map(|kind| format!("`{}`", kind.word())).collect();
            Err(format!("is nothing that a `{}` has: it belongs to {}", kind.word(), kinds.join(", ")))
        }
    }
}

/// Refuses what is no list of options of a mount (`pve-storage-options`).
pub fn mount_options(options: &str) -> Result<(), String> {
    let valid = |c: char| c.is_ascii_alphanumeric() || "-_=.:@".contains(c);
    match options.split(',').all(|option| !option.is_empty() && option.chars().all(valid)) {
        true => Ok(()),
        false => Err("is no list of options such as `vers=4.2,soft`".to_owned()),
    }
}

/// Refuses what is neither a word nor a path that could be a mount point (`PVE::Storage::Plugin::parse_is_mountpoint`).
pub fn mount_point(text: &str) -> Result<(), String> {
    match ["yes", "no"].contains(&text) || text.starts_with('/') {
        true => Ok(()),
        false => Err("is neither `yes` nor `no` nor a path".to_owned()),
    }
}

/// Refuses what is no size of ZFS's blocks, which are powers of two from 512 bytes on (`zfsprops`, `volblocksize`).
pub fn block_size(text: &str) -> Result<(), String> {
    let (number, unit) = match text.strip_suffix(['k', 'K']) {
        Some(number) => (number, 1024),
        None => (text, 1),
    };
    let bytes = number.parse::<u32>().ok().and_then(|number| number.checked_mul(unit));
    match bytes.is_some_and(|bytes| bytes >= 512 && bytes.is_power_of_two()) {
        true => Ok(()),
        false => Err("is no power of two such as `8k` or `16k`".to_owned()),
    }
}

/// Refuses a list without addresses, which would be the cluster's own Ceph.
pub fn host_names(hosts: &BTreeSet<String>) -> Result<(), String> {
    if hosts.is_empty() { Err("has no elements; omit it for the cluster's own Ceph".to_owned()) } else { Ok(()) }
}

const CONTENT: [&str; 8] = ["images", "rootdir", "vztmpl", "backup", "iso", "snippets", "import", "none"];

/// Refuses what no storage has.
pub fn content(content: &BTreeSet<String>) -> Result<(), String> {
    match content.iter().find(|kind| !CONTENT.contains(&kind.as_str())) {
        Some(kind) => {
            Err(format!("has `{kind}`, which is none of {}", CONTENT.map(|kind| format!("`{kind}`")).join(", ")))
        }
        None if content.is_empty() => Err("has no elements; `none` is nothing".to_owned()),
        None => Ok(()),
    }
}
