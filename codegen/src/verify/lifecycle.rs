//! What is done with a folder: install, validate, test, plan, apply, plan again, destroy.

use super::engine::{Engine, Output};
use crate::problem::Problem;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The plan in the folder of the copy.
const PLAN: &str = "substrate.tfplan";

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
    /// The file that takes the plan as JSON.
    pub plan: Option<PathBuf>,
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
        self.step("init", &["init"])
    }

    /// Validates the configuration against the schemas.
    pub(super) fn validate(&self) -> Result<Step, Problem> {
        self.step("validate", &["validate"])
    }

    /// Runs the tree's own tests.
    pub(super) fn test(&self) -> Result<Step, Problem> {
        self.step("test", &["test"])
    }

    /// Makes a plan.
    pub(super) fn plan(&self) -> Result<Step, Problem> {
        let plan = self.with_values("plan", &["plan", &format!("-out={PLAN}")])?;
        if let Some(file) = &self.plan {
            let shown = self.engine.run(&self.folder, Some(self.cli), &["show", "-json", PLAN].map(Into::into))?;
            if shown.code != Some(0) {
                return Err(self.failed("show", &shown));
            }
            fs::write(file, shown.stdout)
                .map_err(|error| Problem::new(format!("cannot write {}: {error}", file.display())))?;
        }
        Ok(plan)
    }

    /// Applies the configuration: the plan, unless values came from a file, which a plan does not take a second time.
    pub(super) fn apply(&self) -> Result<Step, Problem> {
        match self.var_file {
            None => self.step("apply", &["apply", PLAN]),
            Some(_) => self.with_values("apply", &["apply", "-auto-approve"]),
        }
    }

    /// Plans again, and refuses every change.
    pub(super) fn plan_again(&self) -> Result<Step, Problem> {
        self.with_values("plan again", &["plan", "-detailed-exitcode"])
    }

    /// Destroys everything.
    pub(super) fn destroy(&self) -> Result<Step, Problem> {
        self.with_values("destroy", &["destroy", "-auto-approve"])
    }

    fn with_values(&self, name: &'static str, arguments: &[&str]) -> Result<Step, Problem> {
        let mut arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
        if let Some(file) = &self.var_file {
            let mut argument = OsString::from("-var-file=");
            argument.push(file);
            arguments.push(argument);
        }
        self.run(name, &arguments)
    }

    fn step(&self, name: &'static str, arguments: &[&str]) -> Result<Step, Problem> {
        self.run(name, &arguments.iter().map(Into::into).collect::<Vec<_>>())
    }

    fn run(&self, name: &'static str, arguments: &[OsString]) -> Result<Step, Problem> {
        let start = Instant::now();
        let output = self.engine.run(&self.folder, Some(self.cli), arguments)?;
        if output.code != Some(0) {
            return Err(self.failed(name, &output));
        }
        let said = output.stdout.lines().rev().find(|line| !line.trim().is_empty());
        Ok(Step { name, time: start.elapsed(), said: said.unwrap_or_default().to_owned() })
    }

    fn failed(&self, name: &str, output: &Output) -> Problem {
        let why = match (name, output.code) {
            ("plan again", Some(2)) => "the second plan is not empty".to_owned(),
            (_, Some(code)) => format!("{} ended with {code}", self.engine.label()),
            (_, None) => format!("{} was killed", self.engine.label()),
        };
        // Errors are on standard error. What a plan would do, and which test failed, is on the other.
        let said = match (name, output.stderr.trim()) {
            ("test", errors) => format!("{}\n{errors}", output.stdout.trim_end()),
            (_, "") => output.stdout.clone(),
            (_, errors) => errors.to_owned(),
        };
        Problem::new(format!("{}: {name}: {why}:\n{}", self.shown.display(), said.trim_end()))
    }
}
