//! The executable of HAProxy: the distribution's package, installed where it is missing.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::debian::Program;

const HAPROXY: Program = Program {
    name: "haproxy",
    package: "haproxy",
    place: "/usr/sbin/haproxy",
    missing: "haproxy is not on the PATH: install HAProxy 2.6 or later (on Debian, as root, `apt-get install \
              --no-install-recommends haproxy`)",
};

/// The executable, after installing Debian's package where it is missing and this process may.
///
/// # Errors
///
/// It cannot be installed; the text says what to do.
pub fn executable() -> Result<&'static Path, &'static str> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    FOUND.get_or_init(|| HAPROXY.ensure()).as_deref().map_err(String::as_str)
}
