//! What a container may do that others may not.

use tfplugin::prelude::*;

/// What the container may do. All but `nesting`, and all of a privileged container, may be set by `root@pam` with his
/// password alone.
#[derive(Clone, Nested)]
pub struct Features {
    /// Whether it may have containers of its own; it then sees some of the host's `/proc` and `/sys`.
    pub nesting: Option<bool>,

    /// Whether it may mount file systems of FUSE.
    pub fuse: Option<bool>,

    /// Whether an unprivileged one may call `keyctl`, as Docker does.
    pub keyctl: Option<bool>,

    /// Whether an unprivileged one may make some devices.
    pub mknod: Option<bool>,

    /// File systems that it may mount, such as `nfs`.
    #[tf(check = file_systems)]
    pub mount: Option<BTreeSet<String>>,
}

fn file_systems(names: &BTreeSet<String>) -> Result<(), String> {
    let valid = |name: &String| !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
    match names.iter().find(|name| !valid(name)) {
        _ if names.is_empty() => Err("has no elements; omit it for none".to_owned()),
        Some(name) => Err(format!("has `{name}`, which is no name of a file system such as `nfs`")),
        None => Ok(()),
    }
}
