//! The executable of HAProxy: the distribution's package, installed where it is missing.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::cached::last_lines;
use crate::machine::{announce, cache, on_path};

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
    // Tests of several processes want the package at once.
    let lock = || -> io::Result<File> {
        fs::create_dir_all(&cache)?;
        let lock = File::create(cache.join("haproxy.lock"))?;
        lock.lock().map(|()| lock)
    };
    let _locked = lock().map_err(|error| format!("cannot make a lock in {}: {error}", cache.display()))?;
    if let Some(found) = find() {
        return Ok(found);
    }
    announce("installing HAProxy's package, once, some 10 seconds …");
    install(&apt)?;
    find().ok_or_else(|| MISSING.to_owned())
}

fn install(apt: &Path) -> Result<(), String> {
    let package = ["install", "--yes", "--quiet", "--no-install-recommends", "haproxy"];
    run(apt, &package).or_else(|_| {
        // A machine that was never asked for a package has no lists of them.
        run(apt, &["update", "--quiet"])?;
        run(apt, &package)
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A program in place of apt-get, which writes down what it is asked for.
    fn apt(folder: &Path, answer: &str) -> PathBuf {
        let (path, asked) = (folder.join("apt-get"), folder.join("asked"));
        fs::write(&path, format!("#!/bin/sh\necho $1 >>{}\n{answer}\n", asked.display())).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn lists_of_packages_are_fetched_where_they_are_missing() {
        let folder = tempfile::tempdir().unwrap();
        let listed = folder.path().join("listed").display().to_string();
        install(&apt(folder.path(), &format!("[ $1 = update ] && touch {listed}; [ -e {listed} ]"))).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("asked")).unwrap(), "install\nupdate\ninstall\n");
    }

    #[test]
    fn who_may_not_install_is_told_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let error = install(&apt(folder.path(), "echo are you root? >&2; exit 100")).unwrap_err();
        assert!(error.contains("as root, `apt-get install") && error.contains("are you root?"), "{error}");
    }
}
