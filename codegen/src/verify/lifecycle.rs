//! What is done with a folder: install, validate, test, plan, apply, plan again, destroy.

use super::engine::{Engine, Output};
use crate::problem::Problem;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The plan in the folder of the copy.
const PLAN: &str = "substrate.tfplan";

/// The plan after it was applied.
const SECOND: &str = "substrate-second.tfplan";

/// Why a data source is read that belongs to a `check`: both engines plan that each time, whether anything changes or not.
const OF_CHECK: &str = "read_because_check_nested";

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

impl Step {
    fn new(name: &'static str, start: Instant, output: &Output) -> Self {
        let said = output.stdout.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        Step { name, time: start.elapsed(), said: said.to_owned() }
    }
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
            fs::write(file, self.show(PLAN)?)
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
        let name = "plan again";
        let start = Instant::now();
        let output = self.output(&self.given(&["plan", "-detailed-exitcode", &format!("-out={SECOND}")]))?;
        match output.code {
            Some(0) => {}
            Some(2) if self.changes_nothing(SECOND)? => {}
            _ => return Err(self.failed(name, &output)),
        }
        Ok(Step::new(name, start, &output))
    }

    /// Whether a plan with changes has none but the reading of what checks read.
    fn changes_nothing(&self, plan: &str) -> Result<bool, Problem> {
        let plan: Value = serde_json::from_str(&self.show(plan)?)
            .map_err(|error| Problem::new(format!("{}: show: {error}", self.shown.display())))?;
        let is_still = |change: &Value| change["actions"] == json!(["no-op"]);
        let resources = plan["resource_changes"].as_array().into_iter().flatten();
        let outputs = plan["output_changes"].as_object().into_iter().flatten();
        let mut moving = resources.filter(|resource| !is_still(&resource["change"]));
        Ok(moving.all(|resource| resource["action_reason"] == OF_CHECK)
            && outputs.map(|(_, output)| output).all(is_still))
    }

    /// A plan as JSON.
    fn show(&self, plan: &str) -> Result<String, Problem> {
        let shown = self.output(&["show", "-json", plan].map(Into::into))?;
        if shown.code == Some(0) { Ok(shown.stdout) } else { Err(self.failed("show", &shown)) }
    }

    /// Destroys everything.
    pub(super) fn destroy(&self) -> Result<Step, Problem> {
        self.with_values("destroy", &["destroy", "-auto-approve"])
    }

    fn with_values(&self, name: &'static str, arguments: &[&str]) -> Result<Step, Problem> {
        self.run(name, &self.given(arguments))
    }

    /// The arguments with the file that has the values.
    fn given(&self, arguments: &[&str]) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
        if let Some(file) = &self.var_file {
            let mut argument = OsString::from("-var-file=");
            argument.push(file);
            arguments.push(argument);
        }
        arguments
    }

    fn step(&self, name: &'static str, arguments: &[&str]) -> Result<Step, Problem> {
        self.run(name, &arguments.iter().map(Into::into).collect::<Vec<_>>())
    }

    fn run(&self, name: &'static str, arguments: &[OsString]) -> Result<Step, Problem> {
        let start = Instant::now();
        let output = self.output(arguments)?;
        if output.code == Some(0) { Ok(Step::new(name, start, &output)) } else { Err(self.failed(name, &output)) }
    }

    fn output(&self, arguments: &[OsString]) -> Result<Output, Problem> {
        self.engine.run(&self.folder, Some(self.cli), arguments)
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
