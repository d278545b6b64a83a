output "ci_snippet" {
  description = "Job for the .gitlab-ci.yml of the deployer, which others extend; it is logged in to Vault then."
  value       = substrate_vault_gitlab_trust.deployer.ci_snippet
}

output "bound_claims" {
  description = "Claims that an ID token must have."
  value       = substrate_vault_gitlab_trust.deployer.bound_claims
}
