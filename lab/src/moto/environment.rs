//! The virtual environment with moto, from `lab/moto/requirements.txt`.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::python::Environment;

/// The version that the requirements pin.
pub const VERSION: &str = "5.2.5";

/// The interpreter of the environment, made on first use in half a minute; a failure is the same for all who ask.
///
/// # Errors
///
/// Python or its module `venv` is missing, or the packages cannot be installed; the text says what to do.
pub fn executable() -> Result<&'static Path, &'static str> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let environment =
            Environment { name: "moto", version: VERSION, requirements: requirements(), patience: "30 seconds" };
        environment.ensure()
    });
    made.as_deref().map_err(String::as_str)
}

fn requirements() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("moto").join("requirements.txt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_requirements_pin_the_version_that_is_named_here() {
        let pinned = std::fs::read_to_string(requirements()).unwrap();
        assert!(pinned.contains(&format!("moto=={VERSION} ")), "{pinned}");
    }
}
