//! What the machine has: programs, the user's home directory, and the cache for what is expensive to build.

use std::env;
use std::io::Write;
use std::path::PathBuf;

/// The user's home directory.
#[must_use]
pub fn home() -> Option<PathBuf> {
    let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    env::var_os(name).filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// The directory for what is expensive to build and outlives `target`.
#[must_use]
pub fn cache() -> Option<PathBuf> {
    let root = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    Some(root.or_else(|| home().map(|home| home.join(".cache")))?.join("substrate"))
}

/// The program of this name on the PATH.
#[must_use]
pub fn on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

/// Writes past the test runner's capture, which swallows what `eprintln!` says in a test that passes.
///
/// # Panics
///
/// Standard error is closed.
pub fn announce(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("standard error takes a line");
}
