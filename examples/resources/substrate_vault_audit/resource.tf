resource "substrate_vault_audit" "example" {
  path        = "console"
  type        = "file"
  description = "For the drill"

  options = {
    file_path = "discard"
  }
}
