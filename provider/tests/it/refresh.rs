//! How often GitLab is asked: objects of one list are read with the list.

use std::fmt::Write;

use lab::GitLab;
use serde_json::json;

use crate::estate::{act, document, fine, host, understood};

const PROJECT: &str = r#"
resource "substrate_gitlab_project" "p" {
  name = "network"
}
"#;

/// A project with that many objects, each written by `one`.
fn estate(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).fold(PROJECT.to_owned(), |text, index| text + &one(index))
}

fn label(index: usize) -> String {
    format!(
        "resource \"substrate_gitlab_project_label\" \"l{index}\" {{\n  project = substrate_gitlab_project.p.id\n  \
         name = \"label-{index}\"\n  color = \"crimson\"\n}}\n"
    )
}

fn variable(index: usize) -> String {
    format!(
        "resource \"substrate_gitlab_project_variable\" \"v{index}\" {{\n  project = substrate_gitlab_project.p.id\n  \
         key = \"V_{index}\"\n  value = \"{index}\"\n}}\n"
    )
}

/// The calls of a refresh, by the path of the list, after the objects were made.
async fn calls_of_refresh(text: &str, list: &str) -> (usize, usize) {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(text)).await);
    lab.clear_log();
    fine(host.refresh().await);
    let calls = (lab.count("GET", list), lab.requests().len());
    fine(host.plan(&document(text)).await);
    understood(&lab);
    calls
}

#[tokio::test]
async fn a_hundred_labels_are_one_call() {
    assert_eq!(calls_of_refresh(&estate(100, label), "/projects/*/labels").await, (1, 2));
}

#[tokio::test]
async fn a_hundred_variables_are_one_call() {
    assert_eq!(calls_of_refresh(&estate(100, variable), "/projects/*/variables").await, (1, 2));
}

#[tokio::test]
async fn two_hundred_and_fifty_labels_are_three_pages() {
    assert_eq!(calls_of_refresh(&estate(250, label), "/projects/*/labels").await, (3, 4));
}

/// One list for each project and kind; reading each object by itself would take 1,100 calls.
#[tokio::test]
async fn a_hundred_projects_with_a_thousand_children_are_at_most_four_hundred_and_ten_calls() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    for index in 0..100 {
        let name = format!("p{index}");
        let project = act(&lab, "POST", "/projects", json!({ "name": name }))["id"].clone();
        let address = |kind: &str, child: &str| format!("substrate_gitlab_{kind}.{name}{child}");
        fine(host.import(&address("project", ""), &project.to_string()).await);
        for child in 0..4 {
            let at = format!("/projects/{project}");
            let label =
                act(&lab, "POST", &format!("{at}/labels"), json!({ "name": format!("l{child}"), "color": "#ffffff" }));
            act(&lab, "POST", &format!("{at}/variables"), json!({ "key": format!("V_{child}"), "value": "x" }));
            let suffix = format!("_{child}");
            let id = format!("{project}:{}", label["id"]);
            fine(host.import(&address("project_label", &suffix), &id).await);
            fine(host.import(&address("project_variable", &suffix), &format!("{project}:V_{child}:*")).await);
        }
        for child in 0..2 {
            act(
                &lab,
                "POST",
                &format!("/projects/{project}/protected_branches"),
                json!({ "name": format!("b{child}") }),
            );
            let id = format!("{project}:b{child}");
            fine(host.import(&address("branch_protection", &format!("_{child}")), &id).await);
        }
    }
    assert_eq!(host.addresses().len(), 1_100);
    lab.clear_log();
    fine(host.refresh().await);
    assert_eq!(host.addresses().len(), 1_100);
    let calls = lab.requests().len();
    assert!(calls <= 410, "{calls} calls");
    understood(&lab);
}

/// What one run has read says nothing about the next.
#[tokio::test]
async fn a_new_configuration_starts_with_empty_caches() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    let text = estate(3, label);
    fine(host.apply(&document(&text)).await);
    for _ in 0..2 {
        lab.clear_log();
        fine(host.refresh().await);
        assert_eq!(lab.count("GET", "/projects/*/labels"), 1);
    }
    let id = host.instance("substrate_gitlab_project_label.l0").expect("it was made").text("label_id");
    let project = host.instance("substrate_gitlab_project.p").expect("it was made").text("id");
    act(&lab, "DELETE", &format!("/projects/{project}/labels/{id}"), serde_json::Value::Null);
    fine(host.refresh().await);
    assert!(host.instance("substrate_gitlab_project_label.l0").is_err(), "an old list was used");
    understood(&lab);
}

/// The list was read before the write; the object is read by itself after it.
#[tokio::test]
async fn a_read_back_reads_the_one_object() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    let text = estate(20, label);
    fine(host.apply(&document(&text)).await);
    lab.clear_log();
    let changed = text.replace("crimson", "#00ff00");
    fine(host.apply(&document(&changed)).await);
    let mut log = String::new();
    lab.requests().iter().for_each(|request| writeln!(log, "{request}").expect("a text takes everything"));
    assert_eq!(lab.count("PUT", "/projects/*/labels/*"), 20, "{log}");
    assert_eq!(lab.count("GET", "/projects/*/labels"), 1, "one list, for the plan\n{log}");
    assert_eq!(lab.count("GET", "/projects/*/labels/*"), 20, "{log}");
    understood(&lab);
}
