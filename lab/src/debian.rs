//! Programs of Debian's packages, installed where they are missing.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cached::last_lines;
use crate::machine::{announce, cache, on_path};

/// A program that a package of Debian's has.
#[derive(Debug)]
pub struct Program {
    /// Name of the program.
    pub name: &'static str,
    /// The package that has it.
    pub package: &'static str,
    /// Where the package puts it, which not every PATH has.
    pub place: &'static str,
    /// What is said where it is missing and cannot be installed.
    pub missing: &'static str,
}

impl Program {
    /// The executable, after installing the package where it is missing and this process may.
    ///
    /// # Errors
    ///
    /// It cannot be installed; the text says what to do.
    pub fn ensure(&self) -> Result<PathBuf, String> {
        if let Some(found) = self.find() {
            return Ok(found);
        }
        let apt = on_path("apt-get").ok_or(self.missing)?;
        let cache = cache().ok_or("neither XDG_CACHE_HOME nor HOME is set, so there is no place for a lock")?;
        // Tests of several processes want the package at once.
        let lock = || -> io::Result<File> {
            fs::create_dir_all(&cache)?;
            let lock = File::create(cache.join(format!("{}.lock", self.package)))?;
            lock.lock().map(|()| lock)
        };
        let _locked = lock().map_err(|error| format!("cannot make a lock in {}: {error}", cache.display()))?;
        if let Some(found) = self.find() {
            return Ok(found);
        }
        announce(&format!("installing the package {}, once, some 10 seconds …", self.package));
        self.install(&apt)?;
        self.find().ok_or_else(|| self.missing.to_owned())
    }

    fn find(&self) -> Option<PathBuf> {
        on_path(self.name).or_else(|| Some(PathBuf::from(self.place)).filter(|path| path.is_file()))
    }

    fn install(&self, apt: &Path) -> Result<(), String> {
        let package = ["install", "--yes", "--quiet", "--no-install-recommends", self.package];
        self.run(apt, &package).or_else(|_| {
            // A machine that was never asked for a package has no lists of them.
            self.run(apt, &["update", "--quiet"])?;
            self.run(apt, &package)
        })
    }

    fn run(&self, apt: &Path, arguments: &[&str]) -> Result<(), String> {
        let mut command = Command::new(apt);
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        let result = command.output().map_err(|error| format!("{command:?} does not start: {error}"))?;
        if result.status.success() {
            return Ok(());
        }
        let said = last_lines(&[result.stdout, result.stderr].concat(), 20);
        Err(format!("{}; here `{}` said:\n{said}", self.missing, arguments.join(" ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const TOOL: Program = Program {
        name: "tool",
        package: "tool",
        place: "/usr/bin/tool",
        missing: "the tool is missing: as root, `apt-get install tool`",
    };

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
        TOOL.install(&apt(folder.path(), &format!("[ $1 = update ] && touch {listed}; [ -e {listed} ]"))).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("asked")).unwrap(), "install\nupdate\ninstall\n");
    }

    #[test]
    fn who_may_not_install_is_told_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let error = TOOL.install(&apt(folder.path(), "echo are you root? >&2; exit 100")).unwrap_err();
        assert!(error.contains("as root, `apt-get install") && error.contains("are you root?"), "{error}");
    }
}
