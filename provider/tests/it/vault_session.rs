//! As whom the provider talks to Vault: logins, what they leave behind, and given tokens, against the real Vault.

use std::collections::BTreeSet;
use std::time::Duration;

use expect_test::{Expect, expect};
use lab::{Fault, Issuer, Vault};
use serde_json::{Value as Json, json};
use tfplugin::harness::Host;
use tfplugin::value::{Object, Value};

use crate::estate::{document, failure, fine, object, understood};
use crate::vault_estate::{POLICY, block, host_with};

/// What the roles may do here.
const RULES: &str = "path \"sys/policies/*\" {\n  capabilities = [\"create\", \"read\", \"update\", \"delete\"]\n}\n";

/// A Vault with a policy for the logins.
async fn start() -> Vault {
    let vault = Vault::start().await;
    vault.act("PUT", "/sys/policies/acl/terraform", &json!({ "policy": RULES }));
    vault
}

/// An AppRole with more settings, and the login with it; the secret id is empty where the role binds none.
fn approle(vault: &Vault, more: &Json) -> Value {
    vault.act("POST", "/sys/auth/approle", &json!({ "type": "approle" }));
    let mut role = json!({ "token_policies": ["terraform"], "token_ttl": "1h" });
    for (name, value) in more.as_object().into_iter().flatten() {
        role[name] = value.clone();
    }
    vault.act("POST", "/auth/approle/role/terraform", &role);
    let secret_id = vault.call("POST", "/auth/approle/role/terraform/secret-id", &Json::Null).1;
    let text = |answer: &Json, name: &str| Value::from(answer["data"][name].as_str().unwrap_or_default());
    let role_id = vault.act("GET", "/auth/approle/role/terraform/role-id", &Json::Null);
    object([("role_id", text(&role_id, "role_id")), ("secret_id", text(&secret_id, "secret_id"))])
}

/// A role for the jobs of `infra/network`.
fn jwt(vault: &Vault, issuer: &Issuer) {
    vault.act("POST", "/sys/auth/jwt", &json!({ "type": "jwt" }));
    vault.act("POST", "/auth/jwt/config", &json!({ "oidc_discovery_url": issuer.url, "bound_issuer": issuer.url }));
    let role = json!({
        "role_type": "jwt", "user_claim": "sub", "bound_audiences": [issuer.url], "token_policies": ["terraform"],
        "bound_claims": { "project_path": "infra/network" },
    });
    vault.act("POST", "/auth/jwt/role/ci", &role);
}

fn with_approle(vault: &Vault, login: Value) -> Object {
    block([("address", vault.url.as_str().into()), ("auth_login_approle", login)])
}

fn with_jwt(vault: &Vault, token: &str) -> Object {
    let login = object([("role", "ci".into()), ("jwt", token.into())]);
    block([("address", vault.url.as_str().into()), ("auth_login_jwt", login)])
}

/// Tokens that live now and did not before.
fn born(vault: &Vault, before: &BTreeSet<String>) -> usize {
    let now = vault.accessors();
    assert!(now.is_superset(before), "a token that was there is gone");
    now.len() - before.len()
}

/// The tokens that requests were made with, in order and once each.
fn tokens(vault: &Vault) -> BTreeSet<String> {
    let requests = vault.requests();
    requests.iter().filter_map(|request| request.header("x-vault-token")).map(str::to_owned).collect()
}

/// A plan and an apply log in once each, as processes do, and leave no token behind.
async fn comes_and_goes(vault: &Vault, config: Object, login: &str) {
    let mut host = host_with(config).await;
    let before = vault.accessors();
    let text = document(&format!("{POLICY}data \"substrate_vault_policy\" \"default\" {{\n  name = \"default\"\n}}\n"));
    fine(host.plan(&text).await);
    assert_eq!((vault.count("POST", login), born(vault, &before)), (1, 1), "the plan");
    host.provider().shut_down().await;
    assert_eq!(born(vault, &before), 0, "after the plan");

    fine(host.apply(&text).await);
    assert_eq!((vault.count("POST", login), born(vault, &before)), (3, 1), "a plan and an apply");
    host.provider().shut_down().await;
    assert_eq!(born(vault, &before), 0, "after the apply");
    assert_eq!(vault.count("POST", "/auth/token/revoke-self"), 3);
    assert_eq!(vault.count("*", "/auth/token/create/**") + vault.count("*", "/auth/token/create"), 0, "a child token");
    fine(host.destroy().await);
    host.provider().shut_down().await;
    assert_eq!(vault.accessors(), before);
    understood(vault);
}

#[tokio::test]
async fn the_token_of_an_approle_login_ends_with_the_process() {
    let vault = start().await;
    let login = approle(&vault, &json!({}));
    comes_and_goes(&vault, with_approle(&vault, login), "/auth/approle/login").await;
}

#[tokio::test]
async fn the_token_of_a_job_ends_with_the_process() {
    let (vault, issuer) = (start().await, Issuer::start());
    jwt(&vault, &issuer);
    let token = issuer.job("infra/network").token();
    comes_and_goes(&vault, with_jwt(&vault, &token), "/auth/jwt/login").await;
}

#[tokio::test]
async fn a_role_that_binds_no_secret_id_needs_none() {
    let vault = start().await;
    let login = approle(&vault, &json!({ "bind_secret_id": false, "token_bound_cidrs": ["127.0.0.1"] }));
    let role_id = login.as_map().expect("an object")["role_id"].clone();
    comes_and_goes(&vault, with_approle(&vault, object([("role_id", role_id)])), "/auth/approle/login").await;
}

/// Vault keeps no accessor of a batch token and cannot revoke one: it is used, and expires.
#[tokio::test]
async fn a_batch_token_is_used_without_a_renewal() {
    let vault = start().await;
    let login = approle(&vault, &json!({ "token_type": "batch" }));
    let before = vault.accessors();
    let mut host = host_with(with_approle(&vault, login)).await;
    fine(host.apply(&document(POLICY)).await);
    host.provider().shut_down().await;
    assert!(tokens(&vault).iter().all(|token| token.starts_with("hvb.")));
    assert_eq!((vault.accessors(), vault.count("POST", "/auth/token/renew-self")), (before, 0));
}

/// Whoever sets both has a token in the shell and a login in the configuration.
#[tokio::test]
async fn a_login_goes_before_a_token() {
    let vault = start().await;
    let login = approle(&vault, &json!({}));
    let config = [("address", vault.url.as_str().into()), ("token", "hvs.stale".into()), ("auth_login_approle", login)];
    let mut host = host_with(block(config)).await;
    fine(host.apply(&document(POLICY)).await);
    assert!(!tokens(&vault).contains("hvs.stale"));
}

#[tokio::test]
async fn a_given_token_is_used_as_it_is_and_lives_on() {
    let vault = start().await;
    let token = vault.token(&["terraform"], "1h");
    let before = vault.accessors();
    let config = block([("address", vault.url.as_str().into()), ("token", format!(" {token}\n").into())]);
    let mut host = host_with(config).await;
    fine(host.plan(&document(POLICY)).await);
    fine(host.apply(&document(POLICY)).await);
    fine(host.destroy().await);
    host.provider().shut_down().await;
    assert_eq!(vault.accessors(), before);
    assert_eq!(tokens(&vault), BTreeSet::from([token]));
    let about_tokens: Vec<String> =
        vault.requests().iter().filter(|request| request.is("*", "/auth/**")).map(ToString::to_string).collect();
    assert_eq!(about_tokens, [""; 0]);
    understood(&vault);
}

/// Half of 2 s is over when the second write begins, and all of it when the third does.
#[tokio::test]
async fn a_token_is_renewed_when_half_of_its_time_is_over() {
    let vault = start().await;
    let login = approle(&vault, &json!({ "token_ttl": "2s", "token_max_ttl": "1h" }));
    let mut host = host_with(with_approle(&vault, login)).await;
    let slow = Fault::on("PUT", "/sys/policies/acl/*").always().delay(Duration::from_millis(1_200));
    vault.fault(slow);
    fine(host.apply(&document(&chain())).await);
    let renewals = vault.count("POST", "/auth/token/renew-self");
    assert!((2..=4).contains(&renewals), "{renewals} renewals");
    assert_eq!(vault.count("PUT", "/sys/policies/acl/*"), 3);
    host.provider().shut_down().await;
    understood(&vault);
}

/// Three policies, each written after the one before.
fn chain() -> String {
    let policy = |name: &str, after: &str| {
        format!(
            "resource \"substrate_vault_policy\" \"{name}\" {{\n  name = \"{name}\"\n  policy = \"path \\\"{after}\\\" {{ \
             capabilities = [\\\"read\\\"] }}\"\n}}\n"
        )
    };
    let [one, two] = ["one", "two"].map(|name| format!("${{substrate_vault_policy.{name}.name}}"));
    [policy("one", "start"), policy("two", &one), policy("three", &two)].concat()
}

/// Half of 6 s is over when the third write begins, and half of the rest when it ends.
#[tokio::test]
async fn a_renewal_that_fails_is_tried_again_when_half_of_the_rest_is_over() {
    let vault = start().await;
    let login = approle(&vault, &json!({ "token_ttl": "6s", "token_max_ttl": "1h" }));
    let mut config = with_approle(&vault, login);
    if let Some(Value::Map(members)) = config.get_mut("vault") {
        members.insert("max_retries".to_owned(), 0_u64.into());
    }
    let mut host = host_with(config).await;
    vault.fault(Fault::on("PUT", "/sys/policies/acl/*").always().delay(Duration::from_millis(1_600)));
    vault.fault(Fault::on("POST", "/auth/token/renew-self").status(500, r#"{"errors":["internal error"]}"#));
    fine(host.apply(&document(&chain())).await);
    assert_eq!(vault.count("POST", "/auth/token/renew-self"), 2);
    host.provider().shut_down().await;
    understood(&vault);
}

/// What a renewal says does not fail the run: the token may be good for the rest of it.
#[tokio::test]
async fn a_renewal_that_is_refused_is_not_repeated() {
    for status in [400, 403] {
        let vault = start().await;
        let login = approle(&vault, &json!({ "token_ttl": "2s" }));
        let mut host = host_with(with_approle(&vault, login)).await;
        vault.fault(Fault::on("PUT", "/sys/policies/acl/*").delay(Duration::from_millis(1_100)));
        let refused = Fault::on("POST", "/auth/token/renew-self").always();
        vault.fault(refused.status(status, r#"{"errors":["not now"]}"#));
        fine(host.apply(&document(POLICY)).await);
        assert_eq!(vault.count("POST", "/auth/token/renew-self"), 1, "{status}");
    }
}

/// Many resources wait for one login, and what it says is told of each.
async fn fails(vault: &Vault, config: Object, logins: usize, expected: Expect) {
    let ten: String = (0..10).map(|index| POLICY.replace("\"deploy\"", &format!("\"deploy-{index}\""))).collect();
    let mut host = host_with(config).await;
    vault.clear_log();
    let said = failure(host.apply(&document(&ten)).await);
    let (first, rest) = said.split_once("error: substrate_vault_policy.deploy-1:").expect("each resource says it");
    assert_eq!(rest.matches("error: ").count(), 8, "{said}");
    let first = first.replace(vault.url.as_str(), "http://vault:8200");
    assert!(!first.contains("eyJ"), "the job's token is in:\n{first}");
    expected.assert_eq(&first);
    host.provider().shut_down().await;
    let asked: BTreeSet<String> = vault.requests().iter().map(|request| request.path.clone()).collect();
    assert!(asked.iter().all(|path| path.ends_with("/login")), "{asked:?}");
    assert_eq!(vault.requests().len(), logins);
}

#[tokio::test]
async fn a_login_that_fails_is_tried_once_and_named() {
    let (vault, issuer) = (start().await, Issuer::start());
    let login = approle(&vault, &json!({}));
    jwt(&vault, &issuer);
    let role_id = login.as_map().expect("an object")["role_id"].clone();
    let wrong = object([("role_id", role_id.clone()), ("secret_id", "wrong-secret-id".into())]);
    fails(&vault, with_approle(&vault, wrong), 1, expect![[r#"
        error: substrate_vault_policy.deploy-0: cannot create `substrate_vault_policy`
        Cannot log in at `approle`: POST http://vault:8200/v1/auth/approle/login answered 400 Bad Request: invalid role or secret ID.

        The server does not take this login: check the role and its secret id, or the claims that the role demands of a token.
    "#]]).await;
    let elsewhere = object([("mount", "apps".into()), ("role_id", role_id), ("secret_id", "wrong-secret-id".into())]);
    fails(
        &vault,
        with_approle(&vault, elsewhere),
        1,
        expect![[r#"
        error: substrate_vault_policy.deploy-0: cannot create `substrate_vault_policy`
        Cannot log in at `apps`: POST http://vault:8200/v1/auth/apps/login answered 403 Forbidden: permission denied.

        Check the `mount` of the login in `vault`: no auth method takes logins there.
    "#]],
    )
    .await;
    let audience = issuer.job("infra/network").audience("https://other.example.com").token();
    fails(&vault, with_jwt(&vault, &audience), 1, expect![[r#"
        error: substrate_vault_policy.deploy-0: cannot create `substrate_vault_policy`
        Cannot log in at `jwt`: POST http://vault:8200/v1/auth/jwt/login answered 400 Bad Request: error validating token: invalid audience (aud) claim: audience claim does not match any expected audience.

        The server does not take this login: check the role and its secret id, or the claims that the role demands of a token.
    "#]]).await;
    fails(&vault, with_jwt(&vault, &issuer.job("infra/other").token()), 1, expect![[r#"
        error: substrate_vault_policy.deploy-0: cannot create `substrate_vault_policy`
        Cannot log in at `jwt`: POST http://vault:8200/v1/auth/jwt/login answered 400 Bad Request: error validating claims: claim "project_path" does not match any associated bound claim values.

        The server does not take this login: check the role and its secret id, or the claims that the role demands of a token.
    "#]]).await;
    vault.fault(Fault::on("POST", "/auth/approle/login").status(503, "no healthy upstream"));
    fails(&vault, with_approle(&vault, login.clone()), 1, expect![[r#"
        error: substrate_vault_policy.deploy-0: cannot create `substrate_vault_policy`
        Cannot log in at `approle`: POST http://vault:8200/v1/auth/approle/login answered 503 Service Unavailable; the request to log in may have been executed all the same.

        Run again: a token that nobody has got expires by itself.
    "#]]).await;
    // A sealed Vault counts no logins, and may be unsealed soon.
    vault.seal();
    fails(&vault, with_approle(&vault, login), 5, expect![[r#"
        error: substrate_vault_policy.deploy-0: cannot create `substrate_vault_policy`
        Cannot log in at `approle`: POST http://vault:8200/v1/auth/approle/login answered 503 Service Unavailable: Vault is sealed (tried 5 times)

        Vault is sealed: unseal it, or look at why its auto-unseal fails; then run again.
    "#]]).await;
}

#[tokio::test]
async fn a_login_that_cannot_be_meant_is_not_sent() {
    let vault = start().await;
    let login = approle(&vault, &json!({}));
    let address = || ("address", vault.url.as_str().into());
    let job = object([("role", "ci".into())]);
    fails(
        &vault,
        block([address(), ("auth_login_jwt", job.clone())]),
        0,
        expect![[r#"
        error: substrate_vault_policy.deploy-0: cannot create `substrate_vault_policy`
        There is no token to log in with.

        Set `vault.auth_login_jwt.jwt` or VAULT_ID_TOKEN; in GitLab CI, `id_tokens` of the job puts it there.
    "#]],
    )
    .await;
    let both = block([address(), ("auth_login_approle", login), ("auth_login_jwt", job)]);
    fails(
        &vault,
        both,
        0,
        expect![[r#"
        error: substrate_vault_policy.deploy-0: cannot create `substrate_vault_policy`
        `vault.auth_login_approle` and `vault.auth_login_jwt` exclude each other.

        Keep one of them.
    "#]],
    )
    .await;
}

/// It is tried again while the process lasts, which is a second more: the process has that limit, and not the session.
#[tokio::test]
async fn a_revocation_that_fails_is_no_failure() {
    for fault in [
        Fault::on("POST", "/auth/token/revoke-self").always().status(503, r#"{"errors":["Vault is sealed"]}"#),
        Fault::on("POST", "/auth/token/revoke-self").always().reset_before(),
    ] {
        let vault = start().await;
        let login = approle(&vault, &json!({}));
        let mut host: Host = host_with(with_approle(&vault, login)).await;
        vault.fault(fault);
        fine(host.apply(&document(POLICY)).await);
        tokio::time::timeout(Duration::from_secs(10), host.provider().shut_down()).await.expect("it ends");
    }
}
