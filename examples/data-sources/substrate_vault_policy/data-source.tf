data "substrate_vault_policy" "default" {
  name = "default"
}

output "what_every_token_may" {
  value = data.substrate_vault_policy.default.policy
}
