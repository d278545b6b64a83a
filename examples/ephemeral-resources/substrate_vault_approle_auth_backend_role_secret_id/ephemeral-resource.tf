# A secret id for the run: another provider logs in with it.
ephemeral "substrate_vault_approle_auth_backend_role_secret_id" "example" {
  role_name = "deploy"
  ttl       = "20m"
  num_uses  = 2

  metadata = {
    team = "platform"
  }
}
