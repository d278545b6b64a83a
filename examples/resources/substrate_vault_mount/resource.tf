resource "substrate_vault_mount" "example" {
  path        = "team/kv"
  type        = "kv"
  description = "Secrets of the team"
  seal_wrap   = true

  options = {
    version = "2"
  }
}
