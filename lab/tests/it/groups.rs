//! Groups: paging, refusals, moves and deletions.

use lab::GitLab;
use lab::gitlab::{Deletion, Edition};
use serde_json::json;

use crate::client::Client;

#[tokio::test]
async fn a_new_group_has_the_defaults_of_gitlab() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    let group = client.post("/groups", json!({"name": "Acme", "path": "acme"})).await.expect(201);
    assert_eq!(group["description"], "");
    assert_eq!(group["visibility"], "private");
    assert_eq!(group["full_path"], "acme");
    assert_eq!(group["parent_id"], json!(null));
    assert_eq!(group["two_factor_grace_period"], 48);
    assert_eq!(group["default_branch_protection_defaults"]["allowed_to_push"], json!([{"access_level": 40}]));
    let read = client.get("/groups/acme").await.expect(200);
    assert_eq!(read["id"], group["id"]);
    assert_eq!(read["projects"], json!([]));
    assert_eq!(lab.violations(), [""; 0]);
}

#[tokio::test]
async fn lists_come_in_pages() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    for index in 0..25 {
        let made =
            lab.call("POST", "/groups", &json!({"name": format!("g{index:02}"), "path": format!("g{index:02}")}));
        assert_eq!(made.0, 201);
    }
    let first = client.get("/groups?search=g").await;
    assert_eq!(first.header("x-total"), "25");
    assert_eq!(first.header("x-total-pages"), "2");
    assert_eq!(first.header("x-next-page"), "2");
    assert_eq!(first.header("x-per-page"), "20");
    assert_eq!(
        first.header("link"),
        format!(
            "<{0}/groups?search=g&page=2&per_page=20>; rel=\"next\", \
             <{0}/groups?search=g&page=1&per_page=20>; rel=\"first\", \
             <{0}/groups?search=g&page=2&per_page=20>; rel=\"last\"",
            lab.api()
        )
    );
    let body = first.expect(200);
    assert_eq!(body.as_array().unwrap().len(), 20);
    assert_eq!(body[0]["name"], "g00");

    let second = client.get("/groups?page=2").await;
    assert_eq!(second.header("x-next-page"), "");
    assert_eq!(second.header("x-prev-page"), "1");
    assert_eq!(second.expect(200).as_array().unwrap().len(), 5);

    assert_eq!(client.get("/groups?per_page=1000").await.header("x-per-page"), "100");
    assert_eq!(client.get("/groups?page=9").await.expect(200), json!([]));
    assert_eq!(
        client.get("/groups?per_page=0").await.expect(400),
        json!({"error": "per_page has a value not allowed"})
    );
}

#[tokio::test]
async fn refusals_have_the_shapes_of_gitlab() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    client.post("/groups", json!({"name": "Acme", "path": "acme"})).await.expect(201);
    client.post("/groups", json!({"name": "Other", "path": "other"})).await.expect(201);
    let refused = async |body| client.post("/groups", body).await.expect(400);
    assert_eq!(
        refused(json!({"name": "Acme", "path": "Acme"})).await,
        json!({"message": r#"Failed to save group {:path=>["has already been taken"]}"#})
    );
    assert_eq!(refused(json!({"path": "x"})).await, json!({"error": "name is missing"}));
    assert_eq!(
        refused(json!({"name": "x", "path": "x", "visibility": "secret"})).await,
        json!({"error": "visibility does not have a valid value"})
    );
    assert_eq!(
        refused(json!({"name": "x", "path": "x", "parent_id": "abc"})).await,
        json!({"error": "parent_id is invalid"})
    );
    assert!(refused(json!({"name": "x", "path": "a b"})).await["message"].as_str().unwrap().contains(":path=>"));
    assert_eq!(
        client.put("/groups/other", json!({"path": "acme"})).await.expect(400),
        json!({"message": {"path": ["has already been taken"]}})
    );
    assert_eq!(client.get("/groups/none").await.expect(404), json!({"message": "404 Group Not Found"}));
    assert_eq!(
        client.post("/groups", json!({"name": "x", "path": "x", "parent_id": 9})).await.expect(404),
        json!({"message": "404 Group Not Found"})
    );
    assert_eq!(lab.violations(), [""; 0]);
}

#[tokio::test]
async fn unknown_fields_and_paths_are_refused_and_remembered() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    let reply = client.post("/groups", json!({"name": "a", "path": "a", "colour": 1})).await.expect(400);
    assert_eq!(reply, json!({"error": "POST /api/v4/groups has no parameter `colour`"}));
    assert_eq!(client.get("/groups/a").await.status, 404);
    assert_eq!(client.get("/gruops").await.expect(404), json!({"error": "404 Not Found"}));
    assert_eq!(
        lab.violations(),
        ["POST /api/v4/groups has no parameter `colour`", "GET /api/v4/gruops is no endpoint"]
    );
}

#[tokio::test]
async fn a_field_that_needs_a_licence_is_unknown_without_one() {
    let lab = GitLab::builder().edition(Edition::Community).start().await.unwrap();
    let client = Client::of(&lab);
    client.post("/groups", json!({"name": "a", "path": "a"})).await.expect(201);
    client.put("/groups/a", json!({"membership_lock": true})).await.expect(400);
    assert_eq!(client.get("/groups/a").await.expect(200).get("membership_lock"), None);
    assert_eq!(client.get("/metadata").await.expect(200)["enterprise"], json!(false));
}

#[tokio::test]
async fn a_renamed_group_takes_its_descendants_along() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    let top = client.post("/groups", json!({"name": "Top", "path": "top"})).await.expect(201);
    client.post("/groups", json!({"name": "Sub", "path": "sub", "parent_id": top["id"]})).await.expect(201);
    client.put("/groups/top", json!({"path": "peak", "name": "Peak"})).await.expect(200);
    let sub = client.get("/groups/peak%2Fsub").await.expect(200);
    assert_eq!(sub["full_name"], "Peak / Sub");
    assert_eq!(client.get("/groups/top%2Fsub").await.status, 404);
}

#[tokio::test]
async fn nothing_is_more_visible_than_its_group() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    let top = client.post("/groups", json!({"name": "Top", "path": "top"})).await.expect(201);
    let sub = json!({"name": "Sub", "path": "sub", "parent_id": top["id"], "visibility": "public"});
    assert_eq!(
        client.post("/groups", sub.clone()).await.expect(400),
        json!({"message": "Failed to save group {:visibility_level=>[\"public is not allowed since the parent group has a private visibility.\"]}"})
    );
    let project = json!({"name": "p", "namespace_id": top["id"], "visibility": "internal"});
    assert_eq!(
        client.post("/projects", project).await.expect(400),
        json!({"message": {"visibility_level": ["internal is not allowed in a private group."]}})
    );
    client.put("/groups/top", json!({"visibility": "public"})).await.expect(200);
    client.post("/groups", sub).await.expect(201);
    client.put("/groups/top", json!({"visibility": "private"})).await.expect(400);
}

#[tokio::test]
async fn a_group_moves_and_takes_on_the_visibility_of_its_parent() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    let a = client.post("/groups", json!({"name": "A", "path": "a"})).await.expect(201);
    let b = client.post("/groups", json!({"name": "B", "path": "b", "visibility": "public"})).await.expect(201);
    let moved = client.post("/groups/b/transfer", json!({"group_id": a["id"]})).await.expect(201);
    assert_eq!((&moved["full_path"], &moved["visibility"]), (&json!("a/b"), &json!("private")));
    let refused = client.post("/groups/a/transfer", json!({"group_id": b["id"]})).await.expect(400);
    assert_eq!(refused, json!({"message": "Transfer failed: Cannot transfer group to one of its subgroup."}));
    let top = client.post("/groups/a%2Fb/transfer", json!({})).await.expect(201);
    assert_eq!((&top["full_path"], &top["parent_id"]), (&json!("b"), &json!(null)));
    let again = client.post("/groups/b/transfer", json!({})).await.expect(400);
    assert_eq!(again, json!({"message": "Transfer failed: Group is already a root group."}));
}

#[tokio::test]
async fn a_deleted_group_is_marked_then_gone() {
    let lab = GitLab::builder().deletion(Deletion::AfterPolls(1)).start().await.unwrap();
    let client = Client::of(&lab);
    let group = client.post("/groups", json!({"name": "A", "path": "a"})).await.expect(201);
    client.post("/projects", json!({"name": "p", "namespace_id": group["id"]})).await.expect(201);
    let by_id = format!("/groups/{}", group["id"]);
    assert_eq!(client.delete(&by_id).await.expect(202), json!({"message": "202 Accepted"}));
    assert_eq!(client.get("/groups/a").await.status, 404);
    let marked = client.get(&by_id).await.expect(200);
    assert_eq!(marked["path"], format!("a-deletion_scheduled-{}", group["id"]));
    assert!(marked["marked_for_deletion_on"].is_string());
    assert_eq!(client.get(&by_id).await.status, 404);
    assert_eq!(client.get("/projects").await.expect(200), json!([]));
    assert_eq!(client.delete(&by_id).await.expect(404), json!({"message": "404 Group Not Found"}));
}

#[tokio::test]
async fn a_retained_subgroup_is_removed_by_a_second_call() {
    let lab = GitLab::builder().deletion(Deletion::Retained).start().await.unwrap();
    let client = Client::of(&lab);
    let top = client.post("/groups", json!({"name": "A", "path": "a"})).await.expect(201);
    let sub = client.post("/groups", json!({"name": "B", "path": "b", "parent_id": top["id"]})).await.expect(201);
    let by_id = format!("/groups/{}", sub["id"]);
    let early = client.delete(&format!("{by_id}?permanently_remove=true&full_path=a/b")).await.expect(400);
    assert_eq!(early, json!({"message": "Group must be marked for deletion first."}));
    client.delete(&by_id).await.expect(202);
    for _ in 0..5 {
        client.get(&by_id).await.expect(200);
    }
    client.delete(&format!("{by_id}?permanently_remove=true&full_path=a/b")).await.expect(400);
    let path = client.get(&by_id).await.expect(200)["full_path"].as_str().unwrap().to_owned();
    client.delete(&format!("{by_id}?permanently_remove=true&full_path={path}")).await.expect(202);
    client.get(&by_id).await.expect(200);
    client.get(&by_id).await.expect(200);
    client.get(&by_id).await.expect(404);

    client.delete("/groups/a").await.expect(202);
    let marked = format!("/groups/{}", top["id"]);
    let refused = client.delete(&format!("{marked}?permanently_remove=true&full_path=a")).await.expect(400);
    assert_eq!(refused, json!({"message": "`permanently_remove` option is only available for subgroups."}));
    client.post(&format!("{marked}/restore"), json!({})).await.expect(201);
    client.get("/groups/a").await.expect(200);
}
