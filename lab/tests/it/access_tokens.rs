//! Access tokens of projects: what they are made of, what they open, and their end.

use lab::GitLab;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::client::{Client, http};

const TOKENS: &str = "/projects/root%2Fp/access_tokens";

async fn project() -> (GitLab, Client) {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    client.post("/projects", json!({"name": "p"})).await.expect(201);
    (lab, client)
}

fn in_days(days: i64) -> String {
    (OffsetDateTime::now_utc().date() + Duration::days(days)).to_string()
}

async fn make(client: &Client, name: &str, scopes: &[&str], expires_at: &str) -> Value {
    client.post(TOKENS, json!({"name": name, "scopes": scopes, "expires_at": expires_at})).await.expect(201)
}

fn secret(made: &Value) -> &str {
    made["token"].as_str().expect("a new token is shown")
}

/// Names of a list.
async fn names(client: &Client, query: &str) -> Vec<String> {
    let tokens = client.get(&format!("{TOKENS}{query}")).await.expect(200);
    let tokens = tokens.as_array().expect("a list");
    tokens.iter().map(|token| token["name"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn a_token_is_shown_once() {
    let (lab, client) = project().await;
    let body = json!({"name": "ci", "description": "For CI.", "scopes": ["api", "read_registry"], "access_level": 30});
    let mut made = client.post(TOKENS, body).await.expect(201);
    assert!(secret(&made).starts_with("glpat-"));
    made.as_object_mut().unwrap().remove("token");
    let shown = client.get(&format!("{TOKENS}/{}", made["id"])).await.expect(200);
    assert_eq!(shown, made);
    assert_eq!(client.get(TOKENS).await.expect(200), json!([made]));
    let project = client.get("/projects/root%2Fp").await.expect(200)["id"].clone();
    assert_eq!(
        shown,
        json!({
            "id": made["id"], "name": "ci", "description": "For CI.", "scopes": ["api", "read_registry"],
            "access_level": 30, "expires_at": in_days(365), "created_at": made["created_at"], "last_used_at": null,
            "active": true, "revoked": false, "user_id": made["user_id"], "resource_type": "project",
            "resource_id": project,
        })
    );
    assert_eq!(lab.violations(), [""; 0]);
}

#[tokio::test]
async fn wrong_tokens_are_refused() {
    let (lab, client) = project().await;
    let refused = async |body| client.post(TOKENS, body).await.expect(400);
    assert_eq!(refused(json!({})).await, json!({"error": "name is missing, scopes is missing"}));
    let with = |name: &str, value: Value| {
        let mut body = json!({"name": "ci", "scopes": ["api"]});
        body[name] = value;
        body
    };
    for (name, value) in [("scopes", json!(["sudo"])), ("access_level", json!(0)), ("access_level", json!(60))] {
        let error = refused(with(name, value.clone())).await;
        assert_eq!(error, json!({"error": format!("{name} does not have a valid value")}), "{value}");
    }
    assert_eq!(refused(with("expires_at", json!("soon"))).await, json!({"error": "expires_at is invalid"}));
    let limit = format!("400 Bad request - Expiration date must be before {}", in_days(400));
    assert_eq!(refused(with("expires_at", json!(in_days(401)))).await, json!({"message": limit}));
    for (name, reason) in [("name", "Name can't be blank"), ("scopes", "Scopes can't be blank")] {
        let empty = if name == "name" { json!("") } else { json!([]) };
        assert_eq!(refused(with(name, empty)).await, json!({"message": format!("400 Bad request - {reason}")}));
    }
    refused(with("name", json!("x".repeat(256)))).await;
    assert_eq!(client.get(TOKENS).await.expect(200), json!([]));
    assert_eq!(lab.violations(), [""; 0]);
    refused(with("expiration_days", json!(5))).await;
    assert_eq!(lab.violations().len(), 1);
    client.post(TOKENS, with("expires_at", json!(in_days(400)))).await.expect(201);
}

#[tokio::test]
async fn nobody_gives_more_than_they_have() {
    let lab = GitLab::builder().access_level(40).start().await.unwrap();
    let client = Client::of(&lab);
    client.post("/projects", json!({"name": "p"})).await.expect(201);
    let body = |level: i64| json!({"name": "ci", "scopes": ["api"], "access_level": level});
    let refused = client.post(TOKENS, body(50)).await.expect(400);
    let reason = "400 Bad request - Access level of the token contains permissions not held by the creating user";
    assert_eq!(refused, json!({"message": reason}));
    client.post(TOKENS, body(40)).await.expect(201);
}

#[tokio::test]
async fn a_token_opens_its_project_until_it_is_revoked() {
    let (lab, client) = project().await;
    client.post("/projects", json!({"name": "other"})).await.expect(201);
    let made = make(&client, "ci", &["api"], &in_days(9)).await;
    let bot = Client::with_token(&lab, secret(&made));
    let user = bot.get("/user").await.expect(200);
    assert_eq!((&user["id"], &user["bot"], &user["name"]), (&made["user_id"], &json!(true), &json!("ci")));
    bot.post("/projects/root%2Fp/variables", json!({"key": "K", "value": "v"})).await.expect(201);
    let bearer =
        http(lab.pem.as_deref()).get(format!("{}/user", lab.api())).bearer_auth(secret(&made)).send().await.unwrap();
    assert_eq!(bearer.status(), 200);
    assert_eq!(bot.get("/projects/root%2Fother").await.expect(404), json!({"message": "404 Project Not Found"}));
    let own = bot.post(TOKENS, json!({"name": "more", "scopes": ["api"]})).await.expect(400);
    let reason = "400 Bad request - User does not have permission to create project access token";
    assert_eq!(own, json!({"message": reason}));
    let path = format!("{TOKENS}/{}", made["id"]);
    assert_ne!(client.get(&path).await.expect(200)["last_used_at"], Value::Null);
    assert_eq!(lab.violations(), [""; 0]);
    bot.get("/groups").await.expect(404);
    assert_eq!(lab.violations().len(), 1);

    assert_eq!(client.delete(&path).await.expect(204), Value::Null);
    let error = bot.get("/user").await.expect(401);
    assert_eq!(error["error_description"], "Token was revoked. You have to re-authorize from the user.");
    let kept = client.get(&path).await.expect(200);
    assert_eq!((&kept["revoked"], &kept["active"]), (&json!(true), &json!(false)));
    client.delete(&path).await.expect(204);
}

#[tokio::test]
async fn scopes_limit_what_a_token_does() {
    let (lab, client) = project().await;
    let reader = make(&client, "reader", &["read_api"], &in_days(9)).await;
    let reader = Client::with_token(&lab, secret(&reader));
    reader.get("/projects/root%2Fp/variables").await.expect(200);
    let refused = reader.post("/projects/root%2Fp/variables", json!({"key": "K", "value": "v"})).await.expect(403);
    assert_eq!((&refused["error"], &refused["scope"]), (&json!("insufficient_scope"), &json!("api")));
    let puller = make(&client, "puller", &["read_repository"], &in_days(9)).await;
    let refused = Client::with_token(&lab, secret(&puller)).get("/user").await.expect(403);
    assert_eq!(refused["scope"], "api read_api");
}

#[tokio::test]
async fn a_token_expires() {
    let (lab, client) = project().await;
    for day in [-1, 0] {
        let made = make(&client, "past", &["api"], &in_days(day)).await;
        assert_eq!((&made["active"], &made["revoked"]), (&json!(false), &json!(false)));
    }
    let made = make(&client, "ci", &["api"], &in_days(10)).await;
    let bot = Client::with_token(&lab, secret(&made));
    lab.age_access_tokens(9);
    bot.get("/user").await.expect(200);
    lab.age_access_tokens(1);
    let error = bot.get("/user").await.expect(401);
    assert_eq!(error["error_description"], "Token is expired. You can either do re-authorization or token refresh.");
    let aged = client.get(&format!("{TOKENS}/{}", made["id"])).await.expect(200);
    assert_eq!((&aged["expires_at"], &aged["active"]), (&json!(in_days(0)), &json!(false)));
    assert!(aged["created_at"].as_str().unwrap().starts_with(&in_days(-10)));
}

#[tokio::test]
async fn a_rotation_revokes_the_predecessor_at_once() {
    let (lab, client) = project().await;
    let old = make(&client, "ci", &["api"], &in_days(9)).await;
    let path = format!("{TOKENS}/{}", old["id"]);
    let late = client.post(&format!("{path}/rotate"), json!({"expires_at": in_days(401)})).await.expect(400);
    assert!(late["message"].as_str().unwrap().contains("Expiration date must be before"), "{late}");
    Client::with_token(&lab, secret(&old)).get("/user").await.expect(200);
    let new = client.post(&format!("{path}/rotate"), Value::Null).await.expect(200);
    assert_ne!((&new["id"], &new["token"]), (&old["id"], &old["token"]));
    assert_eq!((&new["user_id"], &new["scopes"], &new["name"]), (&old["user_id"], &old["scopes"], &old["name"]));
    assert_eq!(new["expires_at"], in_days(7));
    Client::with_token(&lab, secret(&old)).get("/user").await.expect(401);
    Client::with_token(&lab, secret(&new)).get("/user").await.expect(200);
    let twice = client.post(&format!("{path}/rotate"), Value::Null).await.expect(400);
    assert_eq!(twice, json!({"message": "400 Bad request - Token already revoked"}));
    let next = format!("{TOKENS}/{}/rotate", new["id"]);
    let dated = client.post(&next, json!({"expires_at": in_days(30)})).await.expect(200);
    assert_eq!(dated["expires_at"], in_days(30));
    assert_eq!(lab.violations(), [""; 0]);
}

#[tokio::test]
async fn a_list_is_narrowed_ordered_and_paged() {
    let (lab, client) = project().await;
    let revoked = make(&client, "beta", &["api"], &in_days(30)).await;
    client.delete(&format!("{TOKENS}/{}", revoked["id"])).await.expect(204);
    make(&client, "Alpha", &["api"], &in_days(20)).await;
    make(&client, "gone", &["api"], &in_days(-3)).await;
    let used = make(&client, "used", &["api"], &in_days(10)).await;
    Client::with_token(&lab, secret(&used)).get("/user").await.expect(200);
    let (yesterday, tomorrow) = (in_days(-1), in_days(1));
    for (query, wanted) in [
        ("", "beta Alpha gone used"),
        ("?state=active", "Alpha used"),
        ("?state=inactive", "beta gone"),
        ("?revoked=true", "beta"),
        ("?revoked=false&state=inactive", "gone"),
        ("?search=LPH", "Alpha"),
        ("?search=al", ""),
        (&format!("?expires_before={}", in_days(20)), "gone used"),
        (&format!("?expires_after={}", in_days(20)), "beta Alpha"),
        (&format!("?created_after={tomorrow}"), ""),
        (&format!("?created_before={tomorrow}&created_after={yesterday}&state=active"), "Alpha used"),
        (&format!("?last_used_after={yesterday}"), "used"),
        (&format!("?last_used_before={yesterday}"), ""),
        ("?sort=created_desc", "used gone Alpha beta"),
        ("?sort=expires_asc", "gone used Alpha beta"),
        ("?sort=name_desc", "used gone beta Alpha"),
        ("?sort=last_used_desc&per_page=1", "used"),
        ("?sort=name_asc&per_page=2&page=2", "gone used"),
    ] {
        assert_eq!(names(&client, query).await.join(" "), wanted, "{query}");
    }
    assert_eq!(lab.violations(), [""; 0]);
    client.get(&format!("{TOKENS}?order_by=name")).await.expect(400);
    client.get(&format!("{TOKENS}?state=expired")).await.expect(400);
}

#[tokio::test]
async fn a_token_of_another_project_is_not_found() {
    let (lab, client) = project().await;
    client.post("/projects", json!({"name": "other"})).await.expect(201);
    let id = make(&client, "ci", &["api"], &in_days(9)).await["id"].clone();
    let elsewhere = format!("/projects/root%2Fother/access_tokens/{id}");
    let reason = format!("404 Could not find project access token with token_id: {id} Not Found");
    assert_eq!(client.get(&elsewhere).await.expect(404), json!({"message": reason}));
    client.delete(&elsewhere).await.expect(404);
    let unknown = client.post(&format!("{elsewhere}/rotate"), Value::Null).await.expect(404);
    assert_eq!(unknown, json!({"message": "404 Not Found"}));
    client.get(&format!("{TOKENS}/1")).await.expect(404);
    assert_eq!(lab.violations(), [""; 0]);
}

#[tokio::test]
async fn tokens_go_with_their_project() {
    let (lab, client) = project().await;
    let made = make(&client, "ci", &["api"], &in_days(9)).await;
    let project = format!("/projects/{}", made["resource_id"]);
    client.delete(&project).await.expect(202);
    for status in [200, 200, 404] {
        client.get(&project).await.expect(status);
    }
    Client::with_token(&lab, secret(&made)).get("/user").await.expect(401);
}
