//! The virtual environment with moto, from `lab/moto/requirements.txt`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::cached::{Cached, fingerprint, last_lines};
use crate::machine::{cache, on_path};

/// The version that the requirements pin.
pub const VERSION: &str = "5.2.5";

/// What is said where Python is missing.
const NO_PYTHON: &str = "there is no python3 on the PATH: install Python 3.10 or later with its module venv \
                         (https://www.python.org, on Debian `apt-get install python3-venv`)";

/// The interpreter of the environment, made on first use in half a minute; a failure is the same for all who ask.
///
/// # Errors
///
/// Python or its module `venv` is missing, or the packages cannot be installed; the text says what to do.
pub fn executable() -> Result<&'static Path, &'static str> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let root = cache().ok_or("neither XDG_CACHE_HOME nor HOME is set, so there is no cache to build into")?;
        ensure(&root, &requirements(), python()?)
    });
    made.as_deref().map_err(String::as_str)
}

fn requirements() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("moto").join("requirements.txt")
}

fn python() -> Result<PathBuf, String> {
    ["python3", "python"].into_iter().find_map(on_path).ok_or_else(|| NO_PYTHON.to_owned())
}

/// The folder is named for the version, the requirements and the Python that the environment belongs to.
fn ensure(cache: &Path, requirements: &Path, python: PathBuf) -> Result<PathBuf, String> {
    let pinned = fs::read(requirements).map_err(|error| format!("cannot read {}: {error}", requirements.display()))?;
    let version = run(Command::new(&python).args(["-c", "import sys; print(sys.executable, sys.version)"]))?;
    let folder = cache.join(format!("moto-{VERSION}-{}", fingerprint([pinned.as_slice(), version.as_slice()])));
    let path = folder.join("environment");
    let title = format!("moto {VERSION}");
    Cached { title: &title, patience: "30 seconds", path: &path }.ensure(|staged| {
        run(Command::new(&python).args(["-m", "venv"]).arg(staged))?;
        let mut install = Command::new(interpreter(staged));
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        // A wheel is unpacked; a source distribution would be run.
        install.args(["--only-binary", ":all:", "--require-hashes", "--requirement"]).arg(requirements);
        run(&mut install).map(drop)
    })?;
    Ok(interpreter(&path))
}

fn interpreter(environment: &Path) -> PathBuf {
    environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}

fn run(command: &mut Command) -> Result<Vec<u8>, String> {
    let shown = format!("{command:?}");
    let result = command.output().map_err(|error| format!("{shown} does not start: {error}"))?;
    if result.status.success() {
        return Ok(result.stdout);
    }
    let said = [result.stdout, result.stderr].concat();
    Err(format!("cannot make the environment of moto {VERSION}; {shown} said:\n{}", last_lines(&said, 20)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    #[test]
    fn the_requirements_pin_the_version_that_is_named_here() {
        let pinned = fs::read_to_string(requirements()).unwrap();
        assert!(pinned.contains(&format!("moto=={VERSION} ")), "{pinned}");
    }

    #[test]
    fn a_requirement_without_a_hash_is_refused_and_leaves_nothing() {
        let folder = TempDir::new().unwrap();
        let requirements = folder.path().join("requirements.txt");
        fs::write(&requirements, "six==1.17.0\n").unwrap();
        let error = ensure(folder.path(), &requirements, python().unwrap()).unwrap_err();
        assert!(error.starts_with("cannot make the environment of moto"), "{error}");
        assert!(error.contains("--require-hashes") && error.contains("six"), "{error}");
        let made = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.is_dir());
        assert!(!made.unwrap().join("environment").exists());
    }
}
