resource "substrate_vault_mount" "kv" {
  path = "kv"
  type = "kv"

  options = {
    version = "2"
  }
}

resource "substrate_vault_kv_secret_v2" "example" {
  mount               = substrate_vault_mount.kv.path
  name                = "app/db"
  delete_all_versions = true
  disable_read        = false

  data_json_wo = jsonencode({
    username = "app"
    password = "kept-in-vault-alone-too"
  })
  data_json_wo_version = 2

  custom_metadata = {
    max_versions         = 5
    cas_required         = true
    delete_version_after = 2592000

    data = {
      team = "platform"
    }
  }
}
