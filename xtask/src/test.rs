//! `test`: everything that must hold before a change is merged, in the order that fails fastest.

use crate::command::{Arguments, Command};
use crate::progress::{Steps, alive, table};
use acceptance_tests::environment::{cargo, repository};
use acceptance_tests::tool::{self, Kind, TOFU_VERSION};
use anyhow::{Context as _, Result, bail};
use lab::machine::on_path;
use std::env;
use std::io::{BufRead, BufReader};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The command.
pub const COMMAND: Command = Command {
    name: "test",
    summary: "Runs every test, after fetching what the tests need",
    help: "
In this order: format, lint, fuzz targets (where there is a C++ compiler), tidy, documentation,
dependencies (where cargo-deny is installed), unit with derive, conformance and lifecycle,
acceptance with the terraform on the PATH, acceptance with OpenTofu, the modules in all variants with either,
with tflint, checkov and their orders, the modules with the full schemas of SUBSTRATE_SCHEMAS or ../shared/schemas.
The real Vault, OpenTofu and tflint are built once as Go modules, and checkov is installed once, into
~/.cache/substrate, while the rest runs.
Needs only cargo, Go and Python; what modules and crates the steps need is fetched from the package registries.
A failed step does not stop the later ones. The last lines are a table of the steps, with the reason of each one
that was skipped on this machine, and the sums over all tests and over the steps that are one check each.",
    run,
};

/// What became of a step.
enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
}

/// One step in the summary.
struct Row {
    name: &'static str,
    outcome: Outcome,
    tests: Tests,
    time: Duration,
}

/// Everything that was run so far.
struct Report {
    steps: Steps,
    rows: Vec<Row>,
}

/// The name and version of a tool, or the reason why there is none.
type Found = Result<String, String>;

/// What `cargo test` counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tests {
    passed: u64,
    failed: u64,
    skipped: u64,
}

fn run(arguments: &mut Arguments) -> Result<()> {
    arguments.finish()?;
    // The longest pieces of work on a clean machine begin first, beside everything else, and one after the other: each
    // takes every processor. The tests that need Vault wait for it, and fail with the reason where there is none.
    let opentofu = thread::spawn(|| {
        lab::vault::program().ensure().ok();
        let opentofu = tool::opentofu().ensure();
        // Whoever needs one of these says why there is none.
        tool::tflint().ensure().ok();
        tool::checkov().ensure().ok();
        opentofu
    });
    let mut report = Report { steps: Steps::new(12), rows: Vec::new() };

    report.check("format", &[&["fmt", "--all", "--check"]]);
    report.check("lint", &[&["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]]);
    // Apart from the workspace, so that no other step compiles them; only running them needs a nightly compiler.
    if env::var_os("CXX").is_some() || on_path("c++").is_some() {
        report.check("fuzz targets", &[&["check", "--locked", "--manifest-path", "fuzz/Cargo.toml"]]);
    } else {
        report.skip("fuzz targets", "there is no C++ compiler, and libFuzzer needs one");
    }
    report.check("tidy", &[&["test", "--package", "xtask"]]);
    report.check("documentation", &[&["doc", "--workspace", "--no-deps"]]);
    if on_path("cargo-deny").is_some() {
        report.check("dependencies", &[&["deny", "check", "bans", "licenses", "sources"]]);
    } else {
        report.skip("dependencies", "cargo-deny is not installed");
    }
    report.check(
        "unit, derive, conformance, lifecycle",
        &[
            &["test", "--workspace", "--exclude", "xtask", "--exclude", "acceptance-tests", "--no-fail-fast"],
            &["test", "--package", "acceptance-tests", "--lib"],
        ],
    );
    let terraform = tool::terraform().map(|tool| tool.label());
    report.acceptance("acceptance with terraform", Kind::Terraform, &terraform);
    let built = alive(&format!("building OpenTofu {TOFU_VERSION}"), || opentofu.join());
    let built = built.unwrap_or_else(|_| Err("the build of OpenTofu panicked".to_owned()));
    // Without the build, a tofu on the PATH serves too; its version is printed.
    let found = tool::tofu().map(|tool| tool.label());
    let opentofu = found.map_err(|missing| built.err().unwrap_or(missing));
    report.acceptance("acceptance with OpenTofu", Kind::Tofu, &opentofu);
    report.modules(&terraform, &opentofu);
    report.conclude()
}

impl Report {
    fn check(&mut self, name: &'static str, commands: &[&[&str]]) {
        self.step(name, |tests| commands.iter().try_for_each(|arguments| counted(cargo().args(*arguments), tests)));
    }

    fn acceptance(&mut self, name: &'static str, kind: Kind, found: &Found) {
        self.with_tool(name, kind, found, &["it"], None);
    }

    /// The modules with both tools; what asks no tool, or either, is asked once. Then with the full schemas.
    fn modules(&mut self, terraform: &Found, opentofu: &Found) {
        let engines = &["modules", "engines::"];
        let again: &[&str] = if terraform.is_ok() { engines } else { &["modules"] };
        self.with_tool("modules with terraform", Kind::Terraform, terraform, &["modules"], None);
        self.with_tool("modules with OpenTofu", Kind::Tofu, opentofu, again, None);
        let name = "modules with full schemas";
        let tool = if terraform.is_ok() { (Kind::Terraform, terraform) } else { (Kind::Tofu, opentofu) };
        let published = &["modules", "engines::every_module"];
        match schemas() {
            Some(folder) => self.with_tool(name, tool.0, tool.1, published, Some(&folder)),
            None => self.skip(name, "SUBSTRATE_SCHEMAS names no folder, and there is no ../shared/schemas"),
        }
    }

    /// Runs a test binary of the acceptance tests with one tool; words after the binary's name choose among its tests.
    fn with_tool(&mut self, name: &'static str, kind: Kind, found: &Found, words: &[&str], schemas: Option<&Path>) {
        match found {
            Ok(label) => self.step(name, |tests| {
                println!("      {label}");
                let mut test = cargo();
                test.args(["test", "--package", "acceptance-tests", "--test"]).args(words);
                test.env("ACCEPTANCE_TOOL", kind.name()).env_remove("SUBSTRATE_SCHEMAS");
                if let Some(folder) = schemas {
                    println!("      schemas of {}", folder.display());
                    test.env("SUBSTRATE_SCHEMAS", folder);
                }
                counted(&mut test, tests)
            }),
            Err(reason) => self.skip(name, reason),
        }
    }

    fn step(&mut self, name: &'static str, work: impl FnOnce(&mut Tests) -> Result<()>) {
        self.steps.next(name);
        let begin = Instant::now();
        let mut tests = Tests::default();
        let result = alive(name, || work(&mut tests));
        let outcome = match result {
            Ok(()) => Outcome::Passed,
            Err(error) => {
                println!("      failed: {error:#}");
                Outcome::Failed(format!("{error:#}"))
            }
        };
        self.rows.push(Row { name, outcome, tests, time: begin.elapsed() });
    }

    fn skip(&mut self, name: &'static str, reason: &str) {
        self.steps.next(name);
        println!("      skipped: {reason}");
        let outcome = Outcome::Skipped(reason.to_owned());
        self.rows.push(Row { name, outcome, tests: Tests::default(), time: Duration::ZERO });
    }

    fn conclude(&self) -> Result<()> {
        let lines: Vec<Vec<String>> = self.rows.iter().map(Row::cells).collect();
        println!("\nSummary\n{}", table(&lines));
        let sums = self.rows.iter().fold(Tests::default(), |sums, row| sums.plus(row.counted()));
        println!("\n{}", sums.sentence());
        if sums.failed > 0 {
            bail!("not everything passed");
        }
        Ok(())
    }
}

impl Row {
    /// The step's tests; a step without any is one check itself, and one that failed outside of its tests counts too.
    fn counted(&self) -> Tests {
        let mut tests = self.tests;
        match self.outcome {
            Outcome::Passed if tests == Tests::default() => tests.passed = 1,
            Outcome::Failed(_) if tests.failed == 0 => tests.failed = 1,
            Outcome::Skipped(_) => tests.skipped = 1,
            _ => {}
        }
        tests
    }

    fn cells(&self) -> Vec<String> {
        let (word, detail) = match &self.outcome {
            Outcome::Passed => ("passed", ""),
            Outcome::Failed(error) => ("FAILED", error.as_str()),
            Outcome::Skipped(reason) => ("skipped", reason.as_str()),
        };
        // The rest of a longer text stands where the step ran.
        let detail = detail.lines().next().unwrap_or_default();
        vec![self.name.to_owned(), word.to_owned(), format!("{:.1} s", self.time.as_secs_f64()), detail.to_owned()]
    }
}

impl Tests {
    fn add(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")) else { return };
        for part in counts.1.split("; ") {
            match part.split_once(' ').and_then(|(number, word)| Some((number.parse::<u64>().ok()?, word))) {
                Some((number, "passed")) => self.passed += number,
                Some((number, "failed")) => self.failed += number,
                Some((number, "ignored")) => self.skipped += number,
                _ => {}
            }
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }

    fn sentence(self) -> String {
        format!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// The folder with full schemas of providers: the one that the user names, or the one beside the repository.
fn schemas() -> Option<PathBuf> {
    let named = env::var_os("SUBSTRATE_SCHEMAS").filter(|named| !named.is_empty()).map(PathBuf::from);
    named.or_else(|| Some(repository().join("../shared/schemas")).filter(|folder| folder.is_dir()))
}

/// Runs cargo with its output visible, and adds up what the test runners print.
fn counted(command: &mut process::Command, tests: &mut Tests) -> Result<()> {
    // Half of their time, tests wait for servers: two at once keep a processor busy.
    let threads = 2 * thread::available_parallelism().map_or(1, NonZero::get);
    command.env("RUST_TEST_THREADS", threads.to_string());
    command.env("RUSTDOCFLAGS", "--deny warnings").stdout(Stdio::piped());
    let mut child = command.spawn().context("cargo does not start")?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            println!("{line}");
            tests.add(&line);
        }
    }
    let status = child.wait()?;
    if !status.success() {
        let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
        bail!("`cargo {}` ended with {status}", words.join(" "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_what_the_runners_counted() {
        let mut tests = Tests::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
        ] {
            tests.add(line);
        }
        assert_eq!(tests, Tests { passed: 5, failed: 1, skipped: 1 });
        assert_eq!(tests.sentence(), "5 passed, 1 failed, 1 skipped");
    }

    #[test]
    fn a_step_without_tests_counts_as_one() {
        let counted = |outcome, tests| Row { name: "step", outcome, tests, time: Duration::ZERO }.counted();
        let (none, three) = (Tests::default(), Tests { passed: 3, ..Tests::default() });
        assert_eq!(counted(Outcome::Passed, none), Tests { passed: 1, ..none });
        assert_eq!(counted(Outcome::Passed, three), three);
        assert_eq!(counted(Outcome::Failed("did not compile".to_owned()), three), Tests { failed: 1, ..three });
        assert_eq!(counted(Outcome::Skipped("no go".to_owned()), none), Tests { skipped: 1, ..none });
    }
}
