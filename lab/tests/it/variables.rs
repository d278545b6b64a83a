//! CI variables: scopes, masking and hiding.

use lab::GitLab;
use lab::gitlab::Edition;
use serde_json::json;

use crate::client::Client;

const VARIABLES: &str = "/projects/root%2Fp/variables";

async fn project() -> (GitLab, Client) {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    client.post("/projects", json!({"name": "p"})).await.expect(201);
    (lab, client)
}

#[tokio::test]
async fn key_and_scope_name_a_variable() {
    let (_lab, client) = project().await;
    let made = client.post(VARIABLES, json!({"key": "K", "value": "1"})).await.expect(201);
    assert_eq!(
        made,
        json!({
            "key": "K", "value": "1", "environment_scope": "*", "variable_type": "env_var", "protected": false,
            "masked": false, "hidden": false, "raw": false, "description": null,
        })
    );
    let again = client.post(VARIABLES, json!({"key": "K", "value": "1"})).await.expect(400);
    assert_eq!(again, json!({"message": {"key": ["(K) has already been taken"]}}));
    client.post(VARIABLES, json!({"key": "K", "value": "2", "environment_scope": "prod"})).await.expect(201);
    let both = client.get(&format!("{VARIABLES}/K")).await.expect(409);
    assert_eq!(
        both,
        json!({"message": "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'"})
    );
    let one = client.get(&format!("{VARIABLES}/K?filter[environment_scope]=prod")).await.expect(200);
    assert_eq!(one["value"], "2");
    let moved = client
        .put(&format!("{VARIABLES}/K"), json!({"environment_scope": "stage", "filter": {"environment_scope": "prod"}}))
        .await
        .expect(200);
    assert_eq!(moved["environment_scope"], "stage");
    let taken = json!({"environment_scope": "*", "filter": {"environment_scope": "stage"}});
    client.put(&format!("{VARIABLES}/K"), taken).await.expect(400);
    client.delete(&format!("{VARIABLES}/K?filter[environment_scope]=stage")).await.expect(204);
    client.delete(&format!("{VARIABLES}/K")).await.expect(204);
    assert_eq!(
        client.delete(&format!("{VARIABLES}/K")).await.expect(404),
        json!({"message": "404 Variable Not Found"})
    );
}

#[tokio::test]
async fn a_masked_value_must_be_maskable() {
    let (lab, client) = project().await;
    let invalid = json!({"message": {"value": ["is invalid"]}});
    for value in ["short", "has a space in it", "dollar$dollar", "line\nline\nline"] {
        let refused = client.post(VARIABLES, json!({"key": "K", "value": value, "masked": true})).await.expect(400);
        assert_eq!(refused, invalid, "{value}");
    }
    client
        .post(VARIABLES, json!({"key": "K", "value": "dollar$dollar", "masked": true, "raw": true}))
        .await
        .expect(201);
    assert_eq!(client.put(&format!("{VARIABLES}/K"), json!({"raw": false})).await.expect(400), invalid);
    client.put(&format!("{VARIABLES}/K"), json!({"raw": false, "masked": false})).await.expect(200);
    assert_eq!(client.put(&format!("{VARIABLES}/K"), json!({"masked": true})).await.expect(400), invalid);
    assert_eq!(lab.violations(), [""; 0]);
}

#[tokio::test]
async fn a_hidden_value_is_never_shown_again() {
    let (lab, client) = project().await;
    let hidden = json!({"key": "K", "value": "s3cr3t-value", "masked_and_hidden": true});
    let made = client.post(VARIABLES, hidden).await.expect(201);
    assert_eq!((&made["value"], &made["masked"], &made["hidden"]), (&json!(null), &json!(true), &json!(true)));
    assert_eq!(client.get(VARIABLES).await.expect(200)[0]["value"], json!(null));
    let path = format!("{VARIABLES}/K");
    assert_eq!(client.put(&path, json!({"value": "an0ther-value"})).await.expect(200)["value"], json!(null));
    assert_eq!(
        client.put(&path, json!({"masked": false})).await.expect(400),
        json!({"message": {"base": ["The visibility setting cannot be changed for masked and hidden variables."]}})
    );
    client.put(&path, json!({"masked_and_hidden": false})).await.expect(400);
    assert_eq!(lab.violations().len(), 1);
}

#[tokio::test]
async fn wrong_variables_are_refused() {
    let (_lab, client) = project().await;
    let refused = async |body| client.post(VARIABLES, body).await.expect(400);
    assert_eq!(refused(json!({"key": "K"})).await, json!({"error": "value is missing"}));
    assert_eq!(
        refused(json!({"key": "a-b", "value": ""})).await,
        json!({"message": {"key": ["can contain only letters, digits and '_'."]}})
    );
    assert_eq!(
        refused(json!({"key": "K", "value": "", "variable_type": "secret"})).await,
        json!({"error": "variable_type does not have a valid value"})
    );
    refused(json!({"key": "K", "value": "x".repeat(10_001)})).await;
    refused(json!({"key": "K", "value": "", "environment_scope": "a,b"})).await;
    refused(json!({"key": "K", "value": "", "description": "x".repeat(256)})).await;
}

#[tokio::test]
async fn scopes_of_a_group_need_a_licence() {
    let body = json!({"key": "K", "value": "1", "environment_scope": "prod"});
    for (edition, status) in [(Edition::Enterprise, 201), (Edition::Community, 400)] {
        let lab = GitLab::builder().edition(edition).start().await.unwrap();
        let client = Client::of(&lab);
        client.post("/groups", json!({"name": "A", "path": "a"})).await.expect(201);
        client.post("/groups/a/variables", body.clone()).await.expect(status);
    }
}
