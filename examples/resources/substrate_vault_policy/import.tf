import {
  to = substrate_vault_policy.example
  id = "deploy"
}
