resource "substrate_vault_mount" "example" {
  path        = "team/kv"
  type        = "kv"
  description = "Secrets of the team"

  options = {
    version = "2"
  }
}
