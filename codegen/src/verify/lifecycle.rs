//! What is done with a folder: install, validate, test, plan, apply, plan again, destroy.

use super::engine::{Engine, Output};
use crate::problem::Problem;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A folder of the copy in which the engine runs.
pub(super) struct Stage<'a> {
    pub engine: &'a Engine,
    /// The command line configuration with the mirror.
    pub cli: &'a Path,
    pub folder: PathBuf,
    /// The folder as the user knows it.
    pub shown: PathBuf,
    /// A file with values for its variables.
    pub var_file: Option<PathBuf>,
}

/// A step that succeeded.
pub(super) struct Step {
    pub name: &'static str,
    pub time: Duration,
    /// What the engine said last.
    pub said: String,
}

impl Stage<'_> {
    /// Installs the stand-ins.
    pub(super) fn init(&self) -> Result<Step, Problem> {
        self.step("init", &["init"], 0)
    }

    /// Validates the configuration against the schemas.
    pub(super) fn validate(&self) -> Result<Step, Problem> {
        self.step("validate", &["validate"], 0)
    }

    /// Runs the tree's own tests.
    pub(super) fn test(&self) -> Result<Step, Problem> {
        self.step("test", &["test"], 0)
    }

    /// Makes a plan.
    pub(super) fn plan(&self) -> Result<Step, Problem> {
        self.with_values("plan", &["plan"], 0)
    }

    /// Applies the configuration.
    pub(super) fn apply(&self) -> Result<Step, Problem> {
        self.with_values("apply", &["apply", "-auto-approve"], 0)
    }

    /// Plans again, and refuses every change.
    pub(super) fn plan_again(&self) -> Result<Step, Problem> {
        self.with_values("plan again", &["plan", "-detailed-exitcode"], 0)
    }

    /// Destroys everything, also what says that it must not be: `protected` are the folders and resources that do.
    pub(super) fn destroy(&self, protected: &[(PathBuf, String, String)]) -> Result<Step, Problem> {
        for (folder, type_name, name) in protected {
            let path = folder.join(format!("substrate_{type_name}_{name}_override.tf"));
            let text = format!(
                "resource \"{type_name}\" \"{name}\" {{\n  lifecycle {{\n    prevent_destroy = false\n  }}\n}}\n"
            );
            fs::write(&path, text)
                .map_err(|error| Problem::new(format!("cannot write {}: {error}", path.display())))?;
        }
        self.with_values("destroy", &["destroy", "-auto-approve"], 0)
    }

    fn with_values(&self, name: &'static str, arguments: &[&str], code: i32) -> Result<Step, Problem> {
        let mut arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
        if let Some(file) = &self.var_file {
            let mut argument = OsString::from("-var-file=");
            argument.push(file);
            arguments.push(argument);
        }
        self.run(name, &arguments, code)
    }

    fn step(&self, name: &'static str, arguments: &[&str], code: i32) -> Result<Step, Problem> {
        self.run(name, &arguments.iter().map(Into::into).collect::<Vec<_>>(), code)
    }

    fn run(&self, name: &'static str, arguments: &[OsString], code: i32) -> Result<Step, Problem> {
        let start = Instant::now();
        let output = self.engine.run(&self.folder, Some(self.cli), arguments)?;
        if output.code != Some(code) {
            return Err(self.failed(name, &output));
        }
        let said = output.stdout.lines().rev().find(|line| !line.trim().is_empty());
        Ok(Step { name, time: start.elapsed(), said: said.unwrap_or_default().to_owned() })
    }

    fn failed(&self, name: &str, output: &Output) -> Problem {
        let why = match (name, output.code) {
            ("plan again", Some(2)) => "the second plan is not empty".to_owned(),
            (_, Some(code)) => format!("the {} ended with {code}", self.engine.label()),
            (_, None) => format!("the {} was killed", self.engine.label()),
        };
        let said = format!("{}{}", output.stdout, output.stderr);
        Problem::new(format!("{}: {name}: {why}:\n{}", self.shown.display(), said.trim_end()))
    }
}
