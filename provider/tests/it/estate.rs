//! What the tests build on: the examples, and a host that talks to a lab.

use std::fs;
use std::path::PathBuf;

use lab::GitLab;
use serde_json::Value as Json;
use tfplugin::harness::{Document, Host, Instance, Report};
use tfplugin::value::{Object, Value};

/// The root of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the repository").to_owned()
}

/// A file of the repository.
#[track_caller]
pub fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The provider block that leads to an address with a token.
pub fn config(url: &str, token: &str) -> Object {
    let members = [("base_url", url), ("token", token)].map(|(name, value)| (name.to_owned(), Value::from(value)));
    Object::from([("gitlab".to_owned(), Value::Map(Object::from(members)))])
}

/// A host whose provider talks to this lab.
pub async fn host(lab: &GitLab) -> Host {
    Host::new(provider::provider(), config(&lab.api(), &lab.token)).await.expect("the provider has a valid schema")
}

/// A configuration.
#[track_caller]
pub fn document(text: &str) -> Document {
    Document::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Applies without a failure.
#[track_caller]
pub fn fine(report: tfplugin::Result<Report>) -> Report {
    report.and_then(Report::success).unwrap_or_else(|error| panic!("{error}"))
}

/// The text of a failure that broke no rule.
#[track_caller]
pub fn failure(report: tfplugin::Result<Report>) -> String {
    let report = report.unwrap_or_else(|error| panic!("{error}"));
    assert!(report.failed(), "it should have failed:\n{}", report.text());
    report.text()
}

/// What GitLab has at a path, seen without the provider.
#[track_caller]
pub fn look(lab: &GitLab, path: &str) -> Json {
    let (status, body) = lab.call("GET", path, &Json::Null);
    assert_eq!(status, 200, "GET {path}: {body}");
    body
}

/// Changes GitLab behind the provider's back.
#[track_caller]
pub fn act(lab: &GitLab, method: &str, path: &str, body: Json) -> Json {
    let (status, answer) = lab.call(method, path, &body);
    assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
    answer
}

/// Asserts that GitLab would have understood every call.
#[track_caller]
pub fn understood(lab: &GitLab) {
    assert_eq!(lab.violations(), Vec::<String>::new(), "calls that GitLab would not understand");
}

/// A path segment, percent-encoded.
pub fn segment(text: &str) -> String {
    lab::http::call::encode(text)
}

/// Deletes an object as a colleague would, in GitLab itself.
pub fn delete(lab: &GitLab, instance: &Instance) {
    let part = |name: &str| segment(&instance.text(name));
    let scope = || format!("?filter%5Benvironment_scope%5D={}", part("environment_scope"));
    match instance.type_name.as_str() {
        "substrate_gitlab_branch_protection" => act(
            lab,
            "DELETE",
            &format!("/projects/{}/protected_branches/{}", part("project"), part("branch")),
            Json::Null,
        ),
        "substrate_gitlab_group" => remove_for_good(lab, &format!("/groups/{}", part("id"))),
        "substrate_gitlab_group_label" => {
            act(lab, "DELETE", &format!("/groups/{}/labels/{}", part("group"), part("label_id")), Json::Null)
        }
        "substrate_gitlab_group_variable" => {
            act(lab, "DELETE", &format!("/groups/{}/variables/{}{}", part("group"), part("key"), scope()), Json::Null)
        }
        "substrate_gitlab_project" => remove_for_good(lab, &format!("/projects/{}", part("id"))),
        "substrate_gitlab_project_access_token" => {
            let path = format!("/projects/{}/access_tokens/{}", part("project"), part("token_id"));
            act(lab, "DELETE", &path, Json::Null)
        }
        "substrate_gitlab_project_label" => {
            act(lab, "DELETE", &format!("/projects/{}/labels/{}", part("project"), part("label_id")), Json::Null)
        }
        "substrate_gitlab_project_variable" => act(
            lab,
            "DELETE",
            &format!("/projects/{}/variables/{}{}", part("project"), part("key"), scope()),
            Json::Null,
        ),
        other => panic!("say here how a colleague would delete a {other}"),
    };
}

/// A group or project waits for its end; each look brings it closer.
fn remove_for_good(lab: &GitLab, path: &str) -> Json {
    let accepted = act(lab, "DELETE", path, Json::Null);
    for _ in 0..10 {
        if lab.call("GET", path, &Json::Null).0 == 404 {
            return accepted;
        }
    }
    panic!("{path} does not go");
}
