resource "substrate_vault_jwt_auth_backend" "jwt" {
  jwt_validation_pubkeys = [
    <<-EOT
      -----BEGIN PUBLIC KEY-----
      MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEbVSKPk3biadrwNpPoeUt4hb90J9p
      7ot2Gq0CRqDoukz35fwho1+A5aHkSrv69PpAQWq8qGkotjjlFdPYs8Xzvw==
      -----END PUBLIC KEY-----
    EOT
    ,
  ]
}

resource "substrate_vault_jwt_auth_backend_role" "example" {
  backend         = substrate_vault_jwt_auth_backend.jwt.path
  role_name       = "web"
  role_type       = "jwt"
  user_claim      = "sub"
  bound_audiences = ["https://vault.example.com"]
  token_policies  = ["deploy"]
  token_ttl       = 900

  bound_claims = {
    team        = ["web", "platform"]
    environment = ["production"]
  }
}
