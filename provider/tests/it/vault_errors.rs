//! What the user reads when Vault cannot be used: what was asked, what it said, and what to do.

use std::net::TcpListener;

use expect_test::expect;
use lab::{Fault, Vault};
use serde_json::json;
use tfplugin::value::Object;

use crate::estate::{document, failure, fine};
use crate::vault_estate::{MOUNT, POLICY, at, host_with, says, vault_says};

/// A secret whose engine is there or not.
const SECRET: &str = "resource \"substrate_vault_kv_secret_v2\" \"db\" {\n  mount = \"team/kv\"\n  name = \"db\"\n  \
                      data_json_wo = \"{\\\"a\\\":\\\"b\\\"}\"\n  data_json_wo_version = 1\n}\n";

/// A device that needs `sudo`.
const AUDIT: &str = "resource \"substrate_vault_audit\" \"file\" {\n  path = \"file\"\n  type = \"file\"\n  options = \
                     { file_path = \"discard\" }\n}\n";

#[tokio::test]
async fn sealed() {
    let vault = Vault::start().await;
    vault.seal();
    vault_says(&vault, POLICY, expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        GET http://vault:8200/v1/sys/policies/detailed/acl answered 503 Service Unavailable: Vault is sealed (tried 2 times)

        Vault is sealed: unseal it, or look at why its auto-unseal fails; then run again.
    "#]]).await;
    vault_says(
        &vault,
        MOUNT,
        expect![[r#"
        error: substrate_vault_mount.kv: cannot create `substrate_vault_mount`
        GET http://vault:8200/v1/sys/mounts answered 503 Service Unavailable: Vault is sealed (tried 2 times)

        Vault is sealed: unseal it, or look at why its auto-unseal fails; then run again.
    "#]],
    )
    .await;
    vault_says(
        &vault,
        SECRET,
        expect![[r#"
        error: substrate_vault_kv_secret_v2.db: cannot create `substrate_vault_kv_secret_v2`
        GET http://vault:8200/v1/team/kv/metadata/db answered 503 Service Unavailable: Vault is sealed (tried 2 times)

        Vault is sealed: unseal it, or look at why its auto-unseal fails; then run again.
    "#]],
    )
    .await;
}

#[tokio::test]
async fn sealed_between_the_look_and_the_write() {
    let vault = Vault::start().await;
    vault.fault(Fault::on("PUT", "/sys/policies/acl/*").always().status(503, r#"{"errors":["Vault is sealed"]}"#));
    vault_says(&vault, POLICY, expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        PUT http://vault:8200/v1/sys/policies/acl/deploy answered 503 Service Unavailable: Vault is sealed (tried 2 times)

        Vault is sealed: unseal it, or look at why its auto-unseal fails; then run again.
    "#]]).await;
}

/// A standby of Vault CE sends to the active node; those of Enterprise answer what `sys/health` documents.
#[tokio::test]
async fn standby() {
    let vault = Vault::start().await;
    let every = |status: u16, body: &str| Fault::on("*", "/**").always().status(status, body);
    let node = "https://10.0.0.2:8200/v1/sys/policies/acl/deploy";
    vault.fault(every(307, "").header("Location", node));
    vault_says(&vault, POLICY, expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        GET http://vault:8200/v1/sys/policies/detailed/acl answered 307 Temporary Redirect to https://10.0.0.2:8200/v1/sys/policies/acl/deploy: this node is a standby.

        Set `vault.address` or VAULT_ADDR to the active node, or to a load balancer that asks `sys/health` for it.
    "#]]).await;
    for (status, body, expected) in [
        (
            472,
            r#"{"errors":["path disabled in replication DR secondary mode"]}"#,
            expect![[r#"
                error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
                GET http://vault:8200/v1/sys/policies/detailed/acl answered 472: this cluster is a secondary for disaster recovery.

                Set `vault.address` or VAULT_ADDR to the primary cluster.
            "#]],
        ),
        (
            473,
            "",
            expect![[r#"
                error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
                GET http://vault:8200/v1/sys/policies/detailed/acl answered 473: this node is a standby.

                Set `vault.address` or VAULT_ADDR to the active node, or to a load balancer that asks `sys/health` for it.
            "#]],
        ),
        (
            503,
            r#"{"errors":["no active Vault instance found"]}"#,
            expect![[r#"
                error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
                GET http://vault:8200/v1/sys/policies/detailed/acl answered 503 Service Unavailable: no active Vault instance found (tried 2 times)

                The cluster has no active node: its nodes' logs say why. Run again when one of them is active.
            "#]],
        ),
        (
            503,
            r#"{"errors":["node is not active"]}"#,
            expect![[r#"
                error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
                GET http://vault:8200/v1/sys/policies/detailed/acl answered 503 Service Unavailable: node is not active (tried 2 times)

                The cluster has no active node: its nodes' logs say why. Run again when one of them is active.
            "#]],
        ),
    ] {
        vault.clear_faults();
        vault.fault(every(status, body));
        vault_says(&vault, POLICY, expected).await;
    }
}

#[tokio::test]
async fn a_redirect_of_somebody_else() {
    let vault = Vault::start().await;
    let moved = Fault::on("*", "/**").always().status(301, "<html>301</html>");
    let moved = moved.header("Content-Type", "text/html");
    vault.fault(moved.header("Location", "https://vault.example.com/v1/sys/policies/acl/deploy"));
    vault_says(&vault, POLICY, expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        GET http://vault:8200/v1/sys/policies/detailed/acl answered 301 Moved Permanently to https://vault.example.com/v1/sys/policies/acl/deploy.

        The transport follows no redirect: set `vault.address` or VAULT_ADDR to where the API really is.
    "#]]).await;
}

#[tokio::test]
async fn a_quota() {
    let vault = Vault::start().await;
    vault.act("POST", "/sys/mounts/team/kv", &json!({ "type": "kv", "options": { "version": "2" } }));
    vault.act("POST", "/sys/quotas/rate-limit/few", &json!({ "rate": 0.001, "path": "team/kv" }));
    vault_says(&vault, SECRET, expect![[r#"
        error: substrate_vault_kv_secret_v2.db: cannot create `substrate_vault_kv_secret_v2`
        POST http://vault:8200/v1/team/kv/data/db answered 429 Too Many Requests: request path "team/kv/data/db": rate limit quota exceeded (tried 2 times)

        The server limits how often it is asked: run again later, or with a smaller `-parallelism`.
    "#]]).await;
}

/// A token with a policy of these rules.
fn limited(vault: &Vault, rules: &str) -> Object {
    vault.act("PUT", "/sys/policies/acl/limited", &json!({ "policy": rules }));
    at(&vault.url, &vault.token(&["limited"], "1h"))
}

#[tokio::test]
async fn permission_denied() {
    let vault = Vault::start().await;
    vault.act("POST", "/sys/mounts/team/kv", &json!({ "type": "kv", "options": { "version": "2" } }));
    let nothing = "path \"none\" { capabilities = [\"read\"] }";
    let reads = "path \"*\" { capabilities = [\"read\", \"list\"] }";
    says(limited(&vault, nothing), POLICY, expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        GET http://vault:8200/v1/sys/policies/acl/deploy answered 403 Forbidden: permission denied.

        Give the token a policy with `read` on `sys/policies/acl/deploy`; `vault token capabilities sys/policies/acl/deploy` shows what it has.
    "#]]).await;
    says(limited(&vault, reads), POLICY, expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        PUT http://vault:8200/v1/sys/policies/acl/deploy answered 403 Forbidden: permission denied.

        Give the token a policy with `create` and `update` on `sys/policies/acl/deploy`; `vault token capabilities sys/policies/acl/deploy` shows what it has.
    "#]]).await;
    says(
        limited(&vault, nothing),
        MOUNT,
        expect![[r#"
        error: substrate_vault_mount.kv: cannot create `substrate_vault_mount`
        GET http://vault:8200/v1/sys/mounts answered 403 Forbidden: permission denied.

        Give the token a policy with `read` on `sys/mounts`; `vault token capabilities sys/mounts` shows what it has.
    "#]],
    )
    .await;
    says(limited(&vault, reads), &MOUNT.replace("team/kv", "other"), expect![[r#"
        error: substrate_vault_mount.kv: cannot create `substrate_vault_mount`
        POST http://vault:8200/v1/sys/mounts/other answered 403 Forbidden: permission denied.

        Give the token a policy with `create` and `update` on `sys/mounts/other`; `vault token capabilities sys/mounts/other` shows what it has.
    "#]]).await;
    says(limited(&vault, reads), SECRET, expect![[r#"
        error: substrate_vault_kv_secret_v2.db: cannot create `substrate_vault_kv_secret_v2`
        POST http://vault:8200/v1/team/kv/data/db answered 403 Forbidden: permission denied.

        Give the token a policy with `create` and `update` on `team/kv/data/db`; `vault token capabilities team/kv/data/db` shows what it has.
    "#]]).await;
    says(limited(&vault, reads), AUDIT, expect![[r#"
        error: substrate_vault_audit.file: cannot create `substrate_vault_audit`
        GET http://vault:8200/v1/sys/audit answered 403 Forbidden: permission denied.

        Give the token a policy with `read` and `sudo` on `sys/audit`; `vault token capabilities sys/audit` shows what it has.
    "#]]).await;
}

#[tokio::test]
async fn a_wrong_token() {
    let vault = Vault::start().await;
    says(
        at(&vault.url, "hvs.wrong"),
        POLICY,
        expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        GET http://vault:8200/v1/sys/policies/acl/deploy answered 403 Forbidden: permission denied; invalid token.

        Check `vault.token`, VAULT_TOKEN or the login in `vault`: the token is wrong, expired or revoked.
    "#]],
    )
    .await;
    let revoked = vault.token(&["default"], "1h");
    vault.act("POST", "/auth/token/revoke", &json!({ "token": revoked }));
    says(
        at(&vault.url, &revoked),
        MOUNT,
        expect![[r#"
        error: substrate_vault_mount.kv: cannot create `substrate_vault_mount`
        GET http://vault:8200/v1/sys/mounts answered 403 Forbidden: permission denied; invalid token.

        Check `vault.token`, VAULT_TOKEN or the login in `vault`: the token is wrong, expired or revoked.
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_missing_mount() {
    let vault = Vault::start().await;
    vault_says(&vault, SECRET, expect![[r#"
        error: substrate_vault_kv_secret_v2.db: cannot create `substrate_vault_kv_secret_v2`
        POST http://vault:8200/v1/team/kv/data/db answered 404 Not Found: no handler for route "team/kv/data/db". route entry not found.

        No engine is mounted there: create the mount first, or correct its path.
    "#]]).await;
    let role = "resource \"substrate_vault_approle_auth_backend_role\" \"deploy\" {\n  backend = \"nowhere\"\n  \
                role_name = \"deploy\"\n}\n";
    vault_says(&vault, role, expect![[r#"
        error: substrate_vault_approle_auth_backend_role.deploy: cannot create `substrate_vault_approle_auth_backend_role`
        POST http://vault:8200/v1/auth/nowhere/role/deploy answered 404 Not Found: no handler for route "auth/nowhere/role/deploy". route entry not found.

        No auth method is mounted there: create it first, or correct its path.
    "#]]).await;
}

/// Something else answers at the address: a page of a proxy, another API, Vault's own interface.
#[tokio::test]
async fn no_vault_at_all() {
    let vault = Vault::start().await;
    for (status, body, expected) in [
        (
            200,
            "<html><title>Sign in</title></html>",
            expect![[r#"
            error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
            GET http://vault:8200/v1/sys/policies/detailed/acl answered 200 OK with something that is not JSON: expected value at line 1 column 1, in: <html><title>Sign in</title></html>.

            Check that `vault.address` or VAULT_ADDR is the address of the API and not of a proxy or a login page.
        "#]],
        ),
        (
            200,
            "{\"status\":\"ok\"}",
            expect![[r#"
                error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
                GET http://vault:8200/v1/sys/policies/detailed/acl answered 200 with something that no Vault answers.

                Check that `vault.address` or VAULT_ADDR leads to a Vault.
            "#]],
        ),
        (
            404,
            "<html><title>Not found</title></html>",
            expect![[r#"
                error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
                GET http://vault:8200/v1/sys/policies/acl/deploy answered 404 Not Found.

                This is not how the API answers: check whether `vault.address` or VAULT_ADDR leads to a proxy or to a wrong path.
            "#]],
        ),
        (
            404,
            "404 page not found\n",
            expect![[r#"
                error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
                GET http://vault:8200/v1/sys/policies/acl/deploy answered 404 Not Found.

                This is not how the API answers: check whether `vault.address` or VAULT_ADDR leads to a proxy or to a wrong path.
            "#]],
        ),
        (
            404,
            "{\"error\":\"404 Not Found\"}",
            expect![[r#"
                error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
                GET http://vault:8200/v1/sys/policies/acl/deploy answered 404 Not Found.

                This is not how the API answers: check whether `vault.address` or VAULT_ADDR leads to a proxy or to a wrong path.
            "#]],
        ),
        (
            502,
            "<html><title>Bad gateway</title></html>",
            expect![[r#"
                error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
                GET http://vault:8200/v1/sys/policies/detailed/acl answered 502 Bad Gateway (tried 2 times)

                The server failed, not the configuration: its log says why. Run again when it works.
            "#]],
        ),
    ] {
        vault.clear_faults();
        let page = if body.starts_with('<') { "text/html" } else { "application/json" };
        vault.fault(Fault::on("GET", "/**").always().status(status, body).header("Content-Type", page));
        vault_says(&vault, POLICY, expected).await;
    }
}

#[tokio::test]
async fn unreachable() {
    // A port that was free a moment ago and that nobody listens on.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    says(
        at(&format!("https://{port}"), "hvs.x"),
        POLICY,
        expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        GET https://vault:8200/v1/sys/policies/detailed/acl got no connection: (the system's words) (tried 2 times)

        Check `vault.address` or VAULT_ADDR, and that the server runs.
    "#]],
    )
    .await;
    says(
        at("https://vault.invalid:8200", "hvs.x"),
        POLICY,
        expect![[r#"
        error: substrate_vault_policy.deploy: cannot create `substrate_vault_policy`
        GET https://vault:8200/v1/sys/policies/detailed/acl cannot find the host: (the system's words) (tried 2 times)

        Check the host name in `vault.address` or VAULT_ADDR, and the DNS.
    "#]],
    )
    .await;
}

/// A failed read must never look like a deletion, or the next apply makes a second object.
#[tokio::test]
async fn a_read_that_fails_keeps_the_state() {
    let vault = Vault::start().await;
    vault.act("POST", "/sys/mounts/kv", &json!({ "type": "kv", "options": { "version": "2" } }));
    let mut host = host_with(at(&vault.url, &vault.root_token)).await;
    fine(host.apply(&document(&format!("{POLICY}{MOUNT}{}", SECRET.replace("team/kv", "kv")))).await);
    let every = || Fault::on("GET", "/**").always();
    for fault in [
        every().status(404, "<html><title>Not found</title></html>"),
        every().status(404, "404 page not found\n"),
        every().status(404, r#"{"error":"404 Not Found"}"#),
        every().status(404, r#"{"errors":["namespace not found"]}"#),
        every().status(410, "gone"),
        every().status(404, "").header("Content-Type", "application/json"),
        every().status(200, "{}"),
        every().status(200, "<html><title>Sign in</title></html>"),
        every().status(403, r#"{"errors":["permission denied"]}"#),
        every().status(500, r#"{"errors":["internal error"]}"#),
        every().status(503, r#"{"errors":["Vault is sealed"]}"#),
        every().status(473, ""),
        every().malformed(),
        every().cut(),
    ] {
        vault.fault(fault.clone());
        let said = failure(host.refresh().await);
        assert_eq!(said.matches("error: ").count(), 3, "{fault:?}: {said}");
        assert_eq!(host.addresses().len(), 3, "{fault:?}: {said}");
        vault.clear_faults();
    }
    fine(host.destroy().await);
}
