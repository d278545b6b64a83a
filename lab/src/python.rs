//! Programs of Python's package index, each in a virtual environment that is made once into the cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cached::{Cached, fingerprint, last_lines};
use crate::machine::{cache, on_path};

/// What is said where Python is missing.
const NO_PYTHON: &str = "there is no python3 on the PATH: install Python 3.10 or later with its module venv \
                         (https://www.python.org, on Debian `apt-get install python3-venv`)";

/// Packages at fixed versions.
#[derive(Clone, Debug)]
pub struct Environment {
    /// What the folder in the cache is called, with the version.
    pub name: &'static str,
    /// Version of the package that it is about.
    pub version: &'static str,
    /// File for `pip install --require-hashes`, with every package: nothing else is installed.
    pub requirements: PathBuf,
    /// How long the installation takes.
    pub patience: &'static str,
}

impl Environment {
    /// The environment's interpreter, after installing the packages where they are missing. Programs are run as its
    /// modules, with `-m`: their scripts name the folder in which they were installed.
    ///
    /// # Errors
    ///
    /// Python is missing, or the packages cannot be installed; the text says what to do.
    pub fn ensure(&self) -> Result<PathBuf, String> {
        let cache = cache().ok_or("neither XDG_CACHE_HOME nor HOME is set, so there is no cache to install into")?;
        self.ensure_in(&cache, &python()?)
    }

    /// The folder is named for the version, the requirements and the Python that the environment belongs to.
    fn ensure_in(&self, cache: &Path, python: &Path) -> Result<PathBuf, String> {
        let pinned = fs::read(&self.requirements)
            .map_err(|error| format!("cannot read {}: {error}", self.requirements.display()))?;
        let version = self.run(Command::new(python).args(["-c", "import sys; print(sys.executable, sys.version)"]))?;
        let of = fingerprint([pinned.as_slice(), version.as_slice()]);
        let path = cache.join(format!("{}-{}-{of}", self.name, self.version)).join("environment");
        let title = format!("{} {}", self.name, self.version);
        Cached { title: &title, patience: self.patience, path: &path }.ensure(|staged| {
            self.run(Command::new(python).args(["-m", "venv"]).arg(staged))?;
            let mut install = Command::new(interpreter(staged));
            install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
            // A wheel is unpacked; a source distribution would be run. What nothing imports is not compiled.
            install.args(["--only-binary", ":all:", "--no-compile", "--require-hashes", "--requirement"]);
            self.run(install.arg(&self.requirements)).map(drop)
        })?;
        Ok(interpreter(&path))
    }

    fn run(&self, command: &mut Command) -> Result<Vec<u8>, String> {
        let shown = format!("{command:?}");
        let result = command.output().map_err(|error| format!("{shown} does not start: {error}"))?;
        if result.status.success() {
            return Ok(result.stdout);
        }
        let said = last_lines(&[result.stdout, result.stderr].concat(), 20);
        Err(format!("cannot make the environment of {} {}; {shown} said:\n{said}", self.name, self.version))
    }
}

fn python() -> Result<PathBuf, String> {
    ["python3", "python"].into_iter().find_map(on_path).ok_or_else(|| NO_PYTHON.to_owned())
}

fn interpreter(environment: &Path) -> PathBuf {
    environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    #[test]
    fn a_requirement_without_a_hash_is_refused_and_leaves_nothing() {
        let folder = TempDir::new().unwrap();
        let requirements = folder.path().join("requirements.txt");
        fs::write(&requirements, "six==1.17.0\n").unwrap();
        let environment = Environment { name: "six", version: "1.17.0", requirements, patience: "10 seconds" };
        let error = environment.ensure_in(folder.path(), &python().unwrap()).unwrap_err();
        assert!(error.starts_with("cannot make the environment of six 1.17.0; "), "{error}");
        assert!(error.contains("--require-hashes"), "{error}");
        let made = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.is_dir());
        assert!(!made.unwrap().join("environment").exists());
    }
}
