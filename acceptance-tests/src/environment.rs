//! What the harness takes from its own environment, and what it keeps from the programs it starts.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository this harness was built from.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the harness is a folder of the repository").to_owned()
}

/// The cargo that built this program.
///
/// Cargo describes the running package in variables, and build scripts (ring's is one) run again where they change: a
/// build that inherited them would compile half of its dependencies anew each time.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let of_package = ["CARGO_BIN_", "CARGO_CRATE_", "CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_PRIMARY_"];
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if of_package.iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(&*name);
        }
    }
    command.current_dir(repository());
    command
}

/// Variables that would reach the tool or the provider from the user's shell, by how they begin.
const OF_USER: &[&str] = &["AWS_", "BAO_", "CEPH_", "CI_", "GITLAB_", "TF_", "TOFU_", "VAULT_"];

/// Takes away every variable that would reach the tool or the provider from the user's shell, so that a run means the
/// same on every machine and never talks to the user's own GitLab or Vault.
pub fn isolate(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if OF_USER.iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(&*name);
        }
    }
    // The lab listens on loopback; a proxy would not find it there.
    command.env("NO_PROXY", "127.0.0.1,localhost").env("no_proxy", "127.0.0.1,localhost");
    command.env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1").env("TF_INPUT", "0");
}
