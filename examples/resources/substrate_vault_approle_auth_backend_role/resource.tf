resource "substrate_vault_auth_backend" "approle" {
  type = "approle"
}

resource "substrate_vault_approle_auth_backend_role" "example" {
  backend            = substrate_vault_auth_backend.approle.path
  role_name          = "deploy"
  secret_id_ttl      = 3600
  secret_id_num_uses = 1
  token_policies     = ["deploy"]
  token_ttl          = 900
  token_max_ttl      = 3600
}
