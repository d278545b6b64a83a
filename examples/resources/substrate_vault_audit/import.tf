import {
  to = substrate_vault_audit.example
  id = "console"
}
