resource "substrate_vault_mount" "example" {
  path        = "team/kv"
  type        = "kv"
  description = "Secrets of the team"

  options = {
    version = "2"
  }

  local                   = true
  seal_wrap               = true
  force_no_cache          = true
  external_entropy_access = true
}
