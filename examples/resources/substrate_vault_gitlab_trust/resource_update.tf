resource "substrate_vault_jwt_auth_backend" "jwt" {
  oidc_discovery_url = "https://gitlab.example.com"
}

resource "substrate_vault_gitlab_trust" "example" {
  backend           = substrate_vault_jwt_auth_backend.jwt.path
  role_name         = "web"
  gitlab_url        = "https://gitlab.example.com"
  group             = "acme"
  include_subgroups = true
  tag               = "v*"
  environment       = "production"
  protected_only    = false
  bound_audiences   = ["https://vault.example.com", "vault"]
  user_claim        = "namespace_path"

  claim_mappings = {
    pipeline_id = "pipeline"
  }

  token_bound_cidrs       = ["10.1.0.0/16"]
  token_explicit_max_ttl  = 7200
  token_max_ttl           = 3600
  token_no_default_policy = true
  token_num_uses          = 0
  token_period            = 0
  token_policies          = ["deploy", "read"]
  token_ttl               = 600
  token_type              = "batch"
}
