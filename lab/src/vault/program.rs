//! The program that serves Vault's core, from the Go module in `lab/vault`.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::go::Program;

/// The version that the module requires.
pub const VERSION: &str = "1.21.0";

/// How the program is built: a matter of minutes, once for each machine.
#[must_use]
pub fn program() -> Program {
    Program {
        name: "vault",
        title: "Vault",
        version: VERSION,
        module: Path::new(env!("CARGO_MANIFEST_DIR")).join("vault"),
        package: ".",
        link: "",
        patience: "5 minutes",
    }
}

/// The executable, built on first use; a failure is the same for all who ask.
pub fn executable() -> Result<&'static Path, &'static str> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT.get_or_init(|| program().ensure()).as_deref().map_err(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_requires_the_version_that_is_named_here() {
        let module = std::fs::read_to_string(program().module.join("go.mod")).unwrap();
        assert!(module.contains(&format!("github.com/hashicorp/vault v{VERSION}")), "{module}");
    }
}
