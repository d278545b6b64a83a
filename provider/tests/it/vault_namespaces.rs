//! Namespaces: refused where a server has none, before anything is written; used where it has them.
//!
//! Vault CE is the real one, and OpenBao 2.2 the stand-in that replays a recording. The server that has namespaces is a
//! small fake, from the source of OpenBao 2.3.

use std::ops::Deref;

use expect_test::{Expect, expect};
use lab::http::running::Running;
use lab::{OpenBao, Vault};
use serde_json::{Value as Json, json};
use tfplugin::value::{Object, Value};

use crate::estate::{Servers, document, failure, fine, host, object, understood};
use crate::vault_estate::{MOUNT, POLICY, block, host_with};

const TEAM: &str = "team";

/// The block that leads to this server, in the namespace.
fn within<S: Deref<Target = Running>>(server: &S, token: &str, namespace: &str) -> Object {
    let texts = [("address", server.url.as_str()), ("token", token), ("namespace", namespace)];
    block(texts.map(|(name, text)| (name, Value::from(text))))
}

/// What was asked and is no read.
fn writes<S: Deref<Target = Running>>(server: &S) -> Vec<String> {
    let requests = server.requests();
    let writes = requests.iter().filter(|request| !["GET", "LIST"].contains(&&*request.method));
    writes.map(|request| format!("{} {}", request.method, request.path)).collect()
}

/// Holds what the apply of a text says against the expected text, and asserts that it wrote nothing.
async fn refuses<S: Deref<Target = Running>>(server: &S, token: &str, text: &str, expected: &Expect) {
    let mut host = host_with(within(server, token, TEAM)).await;
    let said = failure(host.apply(&document(text)).await);
    assert_eq!(writes(server), [""; 0]);
    expected.assert_eq(&said.replace(&server.url, "http://vault:8200"));
}

/// The objects of the root would be changed and deleted, too.
async fn guards_what_is_there<S: Servers + Deref<Target = Running>>(server: &S, token: &str) {
    let mut host = host(server).await;
    let both = format!("{POLICY}{MOUNT}");
    fine(host.apply(&document(&both)).await);
    server.clear_log();
    host.reconfigure(within(server, token, TEAM)).await.expect("it is configured");
    let changed = both
        .replace("\\\"read\\\"", "\\\"list\\\"")
        .replace("\"kv\"\n  options", "\"kv\"\n  description = \"x\"\n  options");
    for report in [host.apply(&document(&changed)).await, host.destroy().await] {
        let said = failure(report);
        assert_eq!(said.matches("this server has no namespaces").count(), 2, "{said}");
    }
    assert_eq!((host.addresses().len(), writes(server)), (2, Vec::new()));
    host.reconfigure(server.config()).await.expect("it is configured");
    host.plan(&document(&both)).await.expect("no rule is broken").empty().expect("nothing was changed");
}

/// What a server without namespaces brings about.
fn none() -> Expect {
    expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        `team` is set as the namespace, but this server has no namespaces: it would use its root.

        Remove `vault.namespace` and VAULT_NAMESPACE, or use a server that has namespaces.
    "#]]
}

#[tokio::test]
async fn vault_ce_is_refused_before_the_first_write() {
    let vault = Vault::start().await;
    refuses(&vault, &vault.root_token, POLICY, &none()).await;
    guards_what_is_there(&vault, &vault.root_token).await;
    // A token is a write, too.
    let host = host_with(within(&vault, &vault.root_token, TEAM)).await;
    let before = vault.accessors();
    let said = host.open("substrate_vault_token", Object::new()).await.expect_err("it is refused").to_string();
    assert!(said.contains("this server has no namespaces"), "{said}");
    assert_eq!(vault.accessors(), before);
}

/// The root's secret of the same name is not the namespace's.
#[tokio::test]
async fn vault_ce_is_refused_before_a_secret_is_read() {
    let vault = Vault::start().await;
    vault.act("POST", "/sys/mounts/kv", &json!({ "type": "kv", "options": { "version": "2" } }));
    vault.act("POST", "/kv/data/db", &json!({ "data": { "password": "of-the-root" } }));
    let mut host = host_with(within(&vault, &vault.root_token, TEAM)).await;
    let place = Object::from([("mount", "kv"), ("name", "db")].map(|(name, text)| (name.to_owned(), text.into())));
    let opened = host.open("substrate_vault_kv_secret_v2", place).await.expect_err("it is refused").to_string();
    let names = "data \"substrate_vault_kv_subkeys_v2\" \"db\" {\n  mount = \"kv\"\n  name = \"db\"\n}\n";
    for said in [opened, failure(host.plan(&document(names)).await)] {
        assert!(said.contains("this server has no namespaces"), "{said}");
    }
    assert_eq!(vault.count("GET", "/kv/**"), 0);
}

#[tokio::test]
async fn openbao_before_namespaces_is_refused_before_the_first_write() {
    let bao = OpenBao::start().await;
    refuses(&bao, &bao.token, POLICY, &none()).await;
    guards_what_is_there(&bao, &bao.token).await;
}

/// A login in a namespace that is none would be one at the root: its token does nothing and goes at once.
#[tokio::test]
async fn a_login_at_a_server_without_namespaces_writes_nothing_and_leaves_nothing() {
    let vault = Vault::start().await;
    vault.act("POST", "/sys/auth/approle", &json!({ "type": "approle" }));
    vault.act("POST", "/auth/approle/role/r", &json!({ "bind_secret_id": false, "token_bound_cidrs": "127.0.0.1" }));
    let rules = "path \"*\" { capabilities = [\"create\", \"update\", \"read\", \"list\", \"delete\"] }";
    vault.act("PUT", "/sys/policies/acl/all", &json!({ "policy": rules }));
    vault.act("POST", "/auth/approle/role/r", &json!({ "token_policies": "all" }));
    let role_id = vault.act("GET", "/auth/approle/role/r/role-id", &Json::Null)["data"]["role_id"].clone();
    let login = object([("role_id", role_id.as_str().expect("a text").into())]);
    let before = vault.accessors();
    let address = ("address", vault.url.as_str().into());
    let mut host = host_with(block([address, ("namespace", TEAM.into()), ("auth_login_approle", login)])).await;
    let said = failure(host.apply(&document(POLICY)).await);
    assert!(said.contains("this server has no namespaces"), "{said}");
    host.provider().shut_down().await;
    assert_eq!(writes(&vault), ["POST /auth/approle/login", "POST /auth/token/revoke-self"].map(String::from));
    assert_eq!(vault.accessors(), before);
}

/// Whether there are namespaces is not to be found out without the right to list them.
#[tokio::test]
async fn a_token_that_may_not_ask_is_told_how_it_may() {
    let bao = OpenBao::with_namespaces().await;
    assert_eq!(bao.call("POST", "/sys/namespaces/team", &json!({})).0, 200);
    let policies = "path \"sys/policies/*\" { capabilities = [\"create\", \"update\", \"read\"] }\n";
    let listing = "path \"sys/namespaces/\" { capabilities = [\"list\"] }\n";
    for (name, rules) in [("blind", policies.to_owned()), ("seeing", format!("{policies}{listing}"))] {
        let path = format!("/sys/policies/acl/{name}");
        assert_eq!(bao.call_in(TEAM, "PUT", &path, &json!({ "policy": rules })).0, 204);
    }
    let token = |policy: &str| {
        let body = json!({ "policies": [policy] });
        let (status, answer) = bao.call_in(TEAM, "POST", "/auth/token/create", &body);
        assert_eq!(status, 200, "{answer}");
        answer["auth"]["client_token"].as_str().expect("a text").to_owned()
    };
    refuses(&bao, &token("blind"), POLICY, &expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        The token may not ask whether this server has the namespace `team`, and a server without namespaces would use its root.

        Give the token a policy in `team` with `path "sys/namespaces" { capabilities = ["list"] }` (and `sys/namespaces/` for OpenBao).
    "#]]).await;
    fine(host_with(within(&bao, &token("seeing"), TEAM)).await.apply(&document(POLICY)).await);
}

/// The same on the real Vault, which has none: a token that may not ask is not told so.
#[tokio::test]
async fn vault_ce_that_may_not_be_asked_is_refused_too() {
    let vault = Vault::start().await;
    let rules = "path \"sys/policies/*\" { capabilities = [\"create\", \"update\", \"read\"] }";
    vault.act("PUT", "/sys/policies/acl/blind", &json!({ "policy": rules }));
    refuses(&vault, &vault.token(&["blind"], "1h"), POLICY, &expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        The token may not ask whether this server has the namespace `team`, and a server without namespaces would use its root.

        Give the token a policy in `team` with `path "sys/namespaces" { capabilities = ["list"] }` (and `sys/namespaces/` for OpenBao).
    "#]]).await;
}

#[tokio::test]
async fn a_namespace_that_is_not_there_is_named() {
    let bao = OpenBao::with_namespaces().await;
    refuses(
        &bao,
        &bao.token,
        POLICY,
        &expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        GET http://vault:8200/v1/sys/policies/acl/deploy answered 404 Not Found: namespace not found.

        Correct `vault.namespace` or VAULT_NAMESPACE, or create the namespace first.
    "#]],
    )
    .await;
}

/// A name that is wrong must not look like the end of all that it held.
#[tokio::test]
async fn a_wrong_name_keeps_the_state() {
    let bao = OpenBao::with_namespaces().await;
    let mut host = host(&bao).await;
    fine(host.apply(&document(&format!("{POLICY}{MOUNT}"))).await);
    host.reconfigure(within(&bao, &bao.token, "tema")).await.expect("it is configured");
    failure(host.refresh().await);
    assert_eq!(host.addresses().len(), 2);
}

#[tokio::test]
async fn a_namespace_of_the_fake_gets_what_is_written_and_the_first_does_not() {
    let bao = OpenBao::with_namespaces().await;
    assert_eq!(bao.call("POST", "/sys/namespaces/team", &json!({})).0, 200);
    // The slash at the end is how many people write it.
    let mut host = host_with(within(&bao, &bao.token, "team/")).await;
    let both = format!("{POLICY}{MOUNT}");
    fine(host.apply(&document(&both)).await);
    host.plan(&document(&both)).await.expect("no rule is broken").empty().expect("nothing is left to do");
    assert!(bao.requests().iter().all(|request| request.header("x-vault-namespace") == Some("team/")));
    assert_eq!(bao.count("GET", "/sys/namespaces"), 1, "one look for one run that writes");
    let policy = |namespace: &str| bao.call_in(namespace, "GET", "/sys/policies/acl/deploy", &Json::Null).0;
    assert_eq!((policy(TEAM), policy("")), (200, 404));
    fine(host.destroy().await);
    assert_eq!(policy(TEAM), 404);
    understood(&bao);
}

/// What the token asks about itself is asked where it is known.
#[tokio::test]
async fn the_token_of_a_login_in_a_namespace_of_the_fake_ends_with_the_process() {
    let bao = OpenBao::with_namespaces().await;
    assert_eq!(bao.call("POST", "/sys/namespaces/team", &json!({})).0, 200);
    let act = |method: &str, path: &str, body: Json| {
        let (status, answer) = bao.call_in(TEAM, method, path, &body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    };
    let rules = "path \"sys/*\" { capabilities = [\"create\", \"update\", \"read\", \"list\"] }";
    act("PUT", "/sys/policies/acl/all", json!({ "policy": rules }));
    act("POST", "/sys/auth/approle", json!({ "type": "approle" }));
    act("POST", "/auth/approle/role/r", json!({ "token_policies": "all" }));
    let role_id = act("GET", "/auth/approle/role/r/role-id", Json::Null)["data"]["role_id"].clone();
    let secret_id = act("POST", "/auth/approle/role/r/secret-id", json!({}))["data"]["secret_id"].clone();
    let text = |value: &Json| Value::from(value.as_str().expect("a text"));
    let login = object([("role_id", text(&role_id)), ("secret_id", text(&secret_id))]);
    let accessors = || act("LIST", "/auth/token/accessors", Json::Null)["data"]["keys"].as_array().map(Vec::len);
    let before =
        bao.call_in(TEAM, "LIST", "/auth/token/accessors", &Json::Null).1["data"]["keys"].as_array().map(Vec::len);
    let address = ("address", bao.url.as_str().into());
    let mut host = host_with(block([address, ("namespace", TEAM.into()), ("auth_login_approle", login)])).await;
    fine(host.apply(&document(POLICY)).await);
    assert_eq!(accessors(), Some(before.unwrap_or(0) + 1));
    host.provider().shut_down().await;
    let after =
        bao.call_in(TEAM, "LIST", "/auth/token/accessors", &Json::Null).1["data"]["keys"].as_array().map(Vec::len);
    assert_eq!(after, before);
    understood(&bao);
}
