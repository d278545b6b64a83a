//! The repository's programs, built once for a whole test run.

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

/// The generator in the dev profile, built on first use.
///
/// # Panics
/// Where it does not compile.
pub fn substrate() -> &'static Path {
    &offline().substrate
}

/// The plugin that plays other providers in the dev profile, built on first use; it lies beside the generator.
///
/// # Panics
/// Where it does not compile.
pub fn standin() -> &'static Path {
    &offline().standin
}

/// The programs for tests without a provider.
struct Offline {
    substrate: PathBuf,
    standin: PathBuf,
}

/// Builds both at once: by itself, each would get its dependencies with other features.
fn offline() -> &'static Offline {
    static OFFLINE: OnceLock<Offline> = OnceLock::new();
    OFFLINE.get_or_init(|| {
        let mut command = cargo();
        command.args(["build", "--package", "codegen", "--package", "standin", "--bins"]);
        command.args(["--message-format", "json-render-diagnostics"]).stdout(Stdio::piped());
        let messages = output_of(&mut command).unwrap_or_else(|error| panic!("{error}"));
        let built = |name| executable(&messages, name).unwrap_or_else(|| panic!("cargo built no {name}"));
        Offline { substrate: built("substrate"), standin: built("terraform-provider-standin") }
    })
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
/// The program lies at a fixed address: tens of thousands of relocations would cost a third of each of the three to seven
/// starts of a command. The provider's build script says so to the linker of glibc alone, and this to the compiler for all.
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
    let messages = output_of(command)?;
    executable(&messages, NAME).ok_or_else(|| "cargo built no provider".to_owned())
}

/// What cargo says on standard output, if it succeeds.
fn output_of(command: &mut Command) -> Result<Vec<u8>, String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| format!("cargo does not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("the program does not build: cargo ended with {}", output.status));
    }
    Ok(output.stdout)
}

/// A program's path in cargo's JSON messages.
pub fn executable(messages: &[u8], name: &str) -> Option<PathBuf> {
    String::from_utf8_lossy(messages)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}
