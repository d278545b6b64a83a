//! Tokens that live as long as a run, against the real Vault: each that was opened is gone when it is closed, or can be
//! no more than left to expire.

use std::time::Duration;

use lab::{OpenBao, Vault};
use serde_json::{Value as Json, json};
use tfplugin::harness::{Host, Opened};
use tfplugin::operation::sleep;
use tfplugin::value::{Object, Value};

use crate::estate::{host, understood};
use crate::vault_estate::{at, host_with};

const TOKEN: &str = "substrate_vault_token";

/// Opens a token with these arguments.
async fn open<const N: usize>(host: &Host, arguments: [(&str, Value); N]) -> Opened {
    let arguments = Object::from(arguments.map(|(name, value)| (name.to_owned(), value)));
    host.open(TOKEN, arguments).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Closes it without an error.
async fn close(host: &Host, opened: Opened) {
    host.close(opened).await.unwrap_or_else(|error| panic!("{error}"));
}

/// What Vault answers a token that asks about itself.
fn status(vault: &Vault, opened: &Opened) -> u16 {
    let token = opened.value["client_token"].as_str().expect("a token is a text");
    vault.call_as(token, "GET", "/auth/token/lookup-self", &Json::Null).0
}

fn policies(name: &str) -> Value {
    Value::List(vec![name.into()])
}

/// It may not ask anything about itself.
#[tokio::test]
async fn a_token_without_the_policy_default_is_renewed_and_revoked() {
    let vault = Vault::start().await;
    vault.act("PUT", "/sys/policies/acl/few", &json!({ "policy": "path \"kv/*\" { capabilities = [\"read\"] }" }));
    let host = host(&vault).await;
    let before = vault.accessors();
    let arguments = [("policies", policies("few")), ("no_default_policy", true.into()), ("ttl", "20m".into())];
    let mut opened = open(&host, arguments).await;
    assert_eq!((status(&vault, &opened), vault.accessors().len()), (403, before.len() + 1));
    host.renew(&mut opened).await.unwrap_or_else(|error| panic!("{error}"));
    assert!(opened.renews);
    close(&host, opened).await;
    assert_eq!(vault.accessors(), before);
    understood(&vault);
}

#[tokio::test]
async fn a_token_that_nobody_may_revoke_is_told_with_the_policy_that_is_missing() {
    let vault = Vault::start().await;
    let rules = "path \"auth/token/create\" { capabilities = [\"update\", \"sudo\"] }";
    vault.act("PUT", "/sys/policies/acl/opener", &json!({ "policy": rules }));
    let host = host_with(at(&vault.url, &vault.token(&["opener"], "1h"))).await;
    let opened = open(&host, [("policies", policies("opener")), ("no_default_policy", true.into())]).await;
    let said = host.close(opened).await.expect_err("it lives on").to_string();
    assert!(said.contains("`create` and `update` on `auth/token/revoke-accessor`"), "{said}");
}

#[tokio::test]
async fn a_token_that_is_used_up_or_over_is_closed() {
    let vault = Vault::start().await;
    let host = host(&vault).await;
    let before = vault.accessors();
    let once = open(&host, [("num_uses", 1_u64.into())]).await;
    assert_eq!(status(&vault, &once), 200);
    let mut short = open(&host, [("explicit_max_ttl", "1s".into())]).await;
    sleep(Duration::from_millis(1_500)).await.expect("nobody interrupts");
    assert_eq!((status(&vault, &once), status(&vault, &short)), (403, 403));
    host.renew(&mut short).await.unwrap_or_else(|error| panic!("{error}"));
    assert!(!short.renews, "there is nothing to renew");
    close(&host, once).await;
    close(&host, short).await;
    assert_eq!(vault.accessors(), before);
    understood(&vault);
}

/// OpenBao does not tell a token that is gone from one that may not ask.
#[tokio::test]
async fn a_token_of_openbao_that_somebody_revoked_is_closed() {
    let bao = OpenBao::start().await;
    let host = host(&bao).await;
    let opened = open(&host, [("ttl", "20m".into())]).await;
    let accessor = opened.value["accessor"].as_str().expect("an accessor is a text");
    let (status, _) = bao.call("POST", "/auth/token/revoke-accessor", &json!({ "accessor": accessor }));
    assert_eq!(status, 204);
    close(&host, opened).await;
    understood(&bao);
}

/// The uses that are left are spent on the revocation.
#[tokio::test]
async fn a_token_with_uses_left_is_revoked() {
    let vault = Vault::start().await;
    let host = host(&vault).await;
    let before = vault.accessors();
    let opened = open(&host, [("num_uses", 2_u64.into())]).await;
    assert_eq!(status(&vault, &opened), 200);
    close(&host, opened).await;
    assert_eq!(vault.accessors(), before);
}

#[tokio::test]
async fn a_batch_token_is_left_to_expire() {
    let vault = Vault::start().await;
    vault.act("POST", "/auth/token/roles/jobs", &json!({ "token_type": "batch", "orphan": true, "renewable": false }));
    let host = host(&vault).await;
    let opened =
        open(&host, [("role_name", "jobs".into()), ("policies", policies("default")), ("ttl", "5m".into())]).await;
    assert!(!opened.renews && opened.value["accessor"].as_str() == Some(""), "{:?}", opened.value.keys());
    assert_eq!(status(&vault, &opened), 200);
    close(&host, opened).await;
    assert_eq!(vault.count("POST", "/auth/token/revoke-*"), 0);
    understood(&vault);
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_is_not() {
    let vault = Vault::start().await;
    vault.act("POST", "/auth/token/roles/fixed", &json!({ "renewable": false }));
    let host = host(&vault).await;
    let before = vault.accessors();
    let fixed = open(&host, [("role_name", "fixed".into()), ("ttl", "5m".into())]).await;
    let plain = open(&host, [("ttl", "5m".into())]).await;
    assert_eq!((fixed.renews, plain.renews), (false, true));
    close(&host, fixed).await;
    close(&host, plain).await;
    assert_eq!(vault.accessors(), before);
}
