resource "substrate_vault_jwt_auth_backend" "jwt" {
  oidc_discovery_url = "https://gitlab.example.com"
}

resource "substrate_vault_gitlab_trust" "example" {
  backend         = substrate_vault_jwt_auth_backend.jwt.path
  role_name       = "web"
  gitlab_url      = "https://gitlab.example.com"
  project         = "acme/web"
  branch          = "main"
  protected_only  = true
  environment     = "production"
  bound_audiences = ["https://vault.example.com"]
  token_policies  = ["deploy"]
  token_ttl       = 900
}

output "ci_snippet" {
  value = substrate_vault_gitlab_trust.example.ci_snippet
}
