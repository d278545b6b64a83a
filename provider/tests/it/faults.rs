//! What stays in the state, and what the user reads, when something goes wrong.

use std::net::TcpListener;

use lab::{Fault, GitLab};
use serde_json::{Value as Json, json};
use tfplugin::harness::{Action, Host};

use crate::estate::{act, config, document, failure, fine, host, look, understood};

const GROUP: &str = "resource \"substrate_gitlab_group\" \"g\" {\n  name = \"Infra\"\n  path = \"infra\"\n}\n";
const AT: &str = "substrate_gitlab_group.g";

/// Asserts that a text holds each word and not the token.
#[track_caller]
fn says(lab: &GitLab, text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "no `{word}` in:\n{text}");
    }
    assert!(!text.contains(&lab.token), "the token is in:\n{text}");
}

/// A create that fails leaves nothing behind, explains itself, and succeeds once the fault is gone.
async fn fails(fault: Fault, words: &[&str]) {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    lab.fault(fault);
    says(&lab, &failure(host.apply(&document(GROUP)).await), words);
    assert!(host.addresses().is_empty(), "what was not made is in the state");
    lab.clear_faults();
    fine(host.apply(&document(GROUP)).await);
    host.plan(&document(GROUP)).await.expect("no rule is broken").empty().expect("nothing is left to do");
    understood(&lab);
}

fn create() -> Fault {
    Fault::on("POST", "/groups").always()
}

#[tokio::test]
async fn refusals_are_told_with_what_was_asked_and_what_to_do() {
    fails(create().status(403, r#"{"message":"403 Forbidden"}"#), &["POST", "/groups", "403", "GITLAB_TOKEN"]).await;
    fails(create().status(401, r#"{"message":"401 Unauthorized"}"#), &["POST", "/groups", "401", "GITLAB_TOKEN"]).await;
    fails(create().status(500, r#"{"message":"500 Internal"}"#), &["POST", "/groups", "500", "500 Internal"]).await;
    fails(create().status(422, r#"{"message":{"path":["is odd"]}}"#), &["POST", "/groups", "422", "path is odd"]).await;
    fails(create().status(200, "<html>Sign in</html>"), &["POST", "/groups", "JSON"]).await;
}

/// Nobody waits an hour in front of a terminal.
#[tokio::test]
async fn a_limit_beyond_patience_is_told_with_its_time() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    lab.fault(create().status(429, "Retry later\n").header("Retry-After", "3600"));
    says(&lab, &failure(host.apply(&document(GROUP)).await), &["POST", "/groups", "429", "3600"]);
    assert!(host.addresses().is_empty());
    assert_eq!(lab.count("POST", "/groups"), 1);
    understood(&lab);
}

#[tokio::test]
async fn a_limit_that_passes_is_waited_for() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    lab.fault(Fault::on("POST", "/groups").status(429, "Retry later\n").header("Retry-After", "0"));
    fine(host.apply(&document(GROUP)).await);
    assert_eq!(lab.count("POST", "/groups"), 2);
    understood(&lab);
}

#[tokio::test]
async fn a_wrong_token_is_named_by_its_place_and_not_shown() {
    let lab = GitLab::start().await;
    let mut host = Host::new(provider::provider(), config(&lab.api(), "glpat-wrong")).await.expect("a valid schema");
    let text = failure(host.apply(&document(GROUP)).await);
    says(&lab, &text, &["401", "GITLAB_TOKEN", "gitlab.token"]);
    assert!(!text.contains("glpat-wrong"), "{text}");
}

#[tokio::test]
async fn an_unreachable_server_is_named() {
    // A port that was free a moment ago and that nobody listens on.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let url = format!("http://127.0.0.1:{port}/api/v4");
    let mut host = Host::new(provider::provider(), config(&url, "glpat-secret")).await.expect("a valid schema");
    let text = failure(host.apply(&document(GROUP)).await);
    assert!(text.contains(&port.to_string()) && text.contains("GITLAB_BASE_URL"), "{text}");
    assert!(!text.contains("glpat-secret"), "{text}");
}

#[tokio::test]
async fn a_certificate_that_nobody_knows_is_refused() {
    let lab = GitLab::builder().tls().start().await.expect("a port");
    let mut host = host(&lab).await;
    says(&lab, &failure(host.apply(&document(GROUP)).await), &["certificate", "cacert_file"]);
    assert!(lab.requests().is_empty(), "the token went to a stranger");
}

/// The key is known, so the object belongs into the state even if it cannot be read.
#[tokio::test]
async fn a_create_whose_read_back_fails_keeps_the_object() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    // The first look is whether the path is free.
    lab.fault(Fault::on("GET", "/groups/*").nth(2).times(20).status(403, r#"{"message":"403 Forbidden"}"#));
    says(&lab, &failure(host.apply(&document(GROUP)).await), &["/groups/", "403", "t was created"]);
    assert!(host.instance(AT).expect("the group exists").tainted);
    lab.clear_faults();
    assert_eq!(lab.count("POST", "/groups"), 1);
    fine(host.destroy().await);
    understood(&lab);
}

/// The answer is lost after GitLab made the object: exactly that object is found and kept, tainted, with the error.
#[tokio::test]
async fn a_lost_answer_is_looked_for() {
    for fault in [Fault::on("POST", "/groups").reset_after(), Fault::on("POST", "/groups").cut()] {
        let lab = GitLab::start().await;
        let mut host = host(&lab).await;
        lab.fault(fault);
        says(&lab, &failure(host.apply(&document(GROUP)).await), &["POST", "/groups", "tainted"]);
        assert_eq!(lab.count("POST", "/groups"), 1, "a create is not repeated");
        let group = host.instance(AT).expect("it was found");
        assert!(group.tainted);
        assert_eq!(group.text("id"), look(&lab, "/groups/infra")["id"].to_string());
        understood(&lab);
    }
}

/// The server did nothing; nobody can tell, so the user is told what to look for.
#[tokio::test]
async fn a_create_that_may_not_have_happened_names_what_may_be_left() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    lab.fault(create().reset_before());
    says(&lab, &failure(host.apply(&document(GROUP)).await), &["POST", "/groups", "may", "infra"]);
    assert!(host.addresses().is_empty());
    understood(&lab);
}

/// What somebody else made is not taken over, not even when the answer of our create is lost.
#[tokio::test]
async fn an_object_that_was_there_is_refused_with_its_import_id() {
    let lab = GitLab::start().await;
    let theirs = act(&lab, "POST", "/groups", json!({ "name": "Theirs", "path": "infra" }));
    let mut host = host(&lab).await;
    let text = failure(host.apply(&document(GROUP)).await);
    says(&lab, &text, &["exists already", &theirs["id"].to_string(), "mport"]);
    assert!(host.addresses().is_empty());
    assert_eq!(look(&lab, "/groups/infra")["name"], "Theirs");
    assert_eq!(lab.count("POST", "/groups"), 0);
    understood(&lab);
}

#[tokio::test]
async fn a_label_that_was_there_is_refused() {
    let lab = GitLab::start().await;
    act(&lab, "POST", "/projects", json!({ "name": "network" }));
    act(&lab, "POST", "/projects/root%2Fnetwork/labels", json!({ "name": "bug", "color": "#ff0000" }));
    let mut host = host(&lab).await;
    let text = r##"resource "substrate_gitlab_project_label" "l" {
  project = "root/network"
  name    = "bug"
  color   = "#00ff00"
}"##;
    says(&lab, &failure(host.apply(&document(text)).await), &["root/network:", "mport"]);
    assert!(host.addresses().is_empty());
    assert_eq!(look(&lab, "/projects/root%2Fnetwork/labels")[0]["color"], "#ff0000");
    understood(&lab);
}

/// The transfer worked and the rest did not: the state is what GitLab has then, and the next apply does the rest.
#[tokio::test]
async fn an_update_that_fails_half_way_leaves_what_is_there() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    let parent = "resource \"substrate_gitlab_group\" \"top\" {\n  name = \"Top\"\n  path = \"top\"\n}\n";
    let before = format!("{parent}{GROUP}");
    fine(host.apply(&document(&before)).await);
    let moved =
        GROUP.replace("\"Infra\"", "\"Renamed\"").replace("}\n", "  parent_id = substrate_gitlab_group.top.id\n}\n");
    let after = format!("{parent}{moved}");
    lab.fault(Fault::on("PUT", "/groups/*").status(400, r#"{"message":{"name":["is odd"]}}"#));
    says(&lab, &failure(host.apply(&document(&after)).await), &["PUT", "name is odd"]);
    let group = host.instance(AT).expect("it is still there");
    assert!(!group.tainted, "a failed update taints nothing");
    assert_eq!((group.text("full_path").as_str(), group.text("name").as_str()), ("top/infra", "Infra"));
    lab.clear_log();
    let report = fine(host.apply(&document(&after)).await);
    assert_eq!(report.actions.get(AT), Some(&Action::Update));
    assert_eq!(lab.count("POST", "/groups/*/transfer"), 0, "the transfer is done");
    understood(&lab);
}

/// A failed read must never look like a deletion, or the next apply makes a second object.
#[tokio::test]
async fn a_read_that_fails_keeps_the_state() {
    for fault in [
        Fault::on("GET", "/groups/*").always().status(500, "{}"),
        Fault::on("GET", "/groups/*").always().status(403, "{}"),
        // A page of a proxy, and an address that has no such API, say nothing about the group.
        Fault::on("GET", "/groups/*").always().status(404, "<html><title>Not found</title></html>"),
        Fault::on("GET", "/groups/*").always().status(404, r#"{"error":"404 Not Found"}"#),
        Fault::on("GET", "/groups/*").always().malformed(),
        Fault::on("GET", "/groups/*").always().cut(),
    ] {
        let lab = GitLab::start().await;
        let mut host = host(&lab).await;
        fine(host.apply(&document(GROUP)).await);
        lab.fault(fault);
        says(&lab, &failure(host.refresh().await), &["GET", "/groups/"]);
        assert!(host.instance(AT).is_ok());
        understood(&lab);
    }
}

#[tokio::test]
async fn a_delete_that_fails_keeps_the_object_and_one_of_nothing_succeeds() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(GROUP)).await);
    lab.fault(Fault::on("DELETE", "/groups/*").status(403, r#"{"message":"403 Forbidden"}"#));
    says(&lab, &failure(host.destroy().await), &["DELETE", "/groups/", "403"]);
    assert!(host.instance(AT).is_ok());
    // It goes between the refresh and the deletion.
    lab.fault(Fault::on("DELETE", "/groups/*").status(404, r#"{"message":"404 Group Not Found"}"#));
    lab.fault(Fault::on("GET", "/groups/*").nth(2).times(5).status(404, r#"{"message":"404 Group Not Found"}"#));
    fine(host.destroy().await);
    assert!(host.addresses().is_empty());
    understood(&lab);
}

/// GitLab repeats what it was sent; the text must not.
#[tokio::test]
async fn a_refused_secret_is_not_repeated() {
    let lab = GitLab::start().await;
    act(&lab, "POST", "/projects", json!({ "name": "network" }));
    let mut host = host(&lab).await;
    let text = r#"resource "substrate_gitlab_project_variable" "v" {
  project          = "root/network"
  key              = "TOKEN"
  value_wo         = "correct-horse-battery"
  value_wo_version = 1
  masked           = true
}"#;
    let answer = r#"{"message":{"value":["correct-horse-battery is invalid"]}}"#;
    lab.fault(Fault::on("POST", "/projects/*/variables").status(400, answer));
    // The harness itself refuses answers that show a write-only value.
    let text = failure(host.apply(&document(text)).await);
    says(&lab, &text, &["POST", "400"]);
    assert!(!text.contains("correct-horse"), "{text}");
    assert_eq!(look(&lab, "/projects/root%2Fnetwork/variables"), Json::Array(Vec::new()));
    understood(&lab);
}
