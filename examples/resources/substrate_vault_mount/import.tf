import {
  to = substrate_vault_mount.example
  id = "team/kv"
}
