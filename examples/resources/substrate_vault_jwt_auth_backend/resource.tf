resource "substrate_vault_jwt_auth_backend" "example" {
  path               = "jwt"
  description        = "Jobs of our GitLab"
  oidc_discovery_url = "https://gitlab.example.com"
  bound_issuer       = "https://gitlab.example.com"
}
