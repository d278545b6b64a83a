//! What the user reads when GitLab or the way to it is broken, and what stays in the state.

use crate::estate::workdir;
use acceptance_tests::output::Output;
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::Workdir;
use lab::Fault;
use lab::blocking::GitLab;
use std::net::TcpListener;

const GROUP: &str = r#"
resource "substrate_gitlab_group" "this" {
  name = "Infra"
  path = "infra"
}
"#;

const CREATE: (&str, &str) = ("POST", "/groups");

/// The error's text, after checking that it holds the words and no secret.
#[track_caller]
fn explains(tool: &Tool, output: &Output, token: &str, words: &[&str]) {
    let errors = output.errors();
    assert!(!errors.is_empty(), "{}: `{}` should fail:\n{}", tool.label(), output.command, output.text());
    let text: String = errors.iter().map(|error| format!("{}\n", error.text())).collect();
    for word in words {
        assert!(text.contains(word), "{}: no `{word}` in the error:\n{text}", tool.label());
    }
    assert!(!output.text().contains(token), "{}: the token is in the text:\n{text}", tool.label());
}

fn apply(workdir: &Workdir) -> Output {
    workdir.run(&["apply", "-auto-approve", "-json"])
}

/// A create that fails with `fault` explains itself and leaves the state empty; afterwards it succeeds.
fn fails(fault: impl Fn() -> Fault, words: &[&str]) {
    for tool in tools() {
        let gitlab = GitLab::start();
        let workdir = workdir(tool, &gitlab, GROUP);
        gitlab.fault(fault());
        explains(tool, &apply(&workdir), &gitlab.token, words);
        assert!(workdir.state().is_empty(), "{}: a group that was not made is in the state", tool.label());
        gitlab.clear_faults();
        workdir.apply();
        workdir.plans_nothing();
    }
}

/// A fault in every attempt at the create.
fn create() -> Fault {
    Fault::on(CREATE.0, CREATE.1).always()
}

#[test]
fn an_unreachable_backend_is_named() {
    for tool in tools() {
        // A port that was free a moment ago and that nobody listens on.
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let url = format!("http://127.0.0.1:{port}/api/v4");
        let gitlab = GitLab::start();
        let workdir = workdir(tool, &gitlab, GROUP).gitlab(&url, "glpat-unreachable");
        let output = apply(&workdir);
        explains(
            tool,
            &output,
            "glpat-unreachable",
            &["substrate_gitlab_group", &format!("127.0.0.1:{port}"), "refused"],
        );
        assert!(workdir.state().is_empty());
    }
}

#[test]
fn a_wrong_token_is_told_from_a_missing_right() {
    for tool in tools() {
        let gitlab = GitLab::start();
        let workdir = workdir(tool, &gitlab, GROUP).gitlab(&gitlab.api(), "glpat-wrong");
        explains(tool, &apply(&workdir), "glpat-wrong", &["/groups", "401", "GITLAB_TOKEN"]);
        assert!(workdir.state().is_empty());
    }
    let forbidden = || create().status(403, r#"{"message":"403 Forbidden"}"#);
    fails(forbidden, &["POST", "/groups", "403"]);
}

/// The server says when to come back; coming back earlier only makes it worse.
#[test]
fn a_rate_limit_is_waited_for() {
    for tool in tools() {
        let gitlab = GitLab::start();
        let workdir = workdir(tool, &gitlab, GROUP);
        let limit = Fault::on(CREATE.0, CREATE.1).status(429, "Retry later\n").header("Retry-After", "1");
        gitlab.fault(limit);
        workdir.apply();
        assert_eq!(gitlab.count(CREATE.0, CREATE.1), 2, "{}: one refusal, one success", tool.label());
        workdir.plans_nothing();
    }
}

/// An hour is longer than anyone waits in front of a terminal.
#[test]
fn a_rate_limit_beyond_patience_is_an_error_with_the_time() {
    let limit = || create().status(429, "Retry later\n").header("Retry-After", "3600");
    fails(limit, &["POST", "/groups", "429", "3600"]);
}

#[test]
fn a_server_error_shows_what_the_server_said() {
    fails(|| create().status(500, r#"{"message":"500 Internal Server Error"}"#), &["POST", "/groups", "500"]);
}

/// A proxy in front of GitLab answers in HTML.
#[test]
fn an_answer_that_is_no_json_is_shown_as_such() {
    let page = || create().status(200, "<html><title>Sign in</title></html>");
    fails(page, &["POST", "/groups", "JSON"]);
}

/// The group exists although its answer was lost: exactly one that was not there before belongs in the state.
#[test]
fn a_create_whose_answer_is_lost_loses_nothing() {
    let create = || Fault::on(CREATE.0, CREATE.1);
    for (how, fault) in
        [("cut", create().cut()), ("malformed", create().malformed()), ("reset", create().reset_after())]
    {
        for tool in tools() {
            let gitlab = GitLab::start();
            let workdir = workdir(tool, &gitlab, GROUP);
            gitlab.fault(fault.clone());
            explains(tool, &apply(&workdir), &gitlab.token, &["POST", "/groups"]);
            let state = workdir.state_text();
            assert_eq!(workdir.state().len(), 1, "{}, {how}: the group is lost:\n{state}", tool.label());
            assert!(state.contains("\"status\": \"tainted\""), "{}, {how}: not tainted:\n{state}", tool.label());
            // It is tainted, so the next apply makes it anew, under the same path.
            workdir.apply();
            workdir.plans_nothing();
            assert_eq!(gitlab.count(CREATE.0, CREATE.1), 2, "{}, {how}: creates", tool.label());
        }
    }
}

/// The object exists and its key is known, so it belongs in the state even if it cannot be read back.
#[test]
fn a_create_whose_read_back_fails_keeps_the_object() {
    for tool in tools() {
        let gitlab = GitLab::start();
        let workdir = workdir(tool, &gitlab, GROUP);
        // The first read looks whether the path is free.
        gitlab.fault(Fault::on("GET", "/groups/*").nth(2).always().status(403, r#"{"message":"403 Forbidden"}"#));
        explains(tool, &apply(&workdir), &gitlab.token, &["/groups/", "403"]);
        let state = workdir.state_text();
        assert!(state.contains("\"status\": \"tainted\""), "{}: not tainted:\n{state}", tool.label());
        assert_eq!(gitlab.count(CREATE.0, CREATE.1), 1);
        gitlab.clear_faults();
        workdir.destroy();
    }
}

/// A failed read must never look like a deleted object, or the next apply makes a second one.
#[test]
fn a_failed_refresh_leaves_the_state_as_it_was() {
    for tool in tools() {
        let gitlab = GitLab::start();
        let workdir = workdir(tool, &gitlab, GROUP);
        workdir.apply();
        let before = workdir.state_text();
        for fault in [
            Fault::on("GET", "/groups/**").always().status(403, r#"{"message":"403 Forbidden"}"#),
            Fault::on("GET", "/groups/**").always().status(502, "Bad Gateway"),
            Fault::on("GET", "/groups/**").always().malformed(),
            Fault::on("GET", "/groups/**").always().cut(),
        ] {
            gitlab.fault(fault);
            explains(tool, &apply(&workdir), &gitlab.token, &["GET", "/groups/"]);
            assert_eq!(workdir.state_text(), before, "{}: the state changed", tool.label());
            gitlab.clear_faults();
        }
        workdir.plans_nothing();
    }
}

#[test]
fn a_self_signed_certificate_is_refused_with_the_way_out() {
    for tool in tools() {
        let gitlab = GitLab::build(lab::GitLab::builder().tls()).expect("the lab starts");
        let workdir = workdir(tool, &gitlab, GROUP);
        explains(tool, &apply(&workdir), &gitlab.token, &["/groups", "certificate", "cacert_file"]);
        assert!(gitlab.requests().is_empty(), "{}: the token was sent to a stranger", tool.label());
        assert!(workdir.state().is_empty());

        let provider =
            |setting: &str| format!("provider \"substrate\" {{\n  gitlab = {{\n    {setting}\n  }}\n}}\n{GROUP}");
        workdir.file("gitlab.pem", gitlab.pem.as_deref().expect("a server with TLS has a certificate"));
        workdir.file("main.tf", &provider("cacert_file = \"gitlab.pem\""));
        workdir.apply();
        workdir.file("main.tf", &provider("insecure = true"));
        workdir.plans_nothing();
    }
}
