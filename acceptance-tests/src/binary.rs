//! The provider's binary, built once for a whole test run.

use crate::environment::cargo;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The file name of the provider, without its version.
pub const NAME: &str = "terraform-provider-substrate";

/// The provider in the dev profile, built on first use.
///
/// # Panics
/// Where the provider does not compile.
pub fn provider() -> &'static Path {
    static PROVIDER: OnceLock<PathBuf> = OnceLock::new();
    PROVIDER.get_or_init(|| built_by(&mut build(&[])).unwrap_or_else(|error| panic!("{error}")))
}

/// The command that builds the provider; cargo reports to standard error and describes what it made on standard output.
pub fn build(arguments: &[&str]) -> Command {
    let mut command = cargo();
    command.args(["build", "--package", "provider", "--bin", NAME]);
    command.args(["--message-format", "json-render-diagnostics"]).args(arguments);
    command.stdout(Stdio::piped());
    command
}

/// The command that builds the provider for users, with the release profile.
///
/// The program lies at a fixed address: its eleven thousand relocations would cost a quarter of a millisecond at each of
/// the three to seven starts of a command.
pub fn release(arguments: &[&str]) -> Command {
    let mut command = cargo();
    command.args(["rustc", "--package", "provider", "--bin", NAME, "--profile", "release"]);
    command.args(["--message-format", "json-render-diagnostics"]).args(arguments);
    command.args(["--", "-C", "relocation-model=static"]);
    command.stdout(Stdio::piped());
    command
}

/// Runs what [`build`] or [`release`] returned and finds the executable in cargo's messages.
pub fn built_by(command: &mut Command) -> Result<PathBuf, String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| format!("cargo does not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("the provider does not build: cargo ended with {}", output.status));
    }
    executable(&output.stdout).ok_or_else(|| "cargo built no provider".to_owned())
}

/// The provider's path in cargo's JSON messages.
pub fn executable(messages: &[u8]) -> Option<PathBuf> {
    String::from_utf8_lossy(messages)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == NAME)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}
