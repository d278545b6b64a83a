# A token for the run, for a provider that takes nothing better.
ephemeral "substrate_vault_token" "example" {
  policies     = ["default"]
  ttl          = "20m"
  display_name = "terraform"
}
