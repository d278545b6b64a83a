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
  backend                 = substrate_vault_jwt_auth_backend.jwt.path
  role_name               = "web"
  role_type               = "jwt"
  user_claim              = "/user/name"
  user_claim_json_pointer = true
  groups_claim            = "groups"
  bound_subject           = "service:web"
  bound_audiences         = ["https://vault.example.com", "vault"]
  bound_claims_type       = "glob"
  allowed_redirect_uris   = ["https://vault.example.com/ui/vault/auth/jwt/oidc/callback"]
  oidc_scopes             = ["email", "profile"]
  verbose_oidc_logging    = true
  max_age                 = 3600
  clock_skew_leeway       = 10
  expiration_leeway       = 30
  not_before_leeway       = -1

  bound_claims = {
    team = ["web-*"]
  }

  claim_mappings = {
    pipeline_id = "pipeline"
  }

  token_bound_cidrs       = ["10.1.0.0/16", "10.2.0.1/32"]
  token_explicit_max_ttl  = 7200
  token_max_ttl           = 3600
  token_no_default_policy = true
  token_num_uses          = 10
  token_period            = 600
  token_policies          = ["deploy", "read"]
  token_ttl               = 600
  token_type              = "service"
}
