//! Ctrl-C in the middle of an apply.

use crate::estate::{PROJECT, eventually, look, workdir};
use acceptance_tests::tool::tools;
use lab::Fault;
use lab::blocking::GitLab;
use std::collections::BTreeSet;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

const LABELS: &str = r##"
resource "substrate_gitlab_project_label" "this" {
  count = 50

  project = substrate_gitlab_project.parent.id
  name    = "label-${count.index}"
  color   = "#ff0000"
}
"##;

/// A provider that dies of the signal, or that drops a request on the wire, leaves objects that nobody manages.
#[test]
fn every_object_that_exists_is_in_the_state_after_ctrl_c() {
    for tool in tools() {
        let gitlab = GitLab::start();
        let workdir = workdir(tool, &gitlab, PROJECT);
        workdir.apply();
        workdir.file("labels.tf", LABELS);
        gitlab.fault(Fault::on("POST", "/projects/*/labels").always().delay(Duration::from_millis(500)));

        // A group of its own, so that the signal reaches the tool and the provider as it does in a terminal.
        let mut apply = workdir.command(&["apply", "-auto-approve"]);
        let mut child = apply.process_group(0).stdout(Stdio::null()).spawn().expect("the tool starts");
        eventually("ten labels are made", || gitlab.count("POST", "/projects/*/labels") >= 10);
        interrupt(child.id());
        let status = child.wait().expect("the tool ends");
        assert!(!status.success(), "{}: an interrupted apply is no success", tool.label());

        let project = workdir.state()["substrate_gitlab_project.parent"]["id"].to_string();
        let labels = look(&gitlab, &labels_of(&project));
        let existing: BTreeSet<String> = names(labels.as_array().into_iter().flatten());
        let state = workdir.state();
        let kept = names(state.iter().filter(|(address, _)| address.contains("_label.")).map(|(_, values)| values));
        assert!((10..50).contains(&existing.len()), "{}: {} labels were made", tool.label(), existing.len());
        assert_eq!(kept, existing, "{}: state and GitLab differ", tool.label());
        // A write on the wire is awaited, so nothing is half made and nothing has to be made anew.
        assert!(!workdir.state_text().contains("\"tainted\""), "{}: something is tainted", tool.label());

        gitlab.clear_faults();
        let next = workdir.apply();
        let rest = format!("{} added, 0 changed, 0 destroyed", 50 - existing.len());
        assert!(next.stdout.contains(&rest), "{}: not `{rest}`:\n{}", tool.label(), next.stdout);
        let labels = look(&gitlab, &labels_of(&project));
        assert_eq!(names(labels.as_array().into_iter().flatten()).len(), 50, "{}: labels at the end", tool.label());
        assert_eq!(labels.as_array().map(Vec::len), Some(50), "{}: a label is there twice", tool.label());
        workdir.plans_nothing();
    }
}

fn labels_of(project: &str) -> String {
    format!("/projects/{}/labels?per_page=100", project.trim_matches('"'))
}

fn names<'a>(values: impl Iterator<Item = &'a serde_json::Value>) -> BTreeSet<String> {
    values.map(|value| value["name"].as_str().expect("a label has a name").to_owned()).collect()
}

fn interrupt(group: u32) {
    let status = Command::new("kill").args(["-INT", "--", &format!("-{group}")]).status().expect("kill starts");
    assert!(status.success(), "the signal was not sent");
}
