//! Secrets reach GitLab and nothing else.

use crate::estate::{PROJECT, look, workdir};
use acceptance_tests::leaks::{Secrets, Traces};
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
        let mut traces = Traces::new();
        traces.output(&workdir.run(&["plan", "-out=plan.bin"]).success());
        traces.output(&workdir.run(&["show", "-json", "plan.bin"]).success());
        traces.output(&workdir.apply());
        traces.output(&workdir.plans_nothing());
        traces.directory(&workdir.path());
        secrets(&gitlab).stay_out_of(&traces, &tool.label());
        let state = workdir.state_text();
        assert!(state.contains("TOKEN"), "{}: the variable is in the state", tool.label());
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
            let text = output.text();
            assert!(text.contains("POST"), "{}: the error does not say what was asked:\n{text}", tool.label());
            let mut traces = Traces::new();
            traces.output(&output);
            traces.directory(&workdir.path());
            secrets(&gitlab).stay_out_of(&traces, &tool.label());
            gitlab.clear_faults();
        }
        workdir.apply();
    }
}

/// What must not be found.
fn secrets(gitlab: &GitLab) -> Secrets {
    Secrets::new().with("the value", FIRST).with("GitLab's token", &gitlab.token)
}
