//! Zones of Route 53 as real runs change them: many records, two runs at once, and Ctrl-C.

use crate::estate::eventually;
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::{REQUIRED_PROVIDERS, Workdir};
use lab::aws::Sync;
use lab::blocking::Aws;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// Rates that hold nobody up on loopback.
const PROVIDER: &str = r#"
provider "substrate" {
  aws = {
    route53 = { requests_per_second = 1000, burst = 1000, wait_for_sync = false }
  }
}
"#;

const ZONE: &str = "resource \"substrate_route53_zone\" \"this\" {\n  name = \"example.com\"\n}\n";

fn workdir(tool: &Tool, aws: &Aws, text: &str) -> Workdir {
    let workdir = Workdir::new(tool);
    workdir.file("provider.tf", PROVIDER).file("main.tf", &format!("{REQUIRED_PROVIDERS}{text}"));
    workdir.envs(aws.environment())
}

fn records(zone: &str, prefix: &str, count: usize) -> String {
    format!(
        r#"
resource "substrate_route53_record" "this" {{
  count = {count}

  zone_id = {zone}
  name    = "{prefix}-${{count.index}}"
  type    = "A"
  ttl     = 300
  records = ["192.0.2.1"]
}}
"#
    )
}

/// The id of a zone that a run of its own made, and that goes with the account.
fn zone(tool: &Tool, aws: &Aws) -> String {
    let workdir = workdir(tool, aws, ZONE);
    workdir.apply();
    let state = workdir.state();
    state["substrate_route53_zone.this"]["zone_id"].as_str().expect("a zone has an id").to_owned()
}

fn addresses(aws: &Aws, zone: &str) -> usize {
    let (status, answer) = aws.route53("GET", &format!("/hostedzone/{zone}/rrset?maxitems=300"), "");
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("<IsTruncated>false</IsTruncated>"), "the zone has more than a page");
    answer.matches("<Type>A</Type>").count()
}

/// A peer makes about 5,000 calls here, and 2,000 to see that nothing has changed.
#[test]
fn a_thousand_records_are_a_hundred_batches_and_a_few_lists() {
    for tool in tools() {
        let aws = Aws::start();
        let workdir =
            workdir(tool, &aws, &format!("{ZONE}{}", records("substrate_route53_zone.this.zone_id", "host", 1000)));
        workdir.apply();
        let (changes, calls) = (aws.count("route53", "/ChangeResourceRecordSets"), aws.requests().len());
        assert!(changes <= 110, "{}: {changes} changes", tool.label());
        // Where changes are awaited, each batch is asked for, too.
        assert!(calls + changes <= 600, "{}: {calls} calls", tool.label());
        aws.clear_log();
        workdir.plans_nothing();
        assert!(aws.requests().len() <= 6, "{}: {} calls of a plan", tool.label(), aws.requests().len());
    }
}

/// Route 53 works on one change of a zone at a time, and refuses others meanwhile.
#[test]
fn two_runs_at_once_lose_nothing() {
    for tool in tools() {
        let aws = Aws::start();
        let zone = zone(tool, &aws);
        aws.process(Duration::from_millis(200));
        let teams = ["red", "blue"];
        let runs = teams.map(|team| workdir(tool, &aws, &records(&format!("\"{zone}\""), team, 30)));
        thread::scope(|scope| {
            for run in &runs {
                scope.spawn(|| run.apply());
            }
        });
        assert_eq!(addresses(&aws, &zone), 60, "{}", tool.label());
        assert!(
            aws.requests().iter().any(|request| request.path == "/ChangeResourceRecordSets" && request.status == 400),
            "{}: the runs did not meet",
            tool.label()
        );
        runs.iter().for_each(|run| drop(run.plans_nothing()));
    }
}

/// What is on its way when the user stops is in the state, and the next run does the rest.
#[test]
fn every_record_that_exists_is_in_the_state_after_ctrl_c() {
    for tool in tools() {
        let aws = Aws::start();
        let zone = zone(tool, &aws);
        // The first batches are made, and their changes stay on their way.
        aws.sync(Sync::Time(Duration::from_secs(600)));
        let workdir = workdir(tool, &aws, &records(&format!("\"{zone}\""), "host", 40));
        workdir.file("provider.tf", &PROVIDER.replace("false", "true"));
        let mut apply = workdir.command(&["apply", "-auto-approve"]);
        let mut child = apply.process_group(0).stdout(Stdio::null()).spawn().expect("the tool starts");
        eventually("a change is awaited", || aws.count("route53", "/GetChange") >= 2);
        let group = format!("-{}", child.id());
        assert!(Command::new("kill").args(["-INT", "--", &group]).status().expect("kill starts").success());
        let status = child.wait().expect("the tool ends");
        assert!(!status.success(), "{}: an interrupted apply is no success", tool.label());
        let made = addresses(&aws, &zone);
        assert!((1..40).contains(&made), "{}: {made} records were made", tool.label());
        let kept = workdir.state().keys().filter(|address| address.contains("_record.")).count();
        assert_eq!(kept, made, "{}: state and zone differ", tool.label());

        aws.sync(Sync::default());
        workdir.apply();
        assert_eq!(addresses(&aws, &zone), 40, "{}", tool.label());
        workdir.plans_nothing();
    }
}
