//! What takes long to make and outlives `target`: made once into the user's cache, by one process, while others wait.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Instant;

use ring::digest::{Context, SHA256};

use crate::machine::announce;

/// A file or a folder of the cache that can be made. It has a folder of its own, with the lock beside it.
#[derive(Clone, Copy, Debug)]
pub struct Cached<'a> {
    /// What messages call it, with its version.
    pub title: &'a str,
    /// How long it takes to make on two processors.
    pub patience: &'a str,
    /// Where it lies once it is made.
    pub path: &'a Path,
}

impl Cached<'_> {
    /// Makes it where it is missing. What is made at the path that `make` is given counts only when that succeeds: an
    /// interrupted attempt leaves nothing that looks finished.
    ///
    /// # Errors
    ///
    /// The cache cannot be written, or `make` fails.
    pub fn ensure(&self, make: impl FnOnce(&Path) -> Result<(), String>) -> Result<(), String> {
        if self.path.exists() {
            return Ok(());
        }
        let folder = self.path.parent().ok_or("the cache has a folder for each thing that is made")?;
        let failed = |what: &str, error| format!("cannot {what} in {}: {error}", folder.display());
        fs::create_dir_all(folder).map_err(|error| failed("make a folder", error))?;
        let lock = File::create(folder.join("lock")).map_err(|error| failed("make the lock", error))?;
        self.wait_for(&lock).map_err(|error| failed("wait for the lock", error))?;
        // Whoever held the lock may have made it.
        if self.path.exists() { Ok(()) } else { self.make(make) }
    }

    fn wait_for(&self, lock: &File) -> io::Result<()> {
        match lock.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => {
                announce(&format!("waiting for another process, which builds {}", self.title));
                lock.lock()
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn make(&self, make: impl FnOnce(&Path) -> Result<(), String>) -> Result<(), String> {
        let staged = self.path.with_extension("staged");
        remove(&staged).map_err(|error| format!("cannot remove {}: {error}", staged.display()))?;
        announce(&format!("building {}, once, some {} …", self.title, self.patience));
        let begin = Instant::now();
        make(&staged)?;
        fs::rename(&staged, self.path)
            .map_err(|error| format!("cannot move {} to {}: {error}", self.title, self.path.display()))?;
        announce(&format!("built {} in {} s", self.title, begin.elapsed().as_secs()));
        Ok(())
    }
}

/// The first digits of a digest over these parts, one after the other.
#[must_use]
pub fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut digest = Context::new(&SHA256);
    for part in parts {
        digest.update(part);
    }
    digest.finish().as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// The end of what a program said.
#[must_use]
pub fn last_lines(text: &[u8], count: usize) -> String {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use tempfile::TempDir;

    #[test]
    fn a_folder_that_two_want_at_once_is_made_once_and_half_of_one_is_no_folder() {
        let cache = TempDir::new().unwrap();
        let path = cache.path().join("thing-1").join("thing");
        fs::create_dir_all(path.with_extension("staged").join("half")).unwrap();
        let made = AtomicUsize::new(0);
        let want = || {
            let thing = Cached { title: "Thing 1", patience: "second", path: &path };
            thing.ensure(|staged| {
                made.fetch_add(1, Ordering::Relaxed);
                assert!(!staged.exists(), "what an interrupted attempt left is gone");
                fs::create_dir(staged).map_err(|error| error.to_string())
            })
        };
        let one_fails = Cached { title: "Thing 1", patience: "second", path: &path }.ensure(|_| Err("no".to_owned()));
        assert_eq!((one_fails, path.exists()), (Err("no".to_owned()), false));
        thread::scope(|scope| [scope.spawn(want), scope.spawn(want)].map(|thread| thread.join().unwrap().unwrap()));
        assert!(path.is_dir());
        assert_eq!(made.into_inner(), 1);
    }
}
