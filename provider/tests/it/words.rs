//! Every word of every enumeration is one that GitLab takes and gives back.

use lab::GitLab;
use serde_json::json;
use tfplugin::harness::resources;
use tfplugin::schema::{Kind, Table};

use crate::estate::{act, document, fine, host, understood};

/// What else a word needs: no part of a project can be more visible than its repository.
fn besides(name: &str) -> &'static str {
    match name {
        "repository_access_level" => {
            "builds_access_level = \"disabled\"\n  merge_requests_access_level = \"disabled\"\n  "
        }
        _ => "",
    }
}

/// A resource of the type with nothing but what it needs, and room for one more argument.
fn minimal(kind: &str, argument: &str) -> String {
    let needed = match kind {
        "substrate_gitlab_branch_protection" => "project = \"root/one\"\n  branch = \"stable\"",
        "substrate_gitlab_group" => "name = \"G\"\n  path = \"g\"",
        "substrate_gitlab_group_label" => "group = \"top\"\n  name = \"bug\"\n  color = \"crimson\"",
        "substrate_gitlab_group_variable" => "group = \"top\"\n  key = \"A\"\n  value = \"a\"",
        "substrate_gitlab_project" => "name = \"p\"",
        "substrate_gitlab_project_label" => "project = \"root/one\"\n  name = \"bug\"\n  color = \"crimson\"",
        "substrate_gitlab_project_variable" => "project = \"root/one\"\n  key = \"A\"\n  value = \"a\"",
        other => panic!("say here what a {other} needs"),
    };
    format!("resource \"{kind}\" \"w\" {{\n  {needed}\n  {argument}\n}}\n")
}

fn words(table: &Table) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    table.fields.iter().filter_map(|field| match field.kind {
        Kind::String(text) if !text.words.is_empty() && !field.is_computed_only() => {
            Some((field.name, text.words.iter().map(|word| word.word).collect()))
        }
        _ => None,
    })
}

#[tokio::test]
async fn gitlab_takes_every_word() {
    let lab = GitLab::start().await;
    act(&lab, "POST", "/groups", json!({ "name": "Top", "path": "top", "visibility": "public" }));
    act(&lab, "POST", "/projects", json!({ "name": "one" }));
    for (kind, table) in resources(&provider::provider()) {
        for (name, words) in words(table) {
            let mut host = host(&lab).await;
            for word in words {
                let text = minimal(&kind, &format!("{}{name} = \"{word}\"", besides(name)));
                let report = fine(host.apply(&document(&text)).await);
                assert!(report.messages.is_empty(), "{kind}.{name} = {word}: {}", report.text());
                let instance = host.instance(&format!("{kind}.w")).expect("it was made");
                assert_eq!(instance.text(name), word, "{kind}.{name}");
                host.plan(&document(&text)).await.and_then(|report| report.empty()).unwrap_or_else(|error| {
                    panic!("{kind}.{name} = {word}: {error}");
                });
            }
            fine(host.destroy().await);
        }
    }
    understood(&lab);
}
