resource "substrate_vault_audit" "example" {
  path        = "console"
  type        = "file"
  description = "For every drill"
  local       = true

  options = {
    file_path = "discard"
    log_raw   = "true"
  }
}
