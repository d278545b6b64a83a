import {
  to = substrate_vault_auth_backend.example
  id = "people"
}
