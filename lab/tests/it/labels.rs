//! Labels: inheritance, colors, priorities and refusals.

use lab::GitLab;
use serde_json::json;

use crate::client::Client;

async fn project_in_group(client: &Client) -> serde_json::Value {
    let group = client.post("/groups", json!({"name": "A", "path": "a"})).await.expect(201);
    client.post("/projects", json!({"name": "p", "namespace_id": group["id"]})).await.expect(201)
}

#[tokio::test]
async fn a_project_lists_the_labels_of_its_groups() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    project_in_group(&client).await;
    client.post("/groups/a/labels", json!({"name": "shared", "color": "red"})).await.expect(201);
    client.post("/projects/a%2Fp/labels", json!({"name": "own", "color": "#abc", "priority": 0})).await.expect(201);
    let all = client.get("/projects/a%2Fp/labels").await.expect(200);
    assert_eq!(all[0]["name"], "own");
    assert_eq!((&all[0]["is_project_label"], &all[0]["priority"]), (&json!(true), &json!(0)));
    assert_eq!((&all[1]["name"], &all[1]["color"]), (&json!("shared"), &json!("#FF0000")));
    assert_eq!((&all[1]["is_project_label"], &all[1]["priority"]), (&json!(false), &json!(null)));
    let own = client.get("/projects/a%2Fp/labels?include_ancestor_groups=false").await.expect(200);
    assert_eq!(own.as_array().unwrap().len(), 1);
    let of_group = client.get("/groups/a/labels").await.expect(200);
    assert_eq!(of_group[0].get("is_project_label"), None);
    let taken = client.post("/projects/a%2Fp/labels", json!({"name": "shared", "color": "red"})).await.expect(409);
    assert_eq!(taken, json!({"message": "Label already exists"}));
}

#[tokio::test]
async fn labels_are_found_by_id_and_by_title() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    project_in_group(&client).await;
    let made =
        client.post("/projects/a%2Fp/labels", json!({"name": "type/bug fix", "color": "#112233"})).await.expect(201);
    assert_eq!(client.get("/projects/a%2Fp/labels/type%2Fbug%20fix").await.expect(200)["id"], made["id"]);
    let path = format!("/projects/a%2Fp/labels/{}", made["id"]);
    let renamed = client.put(&path, json!({"new_name": "bug", "priority": 3})).await.expect(200);
    assert_eq!((&renamed["name"], &renamed["priority"]), (&json!("bug"), &json!(3)));
    let cleared = client.put(&path, json!({"priority": null, "description": ""})).await.expect(200);
    assert_eq!((&cleared["priority"], &cleared["description"]), (&json!(null), &json!("")));
    client.put("/projects/a%2Fp/labels", json!({"name": "bug", "color": "#445566"})).await.expect(200);
    client.delete(&path).await.expect(204);
    assert_eq!(client.delete(&path).await.expect(404), json!({"message": "404 Label Not Found"}));
}

#[tokio::test]
async fn wrong_labels_are_refused() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    project_in_group(&client).await;
    let refused = async |body| client.post("/groups/a/labels", body).await.expect(400);
    assert_eq!(
        refused(json!({"name": "a", "color": "reddish"})).await,
        json!({"message": {"color": ["must be a valid color code"]}})
    );
    assert_eq!(refused(json!({"name": "a"})).await, json!({"error": "color is missing"}));
    assert_eq!(
        refused(json!({"name": "a,b", "color": "#000000"})).await,
        json!({"message": {"title": ["is invalid"]}})
    );
    assert_eq!(
        refused(json!({"name": "x".repeat(256), "color": "#000000"})).await,
        json!({"message": {"title": ["is too long (maximum is 255 characters)"]}})
    );
    client.post("/groups/a/labels", json!({"name": "taken", "color": "#000000"})).await.expect(201);
    client.post("/projects/a%2Fp/labels", json!({"name": "own", "color": "#000000"})).await.expect(201);
    assert_eq!(
        client.put("/projects/a%2Fp/labels/own", json!({"new_name": "taken"})).await.expect(400),
        json!({"message": {"title": ["already exists at group level for A. Please choose another one."]}})
    );
    // A project does not change or delete what a group owns.
    client.put("/projects/a%2Fp/labels/taken", json!({"color": "#111111"})).await.expect(404);
    client.delete("/projects/a%2Fp/labels/taken").await.expect(404);
    assert!(client.put("/groups/a/labels/taken", json!({})).await.expect(400)["error"].is_string());
}
