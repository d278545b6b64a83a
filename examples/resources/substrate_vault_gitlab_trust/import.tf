import {
  to = substrate_vault_gitlab_trust.example
  id = "auth/jwt/role/web"
}
