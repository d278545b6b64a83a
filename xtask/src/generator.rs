//! What the generator costs.

use crate::bench::median;
use crate::progress::alive;
use acceptance_tests::binary;
use acceptance_tests::environment::{cargo, repository};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const NAME: &str = "substrate";
const ROUNDS: usize = 20;

/// Medians over whole runs of the command, the start of the process included.
pub struct Times {
    /// `substrate render`, where nothing differs.
    pub render: Duration,
    /// `substrate check`.
    pub check: Duration,
}

/// Builds the generator with the release profile and returns the executable.
pub fn build() -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--release", "--package", "codegen", "--bin", NAME]);
    build.args(["--message-format", "json-render-diagnostics"]).stderr(Stdio::inherit());
    let output = alive("building the generator", || build.output()).context("cargo does not start")?;
    if !output.status.success() {
        bail!("the generator does not build: cargo ended with {}", output.status);
    }
    binary::executable(&output.stdout, NAME).context("cargo built no generator")
}

/// Runs the generator over the repository.
pub fn measure(program: &Path) -> Result<Times> {
    // Checked first: where files are stale, `render` would write them.
    let check = time(program, "check")?;
    Ok(Times { render: time(program, "render")?, check })
}

fn time(program: &Path, command: &str) -> Result<Duration> {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let output = Command::new(program).arg(command).current_dir(repository()).output()?;
        times.push(begin.elapsed());
        if !output.status.success() {
            bail!("`substrate {command}` failed:\n{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    Ok(median(times))
}
