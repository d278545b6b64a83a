resource "substrate_vault_kv_secret_v2" "registry" {
  mount = "kv"
  name  = "ci/registry"

  data_json_wo         = jsonencode({ password = "kept-in-vault-alone" })
  data_json_wo_version = 1
}

# It is read when the secret is there, since `version` is known then.
ephemeral "substrate_vault_kv_secret_v2" "registry" {
  mount   = substrate_vault_kv_secret_v2.registry.mount
  name    = substrate_vault_kv_secret_v2.registry.name
  version = substrate_vault_kv_secret_v2.registry.version
}

resource "substrate_gitlab_project_variable" "registry" {
  project          = "infra/network"
  key              = "REGISTRY_PASSWORD"
  value_wo         = ephemeral.substrate_vault_kv_secret_v2.registry.data["password"]
  value_wo_version = substrate_vault_kv_secret_v2.registry.version
  masked           = true
}
