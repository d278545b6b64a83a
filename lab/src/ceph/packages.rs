//! Ceph's programs on the machine itself, from its packages.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use crate::cached::last_lines;
use crate::ceph::chroot::is_root;
use crate::machine::{announce, cache, on_path};

/// What a cluster needs; the libraries and the client programs come with these.
pub const PACKAGES: [&str; 5] = ["ceph-mon", "ceph-mgr", "ceph-osd", "ceph-mgr-dashboard", "ceph-common"];

/// Installs what is missing, where the tests may; a failure is the same for all who ask.
pub fn ensure() -> Result<(), &'static str> {
    static ENSURED: OnceLock<Result<(), String>> = OnceLock::new();
    ENSURED.get_or_init(install_missing).as_ref().map_err(String::as_str).copied()
}

fn are_installed() -> bool {
    let programs = ["ceph-mon", "ceph-mgr", "ceph-osd", "ceph-authtool", "monmaptool", "rados"];
    programs.iter().all(|name| on_path(name).is_some()) && Path::new("/usr/share/ceph/mgr/dashboard").is_dir()
}

fn install_missing() -> Result<(), String> {
    if are_installed() {
        return Ok(());
    }
    let by_hand = format!("on Debian 12, `apt-get install --no-install-recommends {}`", PACKAGES.join(" "));
    if !is_root() || on_path("apt-get").is_none() {
        return Err(format!("Ceph is missing, and only root can install it: {by_hand}"));
    }
    let folder = cache().ok_or("neither XDG_CACHE_HOME nor HOME is set, so there is no cache for a lock")?;
    let locked = fs::create_dir_all(&folder).and_then(|()| File::create(folder.join("ceph-packages.lock")));
    let lock = locked.map_err(|error| format!("cannot make a lock in {}: {error}", folder.display()))?;
    lock.lock().map_err(|error| format!("cannot wait for the installation of Ceph: {error}"))?;
    // Whoever held the lock may have installed it.
    if are_installed() {
        return Ok(());
    }
    announce("installing Ceph, once, some 30 s …");
    apt(&["update", "--quiet"])?;
    apt(&[&["install", "--quiet", "--yes", "--no-install-recommends"], &PACKAGES[..]].concat())?;
    match are_installed() {
        true => Ok(()),
        false => Err(format!("Ceph was installed, and its programs or its dashboard are missing: {by_hand}")),
    }
}

fn apt(arguments: &[&str]) -> Result<(), String> {
    let mut command = Command::new("apt-get");
    command.args(["-o", "DPkg::Lock::Timeout=600"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    let done = command.output().map_err(|error| format!("apt-get does not start: {error}"))?;
    match done.status.success() {
        true => Ok(()),
        false => {
            let said = last_lines(&[done.stdout, done.stderr].concat(), 20);
            Err(format!("`apt-get {}` failed:\n{said}", arguments.join(" ")))
        }
    }
}
