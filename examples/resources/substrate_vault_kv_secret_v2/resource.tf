resource "substrate_vault_mount" "kv" {
  path = "kv"
  type = "kv"

  options = {
    version = "2"
  }
}

resource "substrate_vault_kv_secret_v2" "example" {
  mount = substrate_vault_mount.kv.path
  name  = "app/db"

  data_json_wo = jsonencode({
    username = "app"
    password = "kept-in-vault-alone"
  })
  data_json_wo_version = 1
}
