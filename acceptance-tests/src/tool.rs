//! The command line tools that the provider must work with.

use crate::environment::repository;
use lab::go::Program;
use lab::machine::{announce, on_path};
use lab::python::Environment;
use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The OpenTofu that the tests use; `tofu/go.mod` names the same version.
pub const TOFU_VERSION: &str = "1.12.6";

/// The tflint that the tests use; `tflint/go.mod` names the same version.
const TFLINT_VERSION: &str = "0.64.0";

/// The checkov that the tests use; `checkov/requirements.txt` names the same version.
const CHECKOV_VERSION: &str = "3.3.30";

/// Which of the two programs a tool is: they search different registries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// HashiCorp's `terraform`.
    Terraform,
    /// OpenTofu's `tofu`.
    Tofu,
}

impl Kind {
    /// The program's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::Tofu => "tofu",
        }
    }

    /// The host that the tool assumes in a source address without one.
    pub fn registry(self) -> &'static str {
        match self {
            Self::Terraform => "registry.terraform.io",
            Self::Tofu => "registry.opentofu.org",
        }
    }
}

/// A tool that runs on this machine.
#[derive(Clone, Debug)]
pub struct Tool {
    /// Which program it is.
    pub kind: Kind,
    /// Where it lies.
    pub path: PathBuf,
    /// The version it reports, such as `1.11.4`.
    pub version: String,
}

impl Tool {
    /// Asks the program at `path` what it is.
    pub fn at(path: PathBuf) -> Result<Self, String> {
        let mut command = Command::new(&path);
        crate::environment::isolate(&mut command);
        let output = command
            .args(["version", "-json"])
            .output()
            .map_err(|error| format!("{} does not start: {error}", path.display()))?;
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("{} version -json printed no JSON: {error}", path.display()))?;
        let version = answer["terraform_version"]
            .as_str()
            .ok_or_else(|| format!("{} version -json names no version", path.display()))?
            .to_owned();
        // Both programs answer with `terraform_version`, so the file's name decides.
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
        let kind = if stem.contains("tofu") { Kind::Tofu } else { Kind::Terraform };
        Ok(Self { kind, path, version })
    }

    /// The name and version, for people.
    pub fn label(&self) -> String {
        format!("{} {}", self.kind.name(), self.version)
    }
}

/// The terraform on the PATH, or the reason why there is none.
pub fn terraform() -> Result<Tool, String> {
    Tool::at(on_path("terraform").ok_or("terraform is not on the PATH")?)
}

/// How OpenTofu is built for the tests: as an ordinary Go module, because it is in no package registry.
pub fn opentofu() -> Program {
    Program {
        name: "tofu",
        title: "OpenTofu",
        version: TOFU_VERSION,
        module: repository().join("acceptance-tests/tofu"),
        package: "github.com/opentofu/opentofu/cmd/tofu",
        link: "-X github.com/opentofu/opentofu/version.dev=no",
        patience: "3 minutes",
    }
}

/// How tflint is built, which has the rules for Terraform's language in it.
pub fn tflint() -> Program {
    Program {
        name: "tflint",
        title: "tflint",
        version: TFLINT_VERSION,
        module: repository().join("acceptance-tests/tflint"),
        package: "github.com/terraform-linters/tflint",
        link: "",
        patience: "2 minutes",
    }
}

/// How checkov is installed, which holds plans against policies.
pub fn checkov() -> Environment {
    Environment {
        name: "checkov",
        version: CHECKOV_VERSION,
        requirements: repository().join("acceptance-tests/checkov/requirements.txt"),
        patience: "1 minute",
    }
}

/// The OpenTofu built for the tests, else the one on the PATH, or the reason why there is none.
pub fn tofu() -> Result<Tool, String> {
    let built = opentofu().path().ok().filter(|path| path.is_file());
    Tool::at(
        built
            .or_else(|| on_path("tofu"))
            .ok_or("tofu is neither built (`cargo xtask test` does it) nor on the PATH")?,
    )
}

/// Every tool that an acceptance test runs with, each one named on standard error once, and each missing one too.
///
/// `ACCEPTANCE_TOOL=terraform` (or `tofu`) keeps one of them.
///
/// # Panics
/// Where there is no tool at all: a test that ran nothing must not pass.
pub fn tools() -> &'static [Tool] {
    static TOOLS: OnceLock<Vec<Tool>> = OnceLock::new();
    TOOLS.get_or_init(|| {
        let only = env::var_os("ACCEPTANCE_TOOL");
        let wanted = |kind: Kind| only.as_ref().is_none_or(|only| only == kind.name());
        let mut found = Vec::new();
        for (kind, tool) in [(Kind::Terraform, terraform as fn() -> _), (Kind::Tofu, tofu)] {
            if !wanted(kind) {
                continue;
            }
            match tool() {
                Ok(tool) => {
                    announce(&format!("acceptance: {} ({})", tool.label(), tool.path.display()));
                    found.push(tool);
                }
                Err(reason) => announce(&format!("acceptance: {} skipped: {reason}", kind.name())),
            }
        }
        assert!(!found.is_empty(), "no tool to test with: install terraform, or let `cargo xtask test` build OpenTofu");
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modules_name_the_versions_that_the_tests_expect() {
        let module = std::fs::read_to_string(opentofu().module.join("go.mod")).unwrap();
        assert!(module.contains(&format!("github.com/opentofu/opentofu v{TOFU_VERSION}")), "{module}");
        let module = std::fs::read_to_string(tflint().module.join("go.mod")).unwrap();
        assert!(module.contains(&format!("github.com/terraform-linters/tflint v{TFLINT_VERSION}")), "{module}");
        let listed = std::fs::read_to_string(checkov().requirements).unwrap();
        assert!(listed.contains(&format!("checkov=={CHECKOV_VERSION} ")), "{listed}");
    }
}
