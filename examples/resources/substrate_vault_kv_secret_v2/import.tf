import {
  to = substrate_vault_kv_secret_v2.example
  id = "kv/data/app/db"
}
