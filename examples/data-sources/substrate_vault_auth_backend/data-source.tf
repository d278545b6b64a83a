# A method that is there in every Vault.
data "substrate_vault_auth_backend" "token" {
  path = "token"
}

output "accessor_of_tokens" {
  value = data.substrate_vault_auth_backend.token.accessor
}
