//! A configuration with a secret on each way through the provider: write-only, ephemeral, generated and delivered.

use crate::estate::PROJECT;
use crate::logins::ephemeral;
use acceptance_tests::leaks::Secrets;
use acceptance_tests::tool::tools;
use acceptance_tests::workdir::{REQUIRED_PROVIDERS, Workdir};
use serde_json::Value;
use std::collections::BTreeSet;

/// Secrets of the user's by the variable that holds them. Each encoder writes the first in a way of its own.
pub const GIVEN: [(&str, &str); 4] = [
    ("database", "our \"horse\" & <battery>/staple+1"),
    ("registry", "registry-horse-battery-staple"),
    ("origin", "origin-horse-battery-staple"),
    ("client", "client-horse-battery-staple"),
];

/// What [`GIVEN`] holds, for a search.
pub fn given() -> Secrets {
    GIVEN.iter().fold(Secrets::new(), |secrets, (name, secret)| secrets.with(&format!("variable {name}"), secret))
}

/// The same for a directory, which knows the issuer of ID tokens too.
pub fn giving(workdir: Workdir, issuer: &str) -> Workdir {
    let workdir = workdir.env("TF_VAR_issuer", issuer);
    GIVEN.iter().fold(workdir, |workdir, (name, secret)| workdir.env(&format!("TF_VAR_{name}"), secret))
}

/// Every way.
pub fn everything() -> String {
    format!("{}{EPHEMERAL}{DELIVERED}", written())
}

/// What write-only attributes write.
pub fn written() -> String {
    let variables: String = GIVEN.iter().map(|(name, _)| ephemeral(name)).collect();
    format!("{variables}variable \"issuer\" {{\n  type = string\n}}\n{PROJECT}{WRITE_ONLY}")
}

const WRITE_ONLY: &str = r#"
resource "substrate_vault_mount" "kv" {
  path = "kv"
  type = "kv"

  options = {
    version = "2"
  }
}

resource "substrate_vault_kv_secret_v2" "database" {
  mount                = substrate_vault_mount.kv.path
  name                 = "app/database"
  data_json_wo         = jsonencode({ password = var.database })
  data_json_wo_version = 1
}

resource "substrate_gitlab_group_variable" "registry" {
  group            = substrate_gitlab_group.parent.id
  key              = "REGISTRY"
  masked           = true
  value_wo         = var.registry
  value_wo_version = 1
}

data "substrate_vault_kv_subkeys_v2" "database" {
  mount   = substrate_vault_kv_secret_v2.database.mount
  name    = substrate_vault_kv_secret_v2.database.name
  version = substrate_vault_kv_secret_v2.database.version
}

resource "substrate_gitlab_project" "imported" {
  name                  = "imported"
  namespace_id          = substrate_gitlab_group.parent.id
  import_url_wo         = "https://bot:${var.origin}@git.example.com/web.git"
  import_url_wo_version = 1
}

resource "substrate_vault_jwt_auth_backend" "people" {
  path                          = "people"
  type                          = "oidc"
  oidc_discovery_url            = var.issuer
  oidc_client_id                = "vault"
  oidc_client_secret_wo         = var.client
  oidc_client_secret_wo_version = 1
}
"#;

/// What is open during a run alone.
pub const EPHEMERAL: &str = r#"
ephemeral "substrate_vault_kv_secret_v2" "database" {
  mount   = substrate_vault_kv_secret_v2.database.mount
  name    = substrate_vault_kv_secret_v2.database.name
  version = substrate_vault_kv_secret_v2.database.version
}

resource "substrate_gitlab_project_variable" "database" {
  project          = substrate_gitlab_project.parent.id
  key              = "DATABASE"
  value_wo         = ephemeral.substrate_vault_kv_secret_v2.database.data["password"]
  value_wo_version = substrate_vault_kv_secret_v2.database.version
}

ephemeral "substrate_vault_token" "run" {
  policies = ["default"]
  ttl      = "20m"
}

ephemeral "substrate_vault_approle_auth_backend_role_secret_id" "run" {
  role_name = "terraform"
}

resource "substrate_vault_kv_secret_v2" "run" {
  mount = substrate_vault_mount.kv.path
  name  = "app/run"

  data_json_wo = jsonencode({
    token     = ephemeral.substrate_vault_token.run.client_token
    secret_id = ephemeral.substrate_vault_approle_auth_backend_role_secret_id.run.secret_id
  })
  data_json_wo_version = 1
}
"#;

const DELIVERED: &str = r#"
resource "substrate_gitlab_project_access_token" "kv" {
  project = substrate_gitlab_project.parent.id
  name    = "kv"
  scopes  = ["api"]

  rotation_configuration = {
    expiration_days    = 30
    rotate_before_days = 10
  }

  deliver = {
    vault_kv = {
      mount = substrate_vault_mount.kv.path
      name  = "ci/token"
      key   = "token"
    }
  }
}

resource "substrate_gitlab_project_access_token" "ci" {
  project = substrate_gitlab_project.parent.id
  name    = "ci"
  scopes  = ["api"]

  rotation_configuration = {
    expiration_days    = 30
    rotate_before_days = 10
  }

  deliver = {
    gitlab_variable = {
      group = substrate_gitlab_group.parent.id
      key   = "CI_TOKEN"
    }
  }
}
"#;

/// The configuration is worth what it covers: a type that comes with another secret has to be put into it.
#[test]
fn the_configuration_has_every_attribute_and_type_that_a_secret_can_come_by() {
    // Those of HAProxy, Ceph and Proxmox VE are searched for where their servers run.
    let text = everything() + crate::haproxy::CERTIFICATE + crate::ceph::USERS + crate::proxmox::GIVEN;
    let mut missing = BTreeSet::new();
    let mut wanted = |word: String| {
        if !text.contains(&word) {
            missing.insert(word);
        }
    };
    for tool in tools() {
        let workdir = Workdir::new(tool);
        workdir.file("provider.tf", REQUIRED_PROVIDERS);
        let schema = workdir.json(&["providers", "schema", "-json"]);
        let providers = schema["provider_schemas"].as_object().expect("the schema lists providers");
        let provider = providers.values().next().expect("there is one provider");
        let types = |kind: &str| provider[kind].as_object().cloned().unwrap_or_default();
        types("ephemeral_resource_schemas").keys().for_each(|kind| wanted(format!("ephemeral \"{kind}\"")));
        let mut write_only = 0;
        for (kind, schema) in types("resource_schemas") {
            let attributes = schema["block"]["attributes"].as_object().cloned().unwrap_or_default();
            for (name, _) in attributes.iter().filter(|(_, attribute)| attribute["write_only"] == Value::Bool(true)) {
                write_only += 1;
                wanted(format!("resource \"{kind}\""));
                wanted(name.clone());
            }
            let sinks = attributes.get("deliver").and_then(|deliver| deliver["nested_type"]["attributes"].as_object());
            sinks.into_iter().flat_map(|sinks| sinks.keys()).for_each(|sink| wanted(format!("{sink} = {{")));
        }
        assert!(write_only > 3, "{}: the schema tells which attributes are write-only", tool.label());
    }
    assert!(missing.is_empty(), "not in the configuration: {missing:?}");
}
