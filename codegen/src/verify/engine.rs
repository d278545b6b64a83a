//! The program that plans and applies: terraform or tofu.

use crate::problem::Problem;
use serde_json::Value;
use std::env;
use std::ffi::OsString;
use std::path::{self, Path, PathBuf};
use std::process::Command;

/// Which of the two programs it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// HashiCorp's `terraform`.
    Terraform,
    /// OpenTofu's `tofu`.
    Tofu,
}

impl Kind {
    /// How the names of configuration files end.
    pub(super) fn extensions(self) -> &'static [&'static str] {
        match self {
            Kind::Terraform => &[".tf", ".tf.json"],
            Kind::Tofu => &[".tf", ".tf.json", ".tofu", ".tofu.json"],
        }
    }

    /// How the names of test files end.
    pub(super) fn tests(self) -> &'static [&'static str] {
        match self {
            Kind::Terraform => &[".tftest.hcl", ".tftest.json"],
            Kind::Tofu => &[".tftest.hcl", ".tftest.json", ".tofutest.hcl", ".tofutest.json"],
        }
    }
}

/// A program that was found, asked what it is.
#[derive(Clone, Debug)]
pub struct Engine {
    /// Which one it is.
    pub kind: Kind,
    program: PathBuf,
    version: String,
    /// As mirrors spell it, such as `linux_amd64`.
    pub(super) platform: String,
}

/// What of the user's shell must not reach the engine: it would change what a run means. The values of variables and
/// the credentials of module registries are the user's to give.
const HIDDEN: [&str; 2] = ["TF_", "TOFU_"];
const SHOWN: [&str; 2] = ["TF_VAR_", "TF_TOKEN_"];

/// A program as it is found from any folder: a name on the PATH as it is, a path from the root.
///
/// # Errors
/// Where the current folder is gone.
pub fn located(program: &Path) -> Result<PathBuf, Problem> {
    if program.components().count() < 2 {
        return Ok(program.to_owned());
    }
    path::absolute(program).map_err(|error| Problem::new(format!("cannot find `{}`: {error}", program.display())))
}

/// What a run of the engine left behind.
pub(super) struct Output {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Engine {
    /// Asks a program what it is: a name on the PATH, or a path.
    pub fn new(program: &Path) -> Result<Self, Problem> {
        let shown = program.display();
        let program = located(program)?;
        let output = isolated(&program, false).args(["version", "-json"]).output().map_err(|error| {
            Problem::new(format!("cannot start `{shown}`: {error}")).hint("install it, or name the other with --engine")
        })?;
        let answer: Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| Problem::new(format!("`{shown} version -json` printed no JSON: {error}")))?;
        let field = |name: &str| {
            let text = answer[name].as_str().map(str::to_owned);
            text.ok_or_else(|| Problem::new(format!("`{shown} version -json` names no {name}")))
        };
        // Both programs answer with `terraform_version`, so the file's name decides.
        let stem = program.file_stem().unwrap_or_default().to_string_lossy();
        let kind = if stem.contains("tofu") { Kind::Tofu } else { Kind::Terraform };
        Ok(Engine { kind, program, version: field("terraform_version")?, platform: field("platform")? })
    }

    /// Name and version, for people.
    pub(super) fn label(&self) -> String {
        match self.kind {
            Kind::Terraform => format!("terraform {}", self.version),
            Kind::Tofu => format!("tofu {}", self.version),
        }
    }

    /// Runs the engine in a folder. With a command line configuration of ours it sees our mirror and nothing of the
    /// user's; without one, the user's own, for the registries of modules.
    pub(super) fn run(&self, folder: &Path, cli: Option<&Path>, arguments: &[OsString]) -> Result<Output, Problem> {
        let mut command = isolated(&self.program, cli.is_none());
        // Otherwise tofu writes its messages in the user's language and colours.
        command.env("TF_CLI_ARGS", "-no-color");
        if let Some(cli) = cli {
            command.env("TF_CLI_CONFIG_FILE", cli);
        }
        let output = command.args(arguments).current_dir(folder).output();
        let output =
            output.map_err(|error| Problem::new(format!("cannot start `{}`: {error}", self.program.display())))?;
        Ok(Output {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

/// The program without what would change its meaning, with the user's own command line configuration or without.
fn isolated(program: &Path, keeps_configuration: bool) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| text.starts_with(prefix));
        let kept = keeps_configuration && text == "TF_CLI_CONFIG_FILE";
        if starts(&HIDDEN) && !starts(&SHOWN) && !kept {
            command.env_remove(&name);
        }
    }
    // These processes are short: with fewer collections of garbage a run of tests takes a seventh less.
    if env::var_os("GOGC").is_none() {
        command.env("GOGC", "400");
    }
    command.env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1").env("TF_INPUT", "0");
    command
}
