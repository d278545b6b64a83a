//! OpenBao's system paths, tokens and namespaces, as far as the recording does not hold them: refusals, and what newer
//! versions have.

use lab::{Fault, OpenBao};
use serde_json::{Value, json};

use crate::client::Reply;
use crate::openbao_client::Bao;

/// Asserts a refusal and its reason.
#[track_caller]
pub fn refused(reply: Reply, status: u16, error: &str) {
    assert_eq!(reply.expect(status), json!({ "errors": [error] }));
}

const DENIED: &str = "1 error occurred:\n\t* permission denied\n\n";

#[tokio::test]
async fn a_mount_keeps_what_it_is_given() {
    let lab = OpenBao::start().await;
    let client = Bao::of(&lab);
    let config = json!({
        "default_lease_ttl": "1h",
        "max_lease_ttl": 7200,
        "listing_visibility": "unauth",
        "audit_non_hmac_request_keys": "a,b",
        "passthrough_request_headers": ["X-One"],
        "force_no_cache": true,
    });
    let body = json!({"type": "kv-v2", "description": "d", "seal_wrap": true, "local": true, "config": config});
    client.post("/sys/mounts/team/kv", body).await.expect(204);
    let mount = &client.get("/sys/mounts").await.expect(200)["data"]["team/kv/"];
    assert_eq!((&mount["type"], &mount["options"]), (&json!("kv"), &json!({"version": "2"})));
    assert_eq!((&mount["seal_wrap"], &mount["local"]), (&json!(true), &json!(true)));
    assert_eq!(
        mount["config"],
        json!({
            "default_lease_ttl": 3600,
            "max_lease_ttl": 7200,
            "listing_visibility": "unauth",
            "audit_non_hmac_request_keys": ["a", "b"],
            "passthrough_request_headers": ["X-One"],
            "force_no_cache": true,
        })
    );
    let tune = json!({"max_lease_ttl": "system", "audit_non_hmac_request_keys": [], "options": {"note": "n"}});
    client.post("/sys/mounts/team/kv/tune", tune).await.expect(204);
    let tuned = client.get("/sys/mounts/team/kv/tune").await.expect(200);
    assert_eq!((&tuned["max_lease_ttl"], &tuned["default_lease_ttl"]), (&json!(2_764_800), &json!(3600)));
    assert_eq!(tuned.get("audit_non_hmac_request_keys"), None);
    assert_eq!(tuned["options"], json!({"version": "2", "note": "n"}));
    assert_eq!(lab.violations(), [""; 0]);
}

#[tokio::test]
async fn wrong_mounts_are_refused() {
    let lab = OpenBao::start().await;
    let client = Bao::of(&lab);
    client.post("/sys/mounts/a/b", json!({"type": "kv"})).await.expect(204);
    let mount = async |path: &str, body: Value| client.post(&format!("/sys/mounts/{path}"), body).await;
    refused(mount("a", json!({"type": "kv"})).await, 400, "path is already in use at a/b/");
    refused(mount("a/b/c", json!({"type": "kv"})).await, 400, "path is already in use at a/b/");
    refused(mount("sys/x", json!({"type": "kv"})).await, 403, "cannot mount \"sys/x/\"");
    refused(mount("x", json!({})).await, 400, "backend type must be specified as a string");
    refused(
        mount("x", json!({"type": "pki", "options": {"version": "2"}})).await,
        400,
        "secrets engine \"pki\" does not allow setting a version",
    );
    refused(
        mount("x", json!({"type": "kv", "config": {"default_lease_ttl": "2h", "max_lease_ttl": "1h"}})).await,
        400,
        "given default lease TTL greater than given max lease TTL",
    );
    refused(
        mount("x", json!({"type": "kv", "config": {"listing_visibility": "all"}})).await,
        400,
        "invalid listing_visibility all",
    );
    client.post("/sys/mounts/v2", json!({"type": "kv-v2"})).await.expect(204);
    let tune = async |path: &str, body: Value| client.post(&format!("/sys/{path}/tune"), body).await;
    let down = tune("mounts/v2", json!({"options": {"version": "1"}})).await;
    refused(down, 400, "cannot downgrade mount from version 2");
    refused(
        tune("mounts/none", json!({"description": "d"})).await,
        400,
        "tune of path \"none/\" failed: no mount entry found",
    );
    refused(
        tune("mounts/v2", json!({"token_type": "batch"})).await,
        400,
        "'token_type' can only be modified on auth mounts",
    );
    refused(client.get("/sys/auth/none").await, 400, "No auth engine at none/");
    refused(client.delete("/sys/mounts/sys").await, 400, "cannot unmount \"sys/\"");
    assert_eq!(lab.violations(), [""; 0]);
}

#[tokio::test]
async fn a_first_version_is_upgraded_with_its_secrets() {
    let lab = OpenBao::start().await;
    let client = Bao::of(&lab);
    client.post("/sys/mounts/kv", json!({"type": "kv", "options": {"version": "1"}})).await.expect(204);
    client.post("/kv/a/b", json!({"x": 1})).await.expect(204);
    let upgraded = client.post("/sys/mounts/kv/tune", json!({"options": {"version": "2"}})).await.expect(200);
    assert!(upgraded["warnings"][0].as_str().unwrap().starts_with("Upgrading mount from version 1 to version 2."));
    assert_eq!(client.get("/kv/data/a/b").await.expect(200)["data"]["data"], json!({"x": 1}));
}

#[tokio::test]
async fn a_mount_moves_with_what_it_keeps() {
    let lab = OpenBao::start().await;
    let client = Bao::of(&lab);
    client.post("/sys/auth/one", json!({"type": "approle"})).await.expect(204);
    client.post("/auth/one/role/r", json!({"token_ttl": "1h"})).await.expect(204);
    let moved = client.post("/sys/remount", json!({"from": "auth/one", "to": "auth/two"})).await.expect(200);
    let status = format!("/sys/remount/status/{}", moved["migration_id"].as_str().unwrap());
    assert_eq!(client.get(&status).await.expect(200)["data"]["migration_info"]["status"], "success");
    assert_eq!(client.get("/auth/two/role/r").await.expect(200)["data"]["token_ttl"], 3600);
    refused(
        client.get("/auth/one/role/r").await,
        404,
        "no handler for route \"auth/one/role/r\". route entry not found.",
    );
    let remount = async |from: &str, to: &str| client.post("/sys/remount", json!({"from": from, "to": to})).await;
    refused(remount("auth/two", "three").await, 400, "cannot remount auth mount to non-auth mount \"three/\"");
    refused(remount("none", "three").await, 400, "no matching mount at \"none/\"");
    refused(remount("sys", "three").await, 400, "cannot remount \"sys/\"");
}

#[tokio::test]
async fn user_lockout_is_tuned_where_users_log_in() {
    let lab = OpenBao::start().await;
    let client = Bao::of(&lab);
    client.post("/sys/auth/u", json!({"type": "userpass"})).await.expect(204);
    client.post("/sys/auth/j", json!({"type": "jwt"})).await.expect(204);
    let body = json!({"user_lockout_config": {"lockout_threshold": "3", "lockout_duration": "5m"}});
    client.post("/sys/auth/u/tune", body.clone()).await.expect(204);
    let shown = client.get("/sys/auth/u").await.expect(200)["config"]["user_lockout_config"].clone();
    assert_eq!((&shown["user_lockout_threshold"], &shown["user_lockout_duration"]), (&json!(3), &json!(300)));
    refused(
        client.post("/sys/auth/j/tune", body).await,
        400,
        "tuning of user lockout configuration for auth type \"jwt\" not allowed",
    );
}

#[tokio::test]
async fn all_policies_come_in_one_call() {
    let lab = OpenBao::start().await;
    let client = Bao::of(&lab);
    let text = "path \"kv/*\" { capabilities = [\"read\"] }";
    for _ in 0..2 {
        client.post("/sys/policies/acl/zeta", json!({ "policy": text })).await.expect(204);
    }
    let detailed = client.list("/sys/policies/detailed/acl").await.expect(200)["data"].clone();
    assert_eq!(detailed["keys"], json!(["default", "zeta", "root"]));
    let zeta = &detailed["key_info"]["zeta"];
    assert_eq!((&zeta["policy"], &zeta["version"]), (&json!(text), &json!(2)));
    assert_eq!(detailed["key_info"]["root"]["policy"], "");
    let reader = client.of_policies(&["zeta"]).await;
    refused(reader.list("/sys/policies/detailed/acl").await, 403, DENIED);
}

#[tokio::test]
async fn policies_are_refused_with_their_place() {
    let lab = OpenBao::start().await;
    let client = Bao::of(&lab);
    let write = async |text: &str| client.post("/sys/policies/acl/p", json!({ "policy": text })).await;
    refused(write("").await, 400, "'policy' parameter not supplied or empty");
    refused(
        write("path \"x\" {\n  capabilities = [\"read\", \"nope\"]\n}").await,
        400,
        "failed to parse policy: path \"x\": invalid capability \"nope\"",
    );
    refused(
        write("pth \"x\" {}").await,
        400,
        "failed to parse policy: 1 error occurred:\n\t* invalid key \"pth\" on line 0\n\n",
    );
    write(r#"{"path": {"x": {"capabilities": ["deny"]}}}"#).await.expect(204);
    refused(client.delete("/sys/policies/acl/root").await, 400, "cannot delete \"root\" policy");
    let old = client.post("/sys/policy/old", json!({"rules": "path \"x\" { policy = \"write\" }"})).await.expect(200);
    assert_eq!(old["warnings"], json!(["'rules' is deprecated, please use 'policy' instead"]));
    assert_eq!(client.get("/sys/policy").await.expect(200)["policies"], json!(["default", "old", "p", "root"]));
}

#[tokio::test]
async fn tokens_do_what_their_policies_allow() {
    let lab = OpenBao::start().await;
    let client = Bao::of(&lab);
    client.post("/sys/mounts/kv", json!({"type": "kv-v2"})).await.expect(204);
    let policy = r#"
        path "kv/data/team/*" { capabilities = ["create", "read"] }
        path "sys/auth/x" { capabilities = ["update"] }
    "#;
    client.post("/sys/policies/acl/team", json!({ "policy": policy })).await.expect(204);
    let token = client.of_policies(&["team"]).await;
    token.post("/kv/data/team/a", json!({"data": {"x": 1}})).await.expect(200);
    refused(token.post("/kv/data/team/a", json!({"data": {"x": 2}})).await, 403, DENIED);
    token.get("/kv/data/team/a").await.expect(200);
    refused(token.list("/kv/metadata/team").await, 403, DENIED);
    // Auth engines are for whoever has sudo.
    refused(token.post("/sys/auth/x", json!({"type": "jwt"})).await, 403, DENIED);
    let paths = json!({"paths": ["kv/data/team/a", "sys/mounts"]});
    let capabilities = token.post("/sys/capabilities-self", paths).await.expect(200);
    assert_eq!(capabilities["kv/data/team/a"], json!(["read", "create"]));
    assert_eq!(capabilities["sys/mounts"], json!(["deny"]));
    refused(client.with_token(None).get("/sys/mounts").await, 403, "permission denied");
}

#[tokio::test]
async fn a_revoked_token_takes_its_children_along() {
    let lab = OpenBao::start().await;
    let client = Bao::of(&lab);
    let accessors = async || client.list("/auth/token/accessors").await.expect(200)["data"]["keys"].clone();
    let before = accessors().await;
    let parent = client.of_policies(&["default"]).await;
    let made = parent.post("/auth/token/create", json!({})).await;
    refused(made, 403, DENIED);
    client
        .post(
            "/sys/policies/acl/maker",
            json!({"policy": "path \"auth/token/create\" { capabilities = [\"update\"] }"}),
        )
        .await
        .expect(204);
    let parent = client.of_policies(&["maker"]).await;
    let child = parent.of_policies(&["maker"]).await;
    refused(
        parent.post("/auth/token/create", json!({"policies": ["root"]})).await,
        400,
        "child policies must be subset of parent",
    );
    refused(
        parent.post("/auth/token/create", json!({"period": "1h"})).await,
        400,
        "root or sudo privileges required to create periodic token",
    );
    let shown = child.get("/auth/token/lookup-self").await.expect(200)["data"].clone();
    assert_eq!((&shown["orphan"], &shown["policies"]), (&json!(false), &json!(["default", "maker"])));
    assert_eq!((&shown["renewable"], &shown["type"]), (&json!(true), &json!("service")));
    let renewed = child.post("/auth/token/renew-self", json!({"increment": "90m"})).await.expect(200);
    assert_eq!(renewed["auth"]["lease_duration"], 5400);
    let accessor = json!({"accessor": shown["accessor"]});
    let by_accessor = client.post("/auth/token/lookup-accessor", accessor.clone()).await.expect(200);
    assert_eq!(by_accessor["data"]["id"], "");
    parent.post("/auth/token/revoke-self", Value::Null).await.expect(204);
    refused(child.get("/auth/token/lookup-self").await, 403, "permission denied");
    refused(
        client.post("/auth/token/revoke-accessor", accessor).await,
        400,
        "1 error occurred:\n\t* invalid accessor\n\n",
    );
    let unknown = json!({"token": "s.none"});
    client.post("/auth/token/revoke", unknown.clone()).await.expect(204);
    refused(client.post("/auth/token/lookup", unknown).await, 403, "bad token");
    assert_eq!(accessors().await.as_array().unwrap().len(), before.as_array().unwrap().len() + 1);
    refused(client.post("/auth/token/renew-self", json!({})).await, 400, "lease is not renewable");
}

#[tokio::test]
async fn a_token_with_a_limit_is_gone_after_its_last_use() {
    let lab = OpenBao::start().await;
    let client = Bao::of(&lab);
    let made = client.post("/auth/token/create", json!({"num_uses": 1, "policies": ["default"]})).await.expect(200);
    let token = client.with_token(made["auth"]["client_token"].as_str());
    token.get("/auth/token/lookup-self").await.expect(200);
    refused(token.get("/auth/token/lookup-self").await, 403, "permission denied");
    let missing = client.post("/auth/token/create", json!({"policies": ["none"], "ttl": "800h"})).await.expect(200);
    assert_eq!(
        missing["warnings"],
        json!([
            "Policy \"none\" does not exist",
            "TTL of \"800h0m0s\" exceeded the effective max_ttl of \"768h0m0s\"; TTL value is capped accordingly",
        ])
    );
}

#[tokio::test]
async fn audit_devices_are_listed() {
    let lab = OpenBao::start().await;
    let client = Bao::of(&lab);
    let file = json!({"type": "file", "description": "d", "options": {"file_path": "/var/log/audit.log"}});
    client.post("/sys/audit/main", file.clone()).await.expect(204);
    assert_eq!(
        client.get("/sys/audit").await.expect(200)["main/"],
        json!({
            "path": "main/",
            "type": "file",
            "description": "d",
            "local": false,
            "options": {"file_path": "/var/log/audit.log"},
        })
    );
    refused(client.post("/sys/audit/main", file).await, 400, "path already in use");
    refused(client.post("/sys/audit/x", json!({"type": "nope"})).await, 400, "unknown backend type: \"nope\"");
    refused(client.post("/sys/audit/x", json!({"type": "file"})).await, 400, "file_path is required");
    for _ in 0..2 {
        client.delete("/sys/audit/main").await.expect(204);
    }
}

#[tokio::test]
async fn a_sealed_server_refuses_until_it_is_unsealed() {
    let lab = OpenBao::start().await;
    let client = Bao::of(&lab);
    lab.seal();
    refused(client.get("/sys/mounts").await, 503, "Vault is sealed");
    assert_eq!(client.get("/sys/health?sealedcode=299").await.expect(299)["sealed"], true);
    assert_eq!(client.get("/sys/seal-status").await.expect(200).get("cluster_id"), None);
    refused(client.post("/sys/unseal", json!({"key": "00"})).await, 400, "Unseal failed, invalid key");
    client.post("/sys/unseal", json!({"key": lab.unseal_key})).await.expect(200);
    client.get("/sys/mounts").await.expect(200);
}

#[tokio::test]
async fn unknown_paths_and_fields_are_remembered() {
    let lab = OpenBao::start().await;
    let client = Bao::of(&lab);
    refused(client.get("/sys/nowhere").await, 404, "1 error occurred:\n\t* unsupported path\n\n");
    refused(client.patch("/sys/mounts/x", json!({})).await, 405, "1 error occurred:\n\t* unsupported operation\n\n");
    // The real server ignores a field that it does not have, and warns only if it has something to answer.
    client.post("/sys/mounts/kv", json!({"type": "kv-v2", "config": {"new": 1}, "more": 1})).await.expect(204);
    let written = client.post("/kv/data/a", json!({"data": {}, "x": 1, "w": 2})).await.expect(200);
    assert_eq!(written["warnings"], json!(["Endpoint ignored these unrecognized parameters: [w x]"]));
    assert_eq!(
        lab.violations(),
        [
            "GET /v1/sys/nowhere is no endpoint",
            "PATCH /v1/sys/mounts/x is no operation",
            "POST /v1/sys/mounts/kv has no parameter `more`",
            "POST /v1/sys/mounts/kv has no parameter `config.new`",
            "POST /v1/kv/data/a has no parameter `w`",
            "POST /v1/kv/data/a has no parameter `x`",
        ]
    );
}

#[tokio::test]
async fn a_server_without_namespaces_ignores_the_header() {
    let lab = OpenBao::start().await;
    let client = Bao::of(&lab).in_namespace("team");
    client.post("/sys/mounts/kv", json!({"type": "kv-v2"})).await.expect(204);
    assert!(lab.call("GET", "/sys/mounts", &Value::Null).1["data"].get("kv/").is_some());
    let asked = client.send("LIST", "/sys/namespaces", &Value::Null).await;
    refused(asked, 404, "1 error occurred:\n\t* unsupported path\n\n");
    assert_eq!(lab.violations(), [""; 0]);
}

#[tokio::test]
async fn namespaces_have_mounts_policies_and_tokens_of_their_own() {
    let lab = OpenBao::with_namespaces().await;
    let root = Bao::of(&lab);
    assert_eq!(root.list("/sys/namespaces").await.expect(404), json!({"errors": []}));
    refused(root.in_namespace("team").get("/sys/mounts").await, 404, "namespace not found");
    let made = root.post("/sys/namespaces/team", json!({"custom_metadata": {"owner": "o"}})).await.expect(200);
    assert_eq!((&made["data"]["path"], &made["data"]["custom_metadata"]["owner"]), (&json!("team/"), &json!("o")));
    let team = root.in_namespace("team/");
    team.post("/sys/namespaces/sub", json!({})).await.expect(200);
    assert_eq!(root.list("/sys/namespaces").await.expect(200)["data"]["keys"], json!(["team/"]));
    assert_eq!(team.get("/sys/namespaces/sub").await.expect(200)["data"]["path"], "team/sub/");
    assert_eq!(root.get("/sys/namespaces/sub").await.expect(404), json!({"errors": []}));

    team.post("/sys/mounts/kv", json!({"type": "kv-v2"})).await.expect(204);
    assert!(root.get("/sys/mounts").await.expect(200)["data"].get("kv/").is_none());
    let policy = json!({"policy": "path \"sys/mounts\" { capabilities = [\"read\"] }"});
    team.post("/sys/policies/acl/reader", policy).await.expect(204);
    assert_eq!(team.list("/sys/policies/acl").await.expect(200)["data"]["keys"], json!(["default", "reader"]));
    let reader = team.of_policies(&["reader"]).await;
    reader.get("/sys/mounts").await.expect(200);
    assert_eq!(reader.get("/auth/token/lookup-self").await.expect(200)["data"]["namespace_path"], "team/");
    refused(reader.list("/sys/namespaces").await, 403, DENIED);
    refused(reader.in_namespace("").get("/sys/mounts").await, 403, DENIED);
    refused(team.get("/sys/health").await, 400, "operation only available in root namespace");

    refused(
        root.delete("/sys/namespaces/team").await,
        400,
        "cannot delete namespace (team/) containing child namespaces",
    );
    team.delete("/sys/namespaces/sub").await.expect(200);
    root.delete("/sys/namespaces/team").await.expect(200);
    refused(reader.get("/auth/token/lookup-self").await, 404, "namespace not found");
    assert_eq!(lab.violations(), [""; 0]);
}

#[tokio::test]
async fn instruments_and_tls_are_those_of_every_lab() {
    let lab = OpenBao::builder().tls().token("s.mine").start().await.unwrap();
    let client = Bao::of(&lab);
    lab.fault(Fault::on("GET", "/sys/mounts").status(429, r#"{"errors":["standby"]}"#));
    refused(client.get("/sys/mounts").await, 429, "standby");
    client.get("/sys/mounts").await.expect(200);
    assert_eq!((lab.count("GET", "/sys/mounts"), lab.count("*", "/sys/**")), (2, 2));
    client.post("/sys/mounts/kv", json!({"type": "kv-v2"})).await.expect(204);
    lab.reset();
    assert_eq!(lab.requests(), []);
    assert!(lab.call("GET", "/sys/mounts", &Value::Null).1["data"].get("kv/").is_none());
}

#[test]
fn code_without_a_runtime_has_the_same_server() {
    let lab = lab::blocking::OpenBao::start();
    assert_eq!(lab.call("POST", "/sys/mounts/kv", &json!({"type": "kv-v2"})).0, 204);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { Bao::of(&lab).post("/kv/data/a", json!({"data": {"b": 1}})).await.expect(200) });
    assert_eq!(lab.call("GET", "/kv/data/a", &Value::Null).1["data"]["data"], json!({"b": 1}));
    assert_eq!(lab.count("POST", "/kv/data/*"), 1);
}
