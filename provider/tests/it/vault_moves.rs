//! States of the other Vault provider: they move here, and the first plan changes nothing.

use lab::Vault;
use serde_json::{Value as Json, json};
use tfplugin::harness::Report;

use crate::estate::{document, fine, host, understood};

const TEXT: &str = r#"
resource "substrate_vault_mount" "kv" {
  path        = "team/kv"
  type        = "kv"
  description = "Secrets of the team"
  options     = { version = "2" }
}
resource "substrate_vault_policy" "deploy" {
  name   = "deploy"
  policy = "path \"team/kv/data/deploy\" { capabilities = [\"read\"] }"
}
resource "substrate_vault_audit" "console" {
  path        = "console"
  type        = "file"
  description = "For the drill"
  options     = { file_path = "discard" }
}
resource "substrate_vault_approle_auth_backend_role" "deploy" {
  role_name      = "deploy"
  token_policies = ["deploy"]
  token_ttl      = 600
  secret_id_ttl  = 60
}
resource "substrate_vault_kv_secret_v2" "db" {
  mount                = "team/kv"
  name                 = "app/db"
  data_json_wo         = jsonencode({ password = "known-to-vault-alone" })
  data_json_wo_version = 1
  custom_metadata      = { max_versions = 5, data = { team = "platform" } }
}
"#;

/// What the other provider made.
fn furnish(vault: &Vault) {
    for (method, path, body) in [
        (
            "POST",
            "/sys/mounts/team/kv",
            json!({ "type": "kv", "description": "Secrets of the team", "options": { "version": "2" } }),
        ),
        (
            "PUT",
            "/sys/policies/acl/deploy",
            json!({ "policy": "path \"team/kv/data/deploy\" {\n  capabilities = [\"read\"]\n}\n" }),
        ),
        (
            "PUT",
            "/sys/audit/console",
            json!({ "type": "file", "description": "For the drill", "options": { "file_path": "discard" } }),
        ),
        ("POST", "/sys/auth/approle", json!({ "type": "approle" })),
        (
            "POST",
            "/auth/approle/role/deploy",
            json!({ "token_policies": "deploy", "token_ttl": 600, "secret_id_ttl": 60 }),
        ),
        ("POST", "/team/kv/data/app/db", json!({ "data": { "password": "known-to-vault-alone" } })),
        ("POST", "/team/kv/metadata/app/db", json!({ "max_versions": 5, "custom_metadata": { "team": "platform" } })),
    ] {
        vault.act(method, path, &body);
    }
}

/// The states as the other provider keeps them.
fn states(vault: &Vault) -> [(&'static str, &'static str, Json); 5] {
    let mount = json!({
        "id": "team/kv", "path": "team/kv", "type": "kv", "description": "Secrets of the team",
        "options": { "version": "2" }, "accessor": vault.act("GET", "/sys/mounts", &Json::Null)["data"]["team/kv/"]["accessor"],
        "default_lease_ttl_seconds": 0, "max_lease_ttl_seconds": 0, "listing_visibility": "", "plugin_version": null,
        "audit_non_hmac_request_keys": [], "audit_non_hmac_response_keys": [], "passthrough_request_headers": null,
        "allowed_response_headers": null, "delegated_auth_accessors": null, "allowed_managed_keys": null,
        "identity_token_key": "", "force_no_cache": false, "local": false, "seal_wrap": false,
        "external_entropy_access": false, "namespace": null,
    });
    let policy = json!({
        "id": "deploy", "name": "deploy", "namespace": null,
        "policy": "path \"team/kv/data/deploy\" {\n  capabilities = [\"read\"]\n}\n",
    });
    let audit = json!({
        "id": "console", "path": "console", "type": "file", "description": "For the drill", "local": false,
        "options": { "file_path": "discard" }, "namespace": null,
    });
    let role = json!({
        "id": "auth/approle/role/deploy", "backend": "approle", "role_name": "deploy",
        "role_id": vault.act("GET", "/auth/approle/role/deploy/role-id", &Json::Null)["data"]["role_id"],
        "bind_secret_id": true, "secret_id_bound_cidrs": null, "secret_id_num_uses": 0, "secret_id_ttl": 60,
        "local_secret_ids": false, "token_policies": ["deploy"], "token_ttl": 600, "token_max_ttl": 0,
        "token_period": 0, "token_explicit_max_ttl": 0, "token_no_default_policy": false, "token_num_uses": 0,
        "token_bound_cidrs": null, "token_type": "default", "alias_metadata": null, "namespace": null,
    });
    let secret = json!({
        "id": "team/kv/data/app/db", "mount": "team/kv", "name": "app/db", "path": "team/kv/data/app/db",
        "data": { "password": "known-to-vault-alone" }, "data_json": null, "data_json_wo": null,
        "data_json_wo_version": 1, "metadata": { "version": "1" }, "options": null, "cas": null,
        "delete_all_versions": false, "disable_read": false, "namespace": null,
        "custom_metadata": [{
            "max_versions": 5, "cas_required": false, "delete_version_after": 0, "data": { "team": "platform" },
        }],
    });
    [
        ("substrate_vault_mount.kv", "vault_mount", mount),
        ("substrate_vault_policy.deploy", "vault_policy", policy),
        ("substrate_vault_audit.console", "vault_audit", audit),
        ("substrate_vault_approle_auth_backend_role.deploy", "vault_approle_auth_backend_role", role),
        ("substrate_vault_kv_secret_v2.db", "vault_kv_secret_v2", secret),
    ]
}

#[tokio::test]
async fn what_the_other_provider_made_moves_here_with_an_empty_plan() {
    let vault = Vault::start().await;
    furnish(&vault);
    let mut host = host(&vault).await;
    for (address, source, state) in states(&vault) {
        fine(host.move_from(address, source, 0, &state.to_string()).await);
        let moved = format!("{:?}", host.instance(address).expect("it moved").state);
        assert!(!moved.contains("known-to-vault-alone"), "{moved}");
    }
    fine(host.refresh().await);
    host.plan(&document(TEXT)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
    fine(host.apply(&document(TEXT)).await);
    assert!(vault.requests().iter().all(|request| request.method == "GET"), "{:?}", vault.requests());
    understood(&vault);
}
