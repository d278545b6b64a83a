//! What each type of storage takes and holds (`PVE::Storage::*Plugin`, `options` and `plugindata`; unrecorded but for
//! `dir` and `nfs`).

/// A type of storage.
#[derive(Debug)]
pub struct Type {
    /// Its name.
    pub name: &'static str,
    /// What it must be told, and never changes.
    pub fixed: &'static [&'static str],
    /// What it can be told besides [`COMMON`].
    pub options: &'static [&'static str],
    /// What it can hold.
    pub contents: &'static [&'static str],
    /// What it holds where nothing is said.
    pub usual: &'static [&'static str],
    /// Whether its volumes are files.
    pub files: bool,
    /// Whether every node sees the same volumes.
    pub shared: bool,
}

/// What every type can be told.
pub const COMMON: &[&str] = &["nodes", "disable", "content", "bwlimit"];

/// What is kept apart from the configuration and in no answer.
pub const SECRETS: &[&str] = &["password", "master-pubkey", "keyring"];

const OF_FILES: &[&str] = &[
    "path",
    "content-dirs",
    "shared",
    "maxfiles",
    "prune-backups",
    "max-protected-backups",
    "format",
    "mkdir",
    "create-base-path",
    "create-subdirs",
    "is_mountpoint",
    "preallocation",
];
const EVERYTHING: &[&str] = &["images", "rootdir", "vztmpl", "iso", "backup", "snippets", "import", "none"];
const DISKS: &[&str] = &["images", "rootdir", "none"];

/// The types that the lab has.
const TYPES: &[Type] = &[
    Type {
        name: "btrfs",
        fixed: &["path"],
        options: &[
            "nocow",
            "content-dirs",
            "shared",
            "prune-backups",
            "max-protected-backups",
            "mkdir",
            "is_mountpoint",
        ],
        contents: EVERYTHING,
        usual: &["images", "rootdir"],
        files: true,
        shared: false,
    },
    Type {
        name: "cephfs",
        fixed: &[],
        options: &[
            "path",
            "content-dirs",
            "monhost",
            "subdir",
            "options",
            "username",
            "format",
            "mkdir",
            "create-base-path",
            "create-subdirs",
            "fuse",
            "maxfiles",
            "keyring",
            "prune-backups",
            "max-protected-backups",
            "fs-name",
        ],
        contents: &["vztmpl", "iso", "backup", "snippets", "import", "none"],
        usual: &["backup"],
        files: true,
        shared: true,
    },
    Type {
        name: "cifs",
        fixed: &["server", "share"],
        options: &[
            "path",
            "content-dirs",
            "subdir",
            "maxfiles",
            "prune-backups",
            "max-protected-backups",
            "format",
            "username",
            "password",
            "domain",
            "smbversion",
            "mkdir",
            "create-base-path",
            "create-subdirs",
            "preallocation",
            "options",
        ],
        contents: EVERYTHING,
        usual: &["images"],
        files: true,
        shared: true,
    },
    Type {
        name: "dir",
        fixed: &["path"],
        options: OF_FILES,
        contents: EVERYTHING,
        usual: &["images", "rootdir"],
        files: true,
        shared: false,
    },
    Type {
        name: "iscsi",
        fixed: &["portal", "target"],
        options: &[],
        contents: &["images", "none"],
        usual: &["images"],
        files: false,
        shared: true,
    },
    Type {
        name: "lvm",
        fixed: &["vgname"],
        options: &["shared", "saferemove", "saferemove_throughput", "base", "tagged_only"],
        contents: DISKS,
        usual: &["images", "rootdir"],
        files: false,
        shared: false,
    },
    Type {
        name: "lvmthin",
        fixed: &["vgname", "thinpool"],
        options: &[],
        contents: DISKS,
        usual: &["images", "rootdir"],
        files: false,
        shared: false,
    },
    Type {
        name: "nfs",
        fixed: &["server", "export"],
        options: &[
            "path",
            "content-dirs",
            "maxfiles",
            "prune-backups",
            "max-protected-backups",
            "options",
            "format",
            "mkdir",
            "create-base-path",
            "create-subdirs",
            "preallocation",
        ],
        contents: EVERYTHING,
        usual: &["images"],
        files: true,
        shared: true,
    },
    Type {
        name: "pbs",
        fixed: &["server", "datastore"],
        options: &[
            "namespace",
            "port",
            "username",
            "password",
            "encryption-key",
            "master-pubkey",
            "maxfiles",
            "prune-backups",
            "max-protected-backups",
            "fingerprint",
            "skip-cert-verification",
        ],
        contents: &["backup", "none"],
        usual: &["backup"],
        files: false,
        shared: true,
    },
    Type {
        name: "rbd",
        fixed: &[],
        options: &["monhost", "pool", "data-pool", "namespace", "username", "krbd", "keyring"],
        contents: DISKS,
        usual: &["images"],
        files: false,
        shared: true,
    },
    Type {
        name: "zfspool",
        fixed: &["pool"],
        options: &["blocksize", "sparse", "mountpoint"],
        contents: DISKS,
        usual: &["images", "rootdir"],
        files: false,
        shared: false,
    },
];

/// The type of this name.
pub fn find(name: &str) -> Option<&'static Type> {
    TYPES.iter().find(|known| known.name == name)
}

impl Type {
    /// Whether it can be told this.
    pub fn takes(&self, option: &str) -> bool {
        [COMMON, self.fixed, self.options].iter().any(|options| options.contains(&option))
    }
}
