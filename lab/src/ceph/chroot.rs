//! Ceph 18.2 in a root directory of its own: Debian 13, made once into the cache.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::cached::{Cached, fingerprint, last_lines};
use crate::ceph::packages::PACKAGES;
use crate::machine::{cache, on_path};

/// The release of Debian.
const SUITE: &str = "trixie";

/// Runs a program in the root directory `$1`, with the folder `$2` as `/opt/lab`. What is mounted for it is mounted for
/// it alone, and is gone when it ends: nothing that removes the cache can reach the machine's devices.
const ENTER: &str = "for part in proc dev sys; do mount --bind /$part \"$1/$part\" || exit; done; \
                     mkdir -p \"$1/opt/lab\" && mount --bind \"$2\" \"$1/opt/lab\" && root=$1 && shift 2 && \
                     exec chroot \"$root\" \"$@\"";

/// Whether the process may do everything.
pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Why there can be no Ceph 18.2 here, if so.
#[must_use]
pub fn unavailable() -> Option<String> {
    if !is_root() {
        return Some("only root can run Ceph 18.2 in a root directory of its own".to_owned());
    }
    let missing = ["debootstrap", "unshare", "chroot"].into_iter().find(|name| on_path(name).is_none())?;
    Some(format!("`{missing}`, which makes the root directory for Ceph 18.2, is not installed"))
}

/// The root directory, made on first use in two minutes; a failure is the same for all who ask.
pub fn ensure() -> Result<&'static Path, &'static str> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    MADE.get_or_init(make).as_deref().map_err(String::as_str)
}

/// A program in the root directory, with this folder of the machine as `/opt/lab`.
pub fn enter(root: &Path, folder: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", ENTER, "sh"]).arg(root).arg(folder);
    command
}

fn make() -> Result<PathBuf, String> {
    if let Some(reason) = unavailable() {
        return Err(reason);
    }
    let cache = cache().ok_or("neither XDG_CACHE_HOME nor HOME is set, so there is no cache to install into")?;
    let of = fingerprint(PACKAGES.map(str::as_bytes));
    let path = cache.join(format!("ceph-{SUITE}-{of}")).join("root");
    Cached { title: "Ceph 18.2", patience: "2 minutes", path: &path }.ensure(|staged| {
        run(Command::new("debootstrap").args(["--variant=minbase", SUITE]).arg(staged))?;
        // No service starts by itself.
        let policy = staged.join("usr/sbin/policy-rc.d");
        let written = fs::write(&policy, "#!/bin/sh\nexit 101\n");
        written.map_err(|error| format!("cannot write {}: {error}", policy.display()))?;
        run(Command::new("chmod").arg("+x").arg(&policy))?;
        let mut install = enter(staged, Path::new("/opt"));
        install.env("DEBIAN_FRONTEND", "noninteractive");
        install.args(["apt-get", "install", "--quiet", "--yes", "--no-install-recommends"]);
        run(install.args(PACKAGES).arg("python3"))
    })?;
    Ok(path)
}

fn run(command: &mut Command) -> Result<(), String> {
    let shown = format!("{command:?}");
    let done = command.output().map_err(|error| format!("{shown} does not start: {error}"))?;
    match done.status.success() {
        true => Ok(()),
        false => Err(format!("{shown} said:\n{}", last_lines(&[done.stdout, done.stderr].concat(), 20))),
    }
}
