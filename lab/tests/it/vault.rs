//! The real Vault behind the proxy: what is logged, what goes wrong on demand, and what it drops without a word.

use std::time::Duration;

use lab::http::plain;
use lab::{Fault, Vault};
use serde_json::{Value, json};

/// Sends through the proxy as root, from a thread that may wait.
async fn send(
    vault: &Vault,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: Value,
) -> std::io::Result<(u16, Value)> {
    let authority = vault.url.strip_prefix("http://").expect("this test speaks no TLS").to_owned();
    let mut headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    headers.push(("X-Vault-Token".to_owned(), vault.root_token.clone()));
    let (method, target) = (method.to_owned(), target.to_owned());
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let sent = tokio::task::spawn_blocking(move || {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        plain::exchange(&authority, &method, &target, &headers, body.as_bytes())
    });
    let (status, text) = sent.await.expect("it does not panic")?;
    Ok((status, serde_json::from_str(&text).unwrap_or_default()))
}

async fn with_kv() -> Vault {
    let vault = Vault::start().await;
    vault.act("POST", "/sys/mounts/kv", &json!({ "type": "kv", "options": { "version": "2" } }));
    vault
}

fn log(vault: &Vault) -> Vec<String> {
    vault.requests().iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn every_method_of_vault_arrives_and_is_logged() {
    let vault = with_kv().await;
    let sent = async |method, target, headers: &[_], body| send(&vault, method, target, headers, body).await.unwrap();
    let merge = ("Content-Type", "application/merge-patch+json");
    assert_eq!(sent("POST", "/v1/kv/data/a%20b/c", &[], json!({ "data": { "x": "1" } })).await.0, 200);
    assert_eq!(sent("PATCH", "/v1/kv/data/a%20b/c", &[merge], json!({ "data": { "y": "2" } })).await.0, 200);
    let (_, secret) = sent("GET", "/v1/kv/data/a%20b/c", &[("X-Vault-Request", "true")], Value::Null).await;
    assert_eq!(secret["data"]["data"], json!({ "x": "1", "y": "2" }));
    assert_eq!(sent("LIST", "/v1/kv/metadata", &[], Value::Null).await.1["data"]["keys"], json!(["a b/"]));
    assert_eq!(sent("GET", "/v1/kv/metadata/a%20b?list=true", &[], Value::Null).await.1["data"]["keys"], json!(["c"]));
    assert_eq!(sent("DELETE", "/v1/kv/metadata/a%20b/c", &[], Value::Null).await.0, 204);
    assert_eq!(
        log(&vault),
        [
            r#"POST /kv/data/a%20b/c data={"x":"1"} → 200"#,
            r#"PATCH /kv/data/a%20b/c data={"y":"2"} → 200"#,
            "GET /kv/data/a%20b/c → 200",
            "LIST /kv/metadata → 200",
            r#"GET /kv/metadata/a%20b ?list="true" → 200"#,
            "DELETE /kv/metadata/a%20b/c → 204",
        ]
    );
    assert_eq!(vault.requests()[2].header("X-Vault-Request"), Some("true"));
    assert_eq!(vault.count("GET", "/kv/data/a b/c"), 1);
    assert_eq!(vault.violations(), [""; 0]);
    vault.clear_log();
    assert_eq!(vault.call("GET", "/kv/config", &Value::Null).0, 200);
    assert_eq!(vault.requests(), []);
}

#[tokio::test]
async fn faults_strike_between_the_client_and_vault() {
    let vault = with_kv().await;
    let write =
        async |name: &str| send(&vault, "POST", &format!("/v1/kv/data/{name}"), &[], json!({ "data": {} })).await;
    let there = |name: &str| vault.call("GET", &format!("/kv/data/{name}"), &Value::Null).0;
    vault.fault(Fault::on("POST", "/kv/data/*").status(473, r#"{"errors":[]}"#));
    assert_eq!(write("standby").await.unwrap().0, 473);
    vault.fault(Fault::on("POST", "/kv/data/*").reset_before());
    write("before").await.unwrap_err();
    vault.fault(Fault::on("POST", "/kv/data/*").reset_after());
    write("after").await.unwrap_err();
    assert_eq!((there("standby"), there("before"), there("after")), (404, 404, 200));
    vault.fault(Fault::on("POST", "/kv/data/*").hang());
    let patient = tokio::time::timeout(Duration::from_millis(100), http(&vault, "hang").send());
    assert!(patient.await.is_err());
    assert_eq!(there("hang"), 404);
    assert_eq!(write("well").await.unwrap().0, 200);
    let statuses: Vec<u16> = vault.requests().iter().map(|request| request.status).collect();
    assert_eq!(statuses, [473, 0, 200, 0, 200]);
}

/// A write on a connection that can be given up.
fn http(vault: &Vault, name: &str) -> reqwest::RequestBuilder {
    let client = crate::client::http(vault.pem.as_deref());
    let request = client.post(format!("{}/v1/kv/data/{name}", vault.url)).header("X-Vault-Token", &vault.root_token);
    request.header("Content-Type", "application/json").body(r#"{"data":{}}"#)
}

#[tokio::test]
async fn what_vault_drops_without_a_word_is_a_violation() {
    let vault = Vault::start().await;
    vault.act("POST", "/sys/auth/approle", &json!({ "type": "approle" }));
    let sent = async |method, target, body| send(&vault, method, target, &[], body).await.unwrap().0;
    let role = json!({ "token_ttl": "1h", "alias_metadata": { "a": "b" } });
    assert_eq!(sent("POST", "/v1/auth/approle/role/web", role).await, 204, "Vault does not complain");
    assert_eq!(sent("POST", "/v1/auth/approle/role/web", json!({ "token_ttl": "2h" })).await, 204);
    assert_eq!(sent("POST", "/v1/sys/policies/acls/a", json!({ "policy": "" })).await, 404);
    assert_eq!(sent("GET", "/v1/sys/policies/acls/a", Value::Null).await, 404, "who asks is told and knows");
    assert_eq!(sent("POST", "/v1/sys/policies/acl/a", json!({ "policy": "path" })).await, 400);
    assert_eq!(
        vault.violations(),
        [
            "POST /v1/auth/approle/role/web has no `alias_metadata`",
            "POST /v1/sys/policies/acls/a was answered: unsupported path",
        ]
    );
}

#[tokio::test]
async fn tls_is_trusted_with_the_certificate_and_only_then() {
    let vault = Vault::builder().tls().start().await.unwrap();
    let health = format!("{}/v1/sys/health", vault.url);
    let trusting = crate::client::http(vault.pem.as_deref());
    assert_eq!(trusting.get(&health).send().await.unwrap().status(), 200);
    let other = lab::http::tls::self_signed().pem;
    assert!(crate::client::http(Some(&other)).get(&health).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_client_without_the_certificate_that_is_demanded_is_turned_away() {
    let vault = Vault::builder().mutual_tls().start().await.unwrap();
    let health = format!("{}/v1/sys/health", vault.url);
    crate::client::http(vault.pem.as_deref()).get(&health).send().await.unwrap_err();
    let client = vault.client.as_ref().unwrap();
    let identity = reqwest::Identity::from_pem(format!("{}\n{}", client.certificate, client.key).as_bytes()).unwrap();
    let authority = reqwest::Certificate::from_pem(vault.pem.as_ref().unwrap().as_bytes()).unwrap();
    let known = reqwest::Client::builder().no_proxy().tls_certs_only([authority]).identity(identity).build().unwrap();
    assert_eq!(known.get(&health).send().await.unwrap().status(), 200);
    assert_eq!(vault.count("GET", "/sys/health"), 1);
}

#[tokio::test]
async fn a_sealed_vault_says_so_and_keeps_what_it_had() {
    let vault = with_kv().await;
    vault.act("POST", "/kv/data/a", &json!({ "data": { "x": "1" } }));
    vault.seal();
    let (status, answer) = send(&vault, "GET", "/v1/kv/data/a", &[], Value::Null).await.unwrap();
    assert_eq!((status, answer), (503, json!({ "errors": ["Vault is sealed"] })));
    vault.unseal();
    let (status, answer) = send(&vault, "GET", "/v1/kv/data/a", &[], Value::Null).await.unwrap();
    assert_eq!((status, &answer["data"]["data"]["x"]), (200, &json!("1")));
}

#[tokio::test]
async fn a_token_has_its_policies_and_leaves_an_accessor() {
    let vault = with_kv().await;
    vault.act(
        "PUT",
        "/sys/policies/acl/reader",
        &json!({ "policy": r#"path "kv/data/*" { capabilities = ["read"] }"# }),
    );
    let before = vault.accessors();
    let token = vault.token(&["reader"], "1h");
    assert_eq!(vault.accessors().difference(&before).count(), 1);
    assert_eq!(vault.call_as(&token, "POST", "/kv/data/a", &json!({ "data": {} })).0, 403);
    assert_eq!(vault.call_as(&token, "GET", "/kv/data/a", &Value::Null).0, 404);
    assert_eq!(vault.call_as("", "GET", "/kv/data/a", &Value::Null).0, 403);
    assert_eq!(vault.call_as(&token, "POST", "/auth/token/revoke-self", &Value::Null).0, 204);
    assert_eq!(vault.accessors(), before);
}

#[test]
fn code_without_a_runtime_has_the_same_server_and_each_is_another() {
    let (one, other) = (lab::blocking::Vault::start(), lab::blocking::Vault::start());
    one.act("PUT", "/sys/policies/acl/a", &json!({ "policy": "path \"a\" {}" }));
    assert_eq!(other.call("GET", "/sys/policies/acl/a", &Value::Null).0, 404);
    let authority = one.url.strip_prefix("http://").unwrap();
    let token = [("X-Vault-Token", &*one.root_token)];
    assert_eq!(plain::exchange(authority, "GET", "/v1/sys/policies/acl/a", &token, &[]).unwrap().0, 200);
    assert_eq!(log(&one), ["GET /sys/policies/acl/a → 200"]);
}
