//! What the generator costs.

use crate::bench::median;
use crate::progress::alive;
use acceptance_tests::binary;
use acceptance_tests::environment::{cargo, repository};
use acceptance_tests::tool::Tool;
use acceptance_tests::workdir::Workdir;
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const NAME: &str = "substrate";
const ROUNDS: usize = 20;
const TEST_ROUNDS: usize = 9;

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

/// Measures one run of `terraform test`, the start of the tool included: the first example of a module, applied with
/// mocks, where the provider's schema has the module's types only.
pub fn test_run(tool: &Tool) -> Result<Duration> {
    let module = repository().join("modules/networking");
    let mut files = Vec::new();
    for entry in fs::read_dir(&module)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".tf") {
            files.push((fs::read_to_string(module.join(&name))?, name));
        }
    }
    let name = "tests/example_minimal.tftest.hcl";
    let test = fs::read_to_string(module.join(name)).with_context(|| format!("modules/networking has no {name}"))?;
    files.push((test, name.to_owned()));
    let lock = fs::read_to_string(repository().join("codegen/schemas/aws.json"))?;
    let mut lock: Value = serde_json::from_str(&lock)?;
    let mut schema = lock["provider_schemas"]["registry.terraform.io/hashicorp/aws"].take();
    for kind in ["resource_schemas", "data_source_schemas"] {
        let used = |name: &str| files.iter().any(|(text, _)| text.contains(&format!("\"{name}\"")));
        if let Some(types) = schema[kind].as_object_mut() {
            types.retain(|name, _| used(name));
        }
    }
    let workdir = Workdir::with_standins(tool, &[("hashicorp/aws", &schema)]);
    fs::create_dir_all(workdir.path().join("tests"))?;
    for (text, name) in &files {
        workdir.file(name, text);
    }
    workdir.run(&["init"]).success();
    let mut times = Vec::with_capacity(TEST_ROUNDS);
    for _ in 0..TEST_ROUNDS {
        let begin = Instant::now();
        workdir.run(&["test"]).success();
        times.push(begin.elapsed());
    }
    Ok(median(times))
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
