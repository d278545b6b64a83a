import {
  to = substrate_vault_jwt_auth_backend.example
  id = "jwt"
}
