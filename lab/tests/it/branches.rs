//! Protected branches: the one that GitLab makes itself, and rules by ID.

use lab::GitLab;
use lab::gitlab::Edition;
use serde_json::{Value, json};

use crate::client::Client;

const BRANCHES: &str = "/projects/root%2Fp/protected_branches";

async fn project(lab: &GitLab, readme: bool) -> Client {
    let client = Client::of(lab);
    client.post("/projects", json!({"name": "p", "initialize_with_readme": readme})).await.expect(201);
    client
}

#[tokio::test]
async fn the_default_branch_is_protected_by_the_server_a_little_later() {
    let lab = GitLab::builder().protection_delay(2).start().await.unwrap();
    let client = project(&lab, true).await;
    assert_eq!(client.get(&format!("{BRANCHES}/main")).await.expect(404), json!({"message": "404 Not found"}));
    client.get(&format!("{BRANCHES}/main")).await.expect(404);
    let branch = client.get(&format!("{BRANCHES}/main")).await.expect(200);
    assert_eq!(branch["push_access_levels"][0]["access_level"], 40);
    assert_eq!(branch["unprotect_access_levels"], json!([]));
    assert_eq!(
        client.post(BRANCHES, json!({"name": "main"})).await.expect(409),
        json!({"message": "Protected branch 'main' already exists"})
    );
}

#[tokio::test]
async fn a_branch_that_is_protected_in_time_stays_as_it_is() {
    let lab = GitLab::builder().protection_delay(1).start().await.unwrap();
    let client = project(&lab, true).await;
    client.post(BRANCHES, json!({"name": "main", "push_access_level": 0})).await.expect(201);
    client.get("/version").await.expect(200);
    let all = client.get(BRANCHES).await.expect(200);
    assert_eq!(all.as_array().unwrap().len(), 1);
    assert_eq!(all[0]["push_access_levels"][0]["access_level_description"], "No one");
}

#[tokio::test]
async fn rules_are_changed_by_their_ids() {
    let lab = GitLab::start().await;
    let client = project(&lab, false).await;
    let made = client
        .post(BRANCHES, json!({"name": "release/*", "allowed_to_push": [{"user_id": 1}, {"deploy_key_id": 4}]}))
        .await
        .expect(201);
    let push = &made["push_access_levels"];
    assert_eq!((&push[0]["user_id"], &push[0]["access_level"]), (&json!(1), &json!(40)));
    assert_eq!(push[1]["deploy_key_id"], 4);
    assert_eq!(made["merge_access_levels"][0]["access_level"], 40);
    let path = format!("{BRANCHES}/release%2F*");
    let change = json!({
        "allow_force_push": true,
        "allowed_to_push": [{"id": push[0]["id"], "_destroy": true}, {"access_level": 30}],
        "allowed_to_merge": [{"id": made["merge_access_levels"][0]["id"], "access_level": 60}],
    });
    let changed = client.patch(&path, change).await.expect(200);
    let push: Vec<&Value> = changed["push_access_levels"].as_array().unwrap().iter().collect();
    assert_eq!(push.len(), 2);
    assert_eq!((&push[0]["deploy_key_id"], &push[1]["access_level"]), (&json!(4), &json!(30)));
    assert_eq!(changed["merge_access_levels"][0]["access_level"], 60);
    assert_eq!(changed["allow_force_push"], json!(true));
    let twice = client.patch(&path, json!({"allowed_to_push": [{"access_level": 30}]})).await.expect(422);
    assert_eq!(twice, json!({"message": ["Push access levels access level has already been taken"]}));
    client.patch(&path, json!({"allowed_to_push": [{"id": 1, "access_level": 30}]})).await.expect(404);
    client.patch(&path, json!({"push_access_level": 30})).await.expect(400);
    client.patch(&path, json!({"allowed_to_push": [{"access_level": 50}]})).await.expect(400);
    client.patch(&path, json!({"allowed_to_push": [{"user_id": 77}]})).await.expect(422);
    client.delete(&path).await.expect(204);
    client.delete(&path).await.expect(404);
}

#[tokio::test]
async fn without_a_licence_rules_name_only_deploy_keys() {
    let lab = GitLab::builder().edition(Edition::Community).start().await.unwrap();
    let client = project(&lab, false).await;
    client.post(BRANCHES, json!({"name": "a", "allowed_to_push": [{"user_id": 1}]})).await.expect(400);
    client.post(BRANCHES, json!({"name": "a", "code_owner_approval_required": true})).await.expect(400);
    let made = client.post(BRANCHES, json!({"name": "a", "push_access_level": 30})).await.expect(201);
    assert_eq!(made.get("unprotect_access_levels"), None);
    assert_eq!(made["push_access_levels"][0].get("user_id"), None);
}
