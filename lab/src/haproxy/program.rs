//! The executable of HAProxy: the distribution's package, installed where it is missing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::cached::{Cached, last_lines};
use crate::machine::{cache, on_path};

/// What is said where HAProxy is missing and cannot be installed.
const MISSING: &str = "haproxy is not on the PATH: install HAProxy 2.6 or later (on Debian, as root, `apt-get install \
                       --no-install-recommends haproxy`)";

/// Where the package puts it, which not every PATH has.
const OF_PACKAGE: &str = "/usr/sbin/haproxy";

/// The executable, after installing Debian's package where it is missing and this process may.
///
/// # Errors
///
/// It cannot be installed; the text says what to do.
pub fn executable() -> Result<&'static Path, &'static str> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    FOUND.get_or_init(ensure).as_deref().map_err(String::as_str)
}

fn ensure() -> Result<PathBuf, String> {
    let find = || on_path("haproxy").or_else(|| Some(PathBuf::from(OF_PACKAGE)).filter(|path| path.is_file()));
    if let Some(found) = find() {
        return Ok(found);
    }
    let apt = on_path("apt-get").ok_or(MISSING)?;
    let cache = cache().ok_or("neither XDG_CACHE_HOME nor HOME is set, so there is no place for a lock")?;
    // The folder is there only for its lock: tests of several processes want the package at once.
    let marker = cache.join("haproxy-package").join("installed");
    let package = Cached { title: "HAProxy's package", patience: "10 seconds", path: &marker };
    package.ensure(|staged| {
        let installed = run(&apt, &["install", "--yes", "--quiet", "--no-install-recommends", "haproxy"]);
        if installed.is_err() {
            // A machine that was never asked for a package has no lists.
            run(&apt, &["update", "--quiet"])?;
            run(&apt, &["install", "--yes", "--quiet", "--no-install-recommends", "haproxy"])?;
        }
        std::fs::write(staged, "").map_err(|error| error.to_string())
    })?;
    let removed = || format!("{MISSING}; it was installed and removed again: delete {}", marker.display());
    find().ok_or_else(removed)
}

fn run(apt: &Path, arguments: &[&str]) -> Result<(), String> {
    let mut command = Command::new(apt);
    command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
    let result = command.output().map_err(|error| format!("{command:?} does not start: {error}"))?;
    if result.status.success() {
        return Ok(());
    }
    let said = last_lines(&[result.stdout, result.stderr].concat(), 20);
    Err(format!("{MISSING}; here `{}` said:\n{said}", arguments.join(" ")))
}
