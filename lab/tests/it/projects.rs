//! Projects: names, settings that hang together, moves and deletions.

use lab::GitLab;
use lab::gitlab::Deletion;
use serde_json::json;

use crate::client::Client;

#[tokio::test]
async fn a_new_project_has_the_defaults_of_gitlab() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    let project = client.post("/projects", json!({"name": "My Project"})).await.expect(201);
    assert_eq!(project["path_with_namespace"], "root/my-project");
    assert_eq!(project["description"], json!(null));
    assert_eq!(project["default_branch"], "main");
    assert_eq!(project["empty_repo"], json!(true));
    assert_eq!(project["issues_enabled"], json!(true));
    assert_eq!(project["ci_id_token_sub_claim_components"], json!(["project_path", "ref_type", "ref"]));
    assert_eq!(project["namespace"]["kind"], "user");
    let read = client.get("/projects/root%2Fmy-project").await.expect(200);
    assert_eq!(read["permissions"]["project_access"]["access_level"], 50);
}

#[tokio::test]
async fn older_names_of_settings_mean_the_newer_ones() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    let body = json!({"name": "p", "issues_enabled": false, "tag_list": "b,a", "emails_disabled": true});
    let project = client.post("/projects", body).await.expect(201);
    assert_eq!(project["issues_access_level"], "disabled");
    assert_eq!(project["topics"], json!(["a", "b"]));
    assert_eq!(project["emails_enabled"], json!(false));
    let updated = client.put("/projects/root%2Fp", json!({"issues_access_level": "private"})).await.expect(200);
    assert_eq!(updated["issues_enabled"], json!(true));
    let policy = json!({"container_expiration_policy_attributes": {"cadence": "7d", "name_regex_delete": ".+"}});
    let updated = client.put("/projects/root%2Fp", policy).await.expect(200);
    assert_eq!(updated["container_expiration_policy"]["cadence"], "7d");
    assert_eq!(updated["container_expiration_policy"]["name_regex"], ".+");
    assert_eq!(updated["container_expiration_policy"]["keep_n"], 10);
}

#[tokio::test]
async fn wrong_settings_are_refused() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    client.post("/projects", json!({"name": "p"})).await.expect(201);
    let refused = async |body| client.put("/projects/root%2Fp", body).await.expect(400);
    assert_eq!(
        refused(json!({"default_branch": "dev"})).await,
        json!({"message": {"base": ["Could not change HEAD: branch 'dev' does not exist"]}})
    );
    assert_eq!(
        refused(json!({"repository_access_level": "disabled"})).await["message"]["project_feature.builds_access_level"],
        json!(["cannot have higher visibility level than repository access level"])
    );
    assert_eq!(
        refused(json!({"container_expiration_policy_attributes": {"cadence": "2d"}})).await,
        json!({"message": {"container_expiration_policy.cadence": ["is not included in the list"]}})
    );
    assert_eq!(refused(json!({"lfs_enabled": "maybe"})).await, json!({"error": "lfs_enabled is invalid"}));
    assert_eq!(refused(json!({})).await, json!({"error": "at least one parameter must be provided"}));
    refused(json!({"ci_id_token_sub_claim_components": ["ref"]})).await;
    refused(json!({"build_timeout": 5})).await;
    refused(json!({"initialize_with_readme": true})).await;
    assert_eq!(lab.violations(), ["PUT /api/v4/projects/root%2Fp has no parameter `initialize_with_readme`"]);
    assert_eq!(
        client.post("/projects", json!({"name": "p"})).await.expect(400)["message"]["path"],
        json!(["has already been taken"])
    );
    assert_eq!(
        client.post("/projects", json!({"description": "x"})).await.expect(400),
        json!({"error": "name, path are missing, at least one parameter must be provided"})
    );
    assert_eq!(
        client.post("/projects", json!({"name": "q", "namespace_id": 9})).await.expect(400),
        json!({"message": {"namespace": ["is not valid"]}})
    );
}

#[tokio::test]
async fn a_project_moves() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    client.post("/groups", json!({"name": "A", "path": "a"})).await.expect(201);
    let body = json!({"name": "p", "visibility": "public"});
    client.post("/projects", body).await.expect(201);
    let moved = client.put("/projects/root%2Fp/transfer", json!({"namespace": "a"})).await.expect(200);
    assert_eq!((&moved["path_with_namespace"], &moved["visibility"]), (&json!("a/p"), &json!("private")));
    let again = client.put("/projects/a%2Fp/transfer", json!({"namespace": "a"})).await.expect(400);
    assert!(again["message"].as_str().unwrap().contains("Project is already in this namespace."));
    let nowhere = client.put("/projects/a%2Fp/transfer", json!({"namespace": "b"})).await.expect(404);
    assert_eq!(nowhere, json!({"message": "404 Namespace Not Found"}));
    let listed = client.get("/groups/a/projects?simple=true").await.expect(200);
    assert_eq!(listed[0]["path"], "p");
    assert_eq!(listed[0].get("merge_method"), None);
    let archived = client.post("/projects/a%2Fp/archive", json!({})).await.expect(201);
    assert_eq!(archived["archived"], json!(true));
    assert_eq!(client.get("/projects?archived=false").await.expect(200), json!([]));
}

#[tokio::test]
async fn a_deleted_project_is_marked_then_gone() {
    let lab = GitLab::builder().deletion(Deletion::Retained).start().await.unwrap();
    let client = Client::of(&lab);
    let project = client.post("/projects", json!({"name": "p"})).await.expect(201);
    let by_id = format!("/projects/{}", project["id"]);
    client.delete(&by_id).await.expect(202);
    let marked = client.get(&by_id).await.expect(200);
    assert!(marked["marked_for_deletion_on"].is_string());
    // The path is free again.
    client.post("/projects", json!({"name": "p"})).await.expect(201);
    let path = marked["path_with_namespace"].as_str().unwrap();
    client.delete(&format!("{by_id}?permanently_remove=true&full_path={path}")).await.expect(202);
    client.get(&by_id).await.expect(200);
    client.get(&by_id).await.expect(200);
    client.get(&by_id).await.expect(404);
}

#[tokio::test]
async fn all_projects_can_be_listed_by_keyset() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    for name in ["a", "b", "c"] {
        client.post("/projects", json!({"name": name})).await.expect(201);
    }
    let first = client.get("/projects?pagination=keyset&order_by=id&sort=asc&per_page=2").await;
    let link = first.header("link").to_owned();
    assert_eq!(first.header("x-total"), "(absent)");
    let last = first.expect(200)[1]["id"].clone();
    let path = format!("/projects?pagination=keyset&order_by=id&sort=asc&per_page=2&id_after={last}");
    assert_eq!(link, format!("<{}{path}>; rel=\"next\"", lab.api()));
    let second = client.get(&path).await;
    assert_eq!(second.header("link"), "(absent)");
    assert_eq!(second.expect(200)[0]["name"], "c");
    client.get("/projects?pagination=keyset&order_by=name").await.expect(405);
}

#[tokio::test]
async fn what_answers_do_not_show_is_not_shown_after_a_write() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    let made =
        client.post("/projects", json!({"name": "p", "build_coverage_regex": "x", "mirror_trigger_builds": true}));
    let made = made.await.expect(201);
    assert_eq!((made.get("build_coverage_regex"), made.get("mirror_trigger_builds")), (None, None));
    let changed = client.put("/projects/root%2Fp", json!({"ci_default_git_depth": null})).await.expect(200);
    assert_eq!(changed["ci_default_git_depth"], json!(null));
}

#[tokio::test]
async fn a_path_that_a_project_left_leads_to_its_id_until_it_is_used_again() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    let id = client.post("/projects", json!({"name": "p"})).await.expect(201)["id"].clone();
    client.put("/projects/root%2Fp", json!({"path": "q"})).await.expect(200);
    let (status, _) = lab.call("GET", "/projects/root%2Fp/labels", &json!(null));
    assert_eq!(status, 301);
    assert_eq!(
        client.put("/projects/root%2Fp", json!({"path": "r"})).await.expect(405),
        json!({"message": "Non GET methods are not allowed for moved projects"})
    );
    client.delete(&format!("/projects/{id}")).await.expect(202);
    let (status, _) = lab.call("GET", "/projects/root%2Fq", &json!(null));
    assert_eq!(status, 301);
    let next = client.post("/projects", json!({"name": "q"})).await.expect(201)["id"].clone();
    assert_eq!(client.get("/projects/root%2Fq").await.expect(200)["id"], next);
}
