//! Secrets reach GitLab and nothing else.

use crate::estate::{PROJECT, look, workdir};
use acceptance_tests::tool::tools;
use lab::Fault;
use lab::blocking::GitLab;

const FIRST: &str = "first-horse-battery-staple";
const SECOND: &str = "second-horse-battery-staple";

fn masked(version: u32) -> String {
    format!(
        r#"{PROJECT}
variable "secret" {{
  type      = string
  ephemeral = true
  sensitive = true
}}

resource "substrate_gitlab_project_variable" "secret" {{
  project          = substrate_gitlab_project.parent.id
  key              = "TOKEN"
  masked           = true
  value_wo         = var.secret
  value_wo_version = {version}
}}
"#
    )
}

/// GitLab returns the value with every read; neither that answer nor the configuration may leave a trace.
#[test]
fn a_write_only_value_is_in_neither_plan_nor_state_nor_log() {
    for tool in tools() {
        let gitlab = GitLab::start();
        let workdir = workdir(tool, &gitlab, &masked(1)).env("TF_VAR_secret", FIRST).env("TF_LOG", "TRACE");
        let plan = workdir.run(&["plan", "-out=plan.bin"]).success();
        let shown = workdir.run(&["show", "-json", "plan.bin"]).success();
        let apply = workdir.apply();
        let refresh = workdir.plans_nothing();
        for output in [plan, shown, apply, refresh] {
            keeps(&output.text(), &[FIRST, &gitlab.token], &format!("{}: `{}`", tool.label(), output.command));
        }
        let state = workdir.state_text();
        assert!(state.contains("TOKEN") && !state.contains(FIRST), "{}: the state holds the secret", tool.label());
        let project = workdir.state()["substrate_gitlab_project.parent"]["id"].to_string();
        let path = format!("/projects/{}/variables/TOKEN", project.trim_matches('"'));
        assert_eq!(look(&gitlab, &path)["value"], FIRST, "GitLab has the value");
    }
}

/// The provider cannot compare what it never stored, so the version says when to send the value again.
#[test]
fn a_new_version_sends_the_value_again_and_the_same_version_does_not() {
    for tool in tools() {
        let gitlab = GitLab::start();
        let workdir = workdir(tool, &gitlab, &masked(1)).env("TF_VAR_secret", FIRST);
        workdir.apply();
        let workdir = workdir.env("TF_VAR_secret", SECOND);
        workdir.plans_nothing();
        workdir.file("main.tf", &masked(2));
        gitlab.clear_log();
        workdir.apply();
        assert_eq!(gitlab.count("PUT", "/projects/*/variables/*"), 1, "{}: one call sends the value", tool.label());
        assert!(!workdir.state_text().contains(SECOND), "{}: the state holds the secret", tool.label());
        workdir.plans_nothing();
    }
}

/// A server that repeats the secret in its refusal must not get it into the user's terminal or log.
#[test]
fn no_fault_brings_a_secret_into_a_text() {
    let echo = format!(r#"{{"message":"value {FIRST} is invalid"}}"#);
    let create = || Fault::on("POST", "/projects/*/variables").always();
    for tool in tools() {
        let gitlab = GitLab::start();
        let workdir = workdir(tool, &gitlab, PROJECT);
        workdir.apply();
        let workdir = workdir.env("TF_VAR_secret", FIRST).env("TF_LOG", "TRACE");
        workdir.file("main.tf", &masked(1));
        let echoed_token = format!("the token {} has expired", gitlab.token);
        for fault in [
            create().status(400, &echo),
            create().status(401, &echoed_token),
            create().status(429, &echo).header("Retry-After", "3600"),
            create().status(500, &echo),
            create().status(200, FIRST),
            create().reset_before(),
        ] {
            gitlab.fault(fault);
            let output = workdir.run(&["apply", "-auto-approve"]).exits(1);
            let text = format!("{}{}", output.text(), workdir.state_text());
            assert!(text.contains("POST"), "{}: the error does not say what was asked:\n{text}", tool.label());
            keeps(&text, &[FIRST, &gitlab.token], tool.kind.name());
            gitlab.clear_faults();
        }
        workdir.apply();
    }
}

/// Fails with the lines that show a secret.
#[track_caller]
fn keeps(text: &str, secrets: &[&str], what: &str) {
    let betrays = |line: &&str| secrets.iter().any(|secret| line.contains(secret));
    let lines: Vec<&str> = text.lines().filter(betrays).collect();
    assert!(lines.is_empty(), "{what} shows a secret:\n{}", lines.join("\n"));
}
