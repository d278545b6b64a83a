//! An edge with the real HAProxy: how often it is reloaded and asked, and runs that are killed.

use crate::estate::eventually;
use crate::logins::ephemeral;
use acceptance_tests::environment::repository;
use acceptance_tests::leaks::{Secrets, Traces};
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::{REQUIRED_PROVIDERS, Workdir};
use lab::Fault;
use lab::blocking::HaProxy;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// The commit of a transaction.
const COMMIT: (&str, &str) = ("PUT", "/services/haproxy/transactions/*");

/// Ten frontends, each with a backend of its own, and 40 more backends.
const LEVELS: &str = r#"
resource "substrate_haproxy_backend" "of_frontend" {
  count = 10
  name  = "of_frontend_${count.index}"
}

resource "substrate_haproxy_backend" "more" {
  count = 40
  name  = "more_${count.index}"
}

resource "substrate_haproxy_frontend" "fe" {
  count           = 10
  name            = "fe_${count.index}"
  default_backend = substrate_haproxy_backend.of_frontend[count.index].name
  binds           = {}
}
"#;

/// An edge with 1,000 routes, of which the first ten lead to `var.first`.
const ROUTES: &str = r#"
variable "first" {
  default = "be_one"
}

variable "routes" {
  type = number
}

resource "substrate_haproxy_backend" "be" {
  for_each = toset(["be_one", "be_two"])
  name     = each.key
}

resource "substrate_haproxy_frontend" "edge" {
  name   = "edge"
  mode   = "http"
  routes = true
  binds  = {}
}

resource "substrate_haproxy_route" "r" {
  count    = var.routes
  frontend = substrate_haproxy_frontend.edge.name
  hosts    = ["host-${count.index}.example.com"]
  backend  = substrate_haproxy_backend.be[count.index < 10 ? var.first : "be_one"].name
}
"#;

/// A certificate whose PEM is `var.pem`.
pub const CERTIFICATE: &str = r#"
resource "substrate_haproxy_certificate" "www" {
  storage_name   = "www.example.com.pem"
  pem_wo         = var.pem
  pem_wo_version = 1
}
"#;

fn workdir(tool: &Tool, edge: &HaProxy, text: &str) -> Workdir {
    let workdir = Workdir::new(tool);
    workdir.file("provider.tf", REQUIRED_PROVIDERS).file("main.tf", text);
    edge.environment().into_iter().fold(workdir, |workdir, (name, value)| workdir.env(name, &value))
}

/// An apply of N objects in d levels is at most ⌈N/10⌉ + d commits, each with one reload.
#[test]
fn sixty_objects_in_two_levels_are_eight_commits_at_most() {
    for tool in tools() {
        let edge = HaProxy::start();
        let workdir = workdir(tool, &edge, LEVELS);
        workdir.apply();
        let commits = edge.count(COMMIT.0, COMMIT.1);
        assert!(commits <= 8, "{}: {commits} commits", tool.label());
        assert_eq!(edge.reloads(), commits, "{}", tool.label());
        workdir.plans_nothing();
        edge.clear_log();
        workdir.destroy();
        let commits = edge.count(COMMIT.0, COMMIT.1);
        assert!(commits <= 8, "{}: {commits} commits of a destroy", tool.label());
        assert_eq!(edge.open_transactions(), [""; 0]);
    }
}

/// An edge with 1,000 routes is one reload, ten that change are none, and a refresh of all is at most five calls.
#[test]
fn an_edge_with_a_thousand_routes_is_one_reload() {
    for tool in tools() {
        let edge = HaProxy::start();
        let workdir = workdir(tool, &edge, ROUTES);
        workdir.run(&["apply", "-auto-approve", "-var=routes=1000"]).success();
        let (reloads, worker) = (edge.reloads(), edge.worker_pid());
        assert!(reloads <= 1, "{}: {reloads} reloads of an edge with its routes", tool.label());
        edge.clear_log();
        workdir.run(&["plan", "-var=routes=1000", "-detailed-exitcode"]).exits(0);
        let calls = edge.requests().len();
        assert!(calls <= 5, "{}: {calls} calls of a refresh", tool.label());
        workdir.run(&["apply", "-auto-approve", "-var=routes=1000", "-var=first=be_two"]).success();
        assert_eq!((edge.reloads(), edge.worker_pid()), (reloads, worker), "{}", tool.label());
        let map = edge.map_text("edge.host.map").expect("it is there");
        assert_eq!(map.lines().filter(|line| line.contains(" be_two|")).count(), 10);
        assert_eq!(map.lines().count(), 1_001);
    }
}

/// A backend for each name, and for each a route of the frontend `edge`, which another run makes.
fn tenants(prefix: &str) -> String {
    format!(
        r#"
resource "substrate_haproxy_backend" "be" {{
  count = 25
  name  = "{prefix}_${{count.index}}"
}}

resource "substrate_haproxy_route" "r" {{
  count    = 25
  frontend = "edge"
  hosts    = ["{prefix}-${{count.index}}.example.com"]
  backend  = substrate_haproxy_backend.be[count.index].name
}}
"#
    )
}

/// Two runs with their own states, and somebody else, write to one HAProxy at once: nothing is lost, in either direction.
#[test]
fn two_runs_at_once_lose_nothing() {
    const EDGE: &str = "resource \"substrate_haproxy_frontend\" \"edge\" {\n  name = \"edge\"\n  mode = \"http\"\n  routes = \
                        true\n  binds = {}\n}\n";
    for tool in tools() {
        let edge = HaProxy::start();
        let platform = workdir(tool, &edge, EDGE);
        platform.apply();
        let runs = ["ours", "theirs"].map(|prefix| workdir(tool, &edge, &tenants(prefix)));
        edge.clear_log();
        thread::scope(|scope| {
            runs.iter().for_each(|run| drop(scope.spawn(|| run.apply())));
            scope.spawn(|| {
                for number in 0..5 {
                    edge.colleague_adds_backend(&format!("colleague_{number}"));
                    thread::sleep(Duration::from_millis(200));
                }
            });
        });
        let (config, map) = (edge.config_text(), edge.map_text("edge.host.map").expect("it is there"));
        for prefix in ["ours", "theirs"] {
            for number in 0..25 {
                assert!(config.contains(&format!("backend {prefix}_{number}\n")), "{}: {config}", tool.label());
                assert!(map.contains(&format!("{prefix}-{number}.example.com ")), "{}: {map}", tool.label());
            }
        }
        (0..5).for_each(|number| assert!(config.contains(&format!("backend colleague_{number}\n")), "{config}"));
        runs.iter().for_each(|run| drop(run.plans_nothing()));
        thread::scope(|scope| runs.iter().for_each(|run| drop(scope.spawn(|| run.destroy()))));
        let (config, map) = (edge.config_text(), edge.map_text("edge.host.map").expect("it is there"));
        assert!(!config.contains("ours_") && !config.contains("theirs_"), "{}: {config}", tool.label());
        assert_eq!(map.lines().count(), 1, "{}: {map}", tool.label());
        (0..5).for_each(|number| assert!(config.contains(&format!("backend colleague_{number}\n")), "{config}"));
        assert_eq!(edge.open_transactions(), [""; 0]);
        platform.plans_nothing();
    }
}

/// A run that dies between the opening of its transaction and the commit; the next one leaves none open.
#[test]
fn a_killed_run_leaves_no_open_transaction_after_the_next_one() {
    const TEXT: &str = "resource \"substrate_haproxy_backend\" \"web\" {\n  name = \"web\"\n}\n";
    for tool in tools() {
        let edge = HaProxy::start();
        let before = edge.config_text();
        let workdir = workdir(tool, &edge, TEXT);
        edge.fault(Fault::on(COMMIT.0, COMMIT.1).hang());
        let mut apply = workdir.command(&["apply", "-auto-approve"]);
        let apply = apply.process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = apply.spawn().expect("the tool starts");
        eventually("the commit is sent", || edge.count(COMMIT.0, COMMIT.1) == 1);
        let killed = Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).status();
        assert!(killed.expect("kill starts").success());
        assert!(!child.wait().expect("the tool ends").success());
        assert_eq!(edge.open_transactions().len(), 1, "{}", tool.label());
        assert_eq!(edge.config_text(), before, "{}", tool.label());
        edge.clear_faults();
        workdir.apply();
        assert_eq!(edge.open_transactions(), [""; 0], "{}", tool.label());
        let maps = std::fs::read_dir(edge.paths().maps).expect("the folder is there").count();
        assert_eq!(maps, 0, "{}: the mark of the transaction stays", tool.label());
        workdir.plans_nothing();
        workdir.destroy();
    }
}

/// The key that a certificate is written with, and the API's password.
#[test]
fn no_key_is_in_a_log_a_plan_or_a_state() {
    let example = repository().join("examples/resources/substrate_haproxy_certificate/resource.tf");
    let example = fs::read_to_string(example).expect("the example is there");
    let pem: Vec<&str> = example.lines().map(str::trim).skip_while(|line| !line.starts_with("-----")).collect();
    let end = pem.iter().rposition(|line| line.starts_with("-----")).expect("a PEM has an end");
    let pem = &pem[..=end];
    let key = pem.iter().position(|line| line.contains("BEGIN PRIVATE KEY")).expect("it holds a key");
    for tool in tools() {
        let edge = HaProxy::start();
        let workdir = workdir(tool, &edge, &format!("{}{CERTIFICATE}", ephemeral("pem")));
        let workdir = workdir.env("TF_VAR_pem", &format!("{}\n", pem.join("\n"))).env("TF_LOG", "TRACE");
        let mut traces = Traces::new();
        traces.output(&workdir.apply());
        traces.output(&workdir.plans_nothing());
        traces.output(&workdir.run(&["plan", "-destroy", "-out=plan.bin"]).success());
        traces.directory(&workdir.path());
        let secrets = Secrets::new().with("the key", pem[key + 1]).with("the password", &edge.password);
        secrets.stay_out_of(&traces, &tool.label());
        let stored = edge.certificate_text("www.example.com.pem").expect("it is there");
        assert!(stored.contains(pem[key + 1]), "{}: the edge has the key", tool.label());
        workdir.destroy();
    }
}
