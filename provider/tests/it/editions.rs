//! What GitLab does in some editions and some states only.

use lab::GitLab;
use lab::gitlab::Edition;
use serde_json::{Value as Json, json};
use tfplugin::harness::{Host, Report};

use crate::estate::{document, fine, host, look};

async fn apply(host: &mut Host, text: &str) {
    let document = document(text);
    fine(host.apply(&document).await);
    host.plan(&document).await.and_then(Report::empty).expect("nothing is left to change");
}

#[tokio::test]
async fn the_path_of_a_deleted_project_is_free_although_gitlab_redirects_from_it() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    let project = r#"resource "substrate_gitlab_project" "it" { name = "site" }"#;
    apply(&mut host, project).await;
    fine(host.destroy().await);
    assert_eq!(lab.call("GET", "/projects/root%2Fsite", &Json::Null).0, 301);
    apply(&mut host, project).await;
    assert_eq!(look(&lab, "/projects/root%2Fsite")["marked_for_deletion_on"], json!(null));
}

#[tokio::test]
async fn the_community_edition_changes_who_may_push_by_a_new_protection() {
    let lab = GitLab::builder().edition(Edition::Community).start().await.unwrap();
    let mut host = host(&lab).await;
    let protection = |level: &str| {
        format!(
            r#"
            resource "substrate_gitlab_project" "it" {{
              name                   = "site"
              initialize_with_readme = true
            }}
            resource "substrate_gitlab_branch_protection" "main" {{
              project           = substrate_gitlab_project.it.id
              branch            = "main"
              push_access_level = "{level}"
              allow_force_push  = false
              adopt_existing    = true
            }}
            "#
        )
    };
    for (level, number) in [("no one", 0), ("developer", 30)] {
        apply(&mut host, &protection(level)).await;
        let branch = look(&lab, "/projects/root%2Fsite/protected_branches/main");
        assert_eq!(branch["push_access_levels"].as_array().unwrap().len(), 1);
        assert_eq!(branch["push_access_levels"][0]["access_level"], json!(number));
    }
    assert_eq!(lab.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_project_whose_group_is_marked_is_gone_and_is_deleted_without_a_wait() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    let tree = r#"
        resource "substrate_gitlab_group" "it" {
          name = "infra"
          path = "infra"
        }
        resource "substrate_gitlab_project" "it" {
          name         = "site"
          namespace_id = substrate_gitlab_group.it.id
        }
    "#;
    apply(&mut host, tree).await;
    assert_eq!(lab.call("DELETE", "/groups/infra", &Json::Null).0, 202);
    fine(host.destroy().await);
    apply(&mut host, tree).await;
    assert_eq!(look(&lab, "/projects/infra%2Fsite")["path"], "site");
}
