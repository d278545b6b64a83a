resource "substrate_vault_auth_backend" "approle" {
  type = "approle"
}

resource "substrate_vault_approle_auth_backend_role" "example" {
  backend                 = substrate_vault_auth_backend.approle.path
  role_name               = "deploy"
  role_id                 = "deploy-of-northwind"
  bind_secret_id          = true
  secret_id_bound_cidrs   = ["10.1.0.0/16"]
  secret_id_ttl           = 600
  secret_id_num_uses      = 3
  local_secret_ids        = false
  token_bound_cidrs       = ["10.1.0.0/16", "10.2.0.7"]
  token_explicit_max_ttl  = 7200
  token_max_ttl           = 3600
  token_no_default_policy = true
  token_num_uses          = 20
  token_period            = 600
  token_policies          = ["deploy", "read-state"]
  token_ttl               = 600
  token_type              = "service"
}
