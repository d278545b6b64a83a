import {
  to = substrate_vault_approle_auth_backend_role.example
  id = "auth/approle/role/deploy"
}
