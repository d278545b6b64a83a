//! `bench`: what a start, a plan and a call cost, with the goals beside.

use crate::command::{Arguments, Command};
use crate::generator;
use crate::proc::{self, Usage};
use crate::progress::{Steps, alive, build_provider, table};
use crate::refreshes::{self, Refresh};
use acceptance_tests::handshake::Started;
use acceptance_tests::tool::{self, Tool};
use acceptance_tests::workdir::{REQUIRED_PROVIDERS, Workdir};
use anyhow::{Context as _, Result, anyhow, bail};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// The command.
pub const COMMAND: Command = Command {
    name: "bench",
    summary: "Measures start, memory, plans, CPU per call and size of the release build",
    help: "
Builds the provider with the release profile and measures it on this machine, in one run:
the time from start to handshake, the peak of resident memory at the handshake and while planning 1,000 resources,
plans of 1, 100 and 1,000 labels that need no server as a ratio to as many terraform_data, the processor time of a
call, and the size of the binary; the calls and the time of refreshing 1,000 records, 100 roles and 100 policies as
ratios to reading them one by one, ten at once, from an AWS on loopback whose calls take 20 ms; then what it takes the generator to render and to check everything in the repository,
which must be fresh, and what one run of a module's tests takes.
Memory and processor time are read from /proc, so it runs on Linux only.

Options:
  --with TOOL  terraform, tofu, or the path of one of them (default: the terraform on the PATH, else tofu)",
    run,
};

const STARTS: usize = 200;
const MEMORY_STARTS: usize = 20;
const COUNTS: [usize; 3] = [1, 100, 1000];
/// A create costs two calls in the process that plans: ValidateResourceConfig and PlanResourceChange.
const CALLS_PER_RESOURCE: u32 = 2;

/// Times of one number of resources, ours and terraform_data's.
struct Plans {
    count: usize,
    ours: Duration,
    floor: Duration,
}

fn run(arguments: &mut Arguments) -> Result<()> {
    let with = arguments.value("--with")?;
    arguments.finish()?;
    if !cfg!(target_os = "linux") {
        bail!("memory and processor time are read from /proc, which only Linux has");
    }
    let tool = match with.as_deref() {
        Some("terraform") => tool::terraform(),
        Some("tofu") => tool::tofu(),
        Some(path) => Tool::at(path.into()),
        None => tool::terraform().or_else(|_| tool::tofu()),
    }
    .map_err(|reason| anyhow!(reason))?;
    let mut steps = Steps::new(9);
    let busy = proc::load().filter(|load| *load > 1.0);
    steps.next("building the provider with the release profile");
    let binary = build_provider("release")?;

    steps.next(&format!("starting the provider {STARTS} times"));
    let start = start_time(&binary)?;
    steps.next(&format!("reading its memory at the handshake, {MEMORY_STARTS} times"));
    let memory = start_memory(&binary)?;
    steps.next("planning 1, 100 and 1,000 resources with each of two providers, in turns");
    let plans = alive("planning", || COUNTS.iter().map(|count| plan_times(&tool, &binary, *count)).collect::<Vec<_>>());
    steps.next("watching the provider while it plans 1,000 resources");
    let usage = alive("planning", || watched_plan(&tool, &binary, 1000))?;

    steps.next("refreshing what AWS has, and reading it object by object, in turns");
    let refreshes = alive("refreshing", || refreshes::measure(&tool, &binary))?;

    steps.next("building the generator with the release profile");
    let substrate = generator::build()?;
    steps.next("rendering and checking everything in the repository");
    let generator = alive("rendering", || generator::measure(&substrate))?;
    steps.next("running one test of a module");
    let test_run = alive("testing", || generator::test_run(&tool))?;

    println!("\n{} on {}, release profile\n", binary.display(), tool.label());
    if let Some(load) = busy {
        println!("  The machine was busy before (load {load:.1}): times and ratios are not those of a quiet one.\n");
    }
    let mut rows = results(start, memory, &plans, &usage, fs::metadata(&binary)?.len());
    for refresh in &refreshes {
        rows.extend(compared(refresh));
    }
    rows.push(row("render everything", format!("{:.0} ms", milliseconds(generator.render)), "≤ 100 ms"));
    rows.push(row("check everything", format!("{:.0} ms", milliseconds(generator.check)), "≤ 300 ms"));
    rows.push(row("one test run of a module", format!("{:.0} ms", milliseconds(test_run)), "≤ 500 ms"));
    print!("{}", table(&rows));
    Ok(())
}

fn results(start: Duration, memory: u64, plans: &[Plans], usage: &Usage, size: u64) -> Vec<Vec<String>> {
    let mut rows = vec![
        row("MEASURE", "VALUE".to_owned(), "GOAL"),
        row("start to handshake, p50", format!("{:.2} ms", milliseconds(start)), "≤ 1.5 ms"),
        row("peak memory at handshake", mebibytes(memory), "≤ 8 MiB"),
        row("peak memory while planning 1,000", mebibytes(usage.peak), "≤ 12 MiB"),
    ];
    for plan in plans {
        let ratio = plan.ours.as_secs_f64() / plan.floor.as_secs_f64();
        let what = format!("plan of {} against terraform_data", plan.count);
        let times = format!("{ratio:.2} ({:.0} ms / {:.0} ms)", milliseconds(plan.ours), milliseconds(plan.floor));
        rows.push(row(&what, times, if plan.count == 1000 { "≤ 2.4" } else { "" }));
    }
    let per_call = usage.processor / (1000 * CALLS_PER_RESOURCE);
    rows.push(row("processor time per call", format!("{:.0} µs", per_call.as_secs_f64() * 1e6), ""));
    rows.push(row("stripped size", format!("{:.1} MB", size as f64 / 1e6), "≤ 15 MB"));
    rows
}

/// Calls and time of a refresh, each as a ratio to those of reading object by object.
fn compared(refresh: &Refresh) -> [Vec<String>; 2] {
    let (calls, singles) = (refresh.calls, refresh.single_calls);
    let calls_ratio = calls as f64 / singles as f64;
    let (time, single) = (milliseconds(refresh.time), milliseconds(refresh.single_time));
    [
        row(&format!("calls for {}", refresh.what), format!("{calls_ratio:.3} ({calls} / {singles})"), ""),
        row(&format!("time for {}", refresh.what), format!("{:.2} ({time:.0} ms / {single:.0} ms)", time / single), ""),
    ]
}

fn row(what: &str, measured: String, goal: &str) -> Vec<String> {
    vec![what.to_owned(), measured, goal.to_owned()]
}

fn start_time(binary: &Path) -> Result<Duration> {
    // The first start reads the binary from the disk.
    drop(Started::new(binary)?);
    let mut times = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let begin = Instant::now();
        let started = Started::new(binary).context("the provider does not start")?;
        times.push(begin.elapsed());
        drop(started);
    }
    Ok(median(times))
}

fn start_memory(binary: &Path) -> Result<u64> {
    let mut peaks = Vec::with_capacity(MEMORY_STARTS);
    for _ in 0..MEMORY_STARTS {
        let started = Started::new(binary)?;
        peaks.push(proc::usage(started.id()).ok_or_else(|| anyhow!("the provider ended by itself"))?.peak);
    }
    Ok(median(peaks))
}

fn plan_times(tool: &Tool, binary: &Path, count: usize) -> Plans {
    let ours = labels(tool, binary, count);
    let floor = Workdir::with_override(tool, binary);
    floor.file("main.tf", &format!("resource \"terraform_data\" \"this\" {{\n  count = {count}\n}}\n"));
    // The built-in provider needs `init` for its lock file, which holds nothing.
    floor.run(&["init"]).success();
    let rounds = if count == 1000 { 5 } else { 9 };
    let (mut our_times, mut floor_times) = (Vec::new(), Vec::new());
    // In turns, so that a slow minute of the machine slows both.
    for _ in 0..=rounds {
        our_times.push(plan_time(&ours));
        floor_times.push(plan_time(&floor));
    }
    // The first round warms the caches.
    Plans { count, ours: median(our_times.split_off(1)), floor: median(floor_times.split_off(1)) }
}

fn plan_time(workdir: &Workdir) -> Duration {
    let begin = Instant::now();
    workdir.run(&["plan", "-refresh=false"]).success();
    begin.elapsed()
}

/// Labels of a project with a literal number: their plan asks no server anything.
fn labels(tool: &Tool, binary: &Path, count: usize) -> Workdir {
    let workdir = Workdir::with_override(tool, binary).gitlab("http://127.0.0.1:9/api/v4", "unused");
    let labels = format!(
        r##"
resource "substrate_gitlab_project_label" "this" {{
  count = {count}

  project = "1"
  name    = "label-${{count.index}}"
  color   = "#ff0000"
}}
"##
    );
    workdir.file("main.tf", &format!("{REQUIRED_PROVIDERS}{labels}"));
    workdir
}

/// Plans once, untimed, while /proc is read every millisecond: the numbers only rise, so the last reading before a
/// process ends is within a millisecond of its whole life.
fn watched_plan(tool: &Tool, binary: &Path, count: usize) -> Result<Usage> {
    let workdir = labels(tool, binary, count);
    let mut plan = workdir.command(&["plan", "-refresh=false"]);
    let mut child = plan.stdout(std::process::Stdio::null()).spawn()?;
    let busiest = proc::watch(binary, || child.try_wait().is_ok_and(|ended| ended.is_none()));
    let status = child.wait()?;
    if !status.success() {
        bail!("the plan under watch ended with {status}");
    }
    busiest.ok_or_else(|| anyhow!("no process of {} was seen during the plan", binary.display()))
}

pub(crate) fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
