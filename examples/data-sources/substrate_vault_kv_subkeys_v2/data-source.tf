resource "substrate_vault_mount" "kv" {
  path = "kv"
  type = "kv"

  options = {
    version = "2"
  }
}

resource "substrate_vault_kv_secret_v2" "db" {
  mount = substrate_vault_mount.kv.path
  name  = "app/db"

  data_json_wo = jsonencode({
    username = "app"
    password = "kept-in-vault-alone"
  })
  data_json_wo_version = 1
}

data "substrate_vault_kv_subkeys_v2" "db" {
  mount   = substrate_vault_kv_secret_v2.db.mount
  name    = substrate_vault_kv_secret_v2.db.name
  version = substrate_vault_kv_secret_v2.db.version
  depth   = 1
}

output "what_stands_in_the_secret" {
  value = data.substrate_vault_kv_subkeys_v2.db.names
}
