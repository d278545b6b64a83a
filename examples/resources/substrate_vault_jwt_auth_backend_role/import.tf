import {
  to = substrate_vault_jwt_auth_backend_role.example
  id = "auth/jwt/role/web"
}
