//! Programs that are ordinary Go modules, built once into the cache.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cached::{Cached, fingerprint, last_lines};
use crate::machine::{cache, on_path};

/// What is said where Go is missing.
const NO_GO: &str = "go is not on the PATH: install Go 1.25 or later (https://go.dev/dl, on Debian `apt-get install \
                     golang`); it fetches the release that the module names by itself";

/// A program that Go builds.
#[derive(Clone, Debug)]
pub struct Program {
    /// File name of the executable, without a suffix.
    pub name: &'static str,
    /// What messages call it.
    pub title: &'static str,
    /// Version, as a part of the path in the cache.
    pub version: &'static str,
    /// Folder with `go.mod`, `go.sum` and, where the package is its own, its Go files.
    pub module: PathBuf,
    /// Package to build, such as `.`.
    pub package: &'static str,
    /// Flags of the linker beside those that leave debugging out.
    pub link: &'static str,
    /// How long a build from nothing takes on two processors.
    pub patience: &'static str,
}

impl Program {
    /// Where the executable lies once it is built: the folder is named for the version and what the module holds, so
    /// that a changed module is built anew.
    ///
    /// # Errors
    ///
    /// The machine has no cache directory, or the module cannot be read.
    pub fn path(&self) -> Result<PathBuf, String> {
        self.path_in(&cache().ok_or("neither XDG_CACHE_HOME nor HOME is set, so there is no cache to build into")?)
    }

    /// The built executable, after building it where it is missing: by one process, while the others wait.
    ///
    /// # Errors
    ///
    /// Go is missing, or the build fails; the text says what to do.
    pub fn ensure(&self) -> Result<PathBuf, String> {
        self.ensure_at(self.path()?, on_path("go"))
    }

    fn path_in(&self, cache: &Path) -> Result<PathBuf, String> {
        let folder = format!("{}-{}-{}", self.name, self.version, self.fingerprint()?);
        Ok(cache.join(folder).join(format!("{}{}", self.name, env::consts::EXE_SUFFIX)))
    }

    fn ensure_at(&self, executable: PathBuf, go: Option<PathBuf>) -> Result<PathBuf, String> {
        if executable.is_file() {
            return Ok(executable);
        }
        let go = go.ok_or_else(|| format!("{} {} is not built yet, and {NO_GO}", self.title, self.version))?;
        let title = format!("{} {}", self.title, self.version);
        let cached = Cached { title: &title, patience: self.patience, path: &executable };
        cached.ensure(|staged| self.build(&go, staged))?;
        Ok(executable)
    }

    fn build(&self, go: &Path, staged: &Path) -> Result<(), String> {
        let mut build = Command::new(go);
        build.current_dir(&self.module).args(["build", "-mod=readonly", "-trimpath", "-buildvcs=false"]);
        build.arg("-ldflags").arg(format!("-s -w {}", self.link)).arg("-o").arg(staged).arg(self.package);
        let result = build.output().map_err(|error| format!("go does not start: {error}"))?;
        if result.status.success() {
            return Ok(());
        }
        Err(format!("{} {} does not build:\n{}", self.title, self.version, last_lines(&result.stderr, 20)))
    }

    /// The first digits of a digest over the names and contents of the module's files and over the build's flags.
    fn fingerprint(&self) -> Result<String, String> {
        let unreadable = |error| format!("cannot read {}: {error}", self.module.display());
        let entries = fs::read_dir(&self.module).map_err(unreadable)?;
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in entries {
            files.push(entry.map_err(unreadable)?.path());
        }
        files.sort();
        let mut parts = Vec::new();
        for file in files.iter().filter(|file| file.is_file()) {
            parts.push(file.file_name().unwrap_or_default().as_encoded_bytes().to_vec());
            let content = fs::read(file).map_err(unreadable)?;
            parts.push((content.len() as u64).to_be_bytes().to_vec());
            parts.push(content);
        }
        parts.extend([self.package.as_bytes().to_vec(), self.link.as_bytes().to_vec()]);
        Ok(fingerprint(parts.iter().map(Vec::as_slice)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;
    use tempfile::TempDir;

    fn program(module: &TempDir, text: &str) -> Program {
        fs::write(module.path().join("go.mod"), "module substrate/greeting\n\ngo 1.24\n").unwrap();
        fs::write(module.path().join("main.go"), text).unwrap();
        Program {
            name: "greeting",
            title: "Greeting",
            version: "1.0.0",
            module: module.path().to_owned(),
            package: ".",
            link: "-X main.name=loopback",
            patience: "2 seconds",
        }
    }

    const GREETING: &str = "package main\n\nvar name string\n\nfunc main() { print(name) }\n";

    #[test]
    fn what_two_want_at_once_is_built_once_and_an_interrupted_build_does_not_count() {
        let (module, cache) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let program = program(&module, GREETING);
        let executable = program.path_in(cache.path()).unwrap();
        fs::create_dir_all(executable.parent().unwrap()).unwrap();
        fs::write(executable.with_extension("staged"), "half of a program").unwrap();
        let go = on_path("go").expect(NO_GO);
        let built = || {
            program.ensure_at(executable.clone(), Some(go.clone())).unwrap();
            fs::metadata(&executable).unwrap().modified().unwrap()
        };
        let (one, other) = thread::scope(|scope| {
            let (one, other) = (scope.spawn(built), scope.spawn(built));
            (one.join().unwrap(), other.join().unwrap())
        });
        assert_eq!((one, one), (other, built()), "it was built more than once");
        assert_eq!(Command::new(&executable).output().unwrap().stderr, b"loopback");
        assert!(!executable.with_extension("staged").exists());
    }

    #[test]
    fn a_changed_module_is_another_program() {
        let module = TempDir::new().unwrap();
        let path = |text: &str| program(&module, text).path_in(Path::new("/cache")).unwrap();
        assert_eq!(path(GREETING), path(GREETING));
        assert_ne!(path(GREETING), path(&GREETING.replace("name", "nick")));
    }

    #[test]
    fn a_program_that_cannot_be_built_says_why_and_leaves_nothing() {
        let (module, cache) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let program = program(&module, "package main\n\nfunc main() { missing() }\n");
        let executable = program.path_in(cache.path()).unwrap();
        let error = program.ensure_at(executable.clone(), None).unwrap_err();
        assert!(error.starts_with("Greeting 1.0.0 is not built yet, and go is not on the PATH: install Go"), "{error}");
        let error = program.ensure_at(executable.clone(), on_path("go")).unwrap_err();
        assert!(error.starts_with("Greeting 1.0.0 does not build:") && error.contains("missing"), "{error}");
        assert!(!executable.exists());
    }
}
