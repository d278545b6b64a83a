output "tokens" {
  description = "When each token ends, and the day from which an apply issues its successor."
  value = {
    for token in [substrate_gitlab_project_access_token.reader, substrate_gitlab_project_access_token.release] :
    token.name => { expires_at = token.expires_at, rotate_at = token.rotate_at }
  }
}

output "scanner_reads" {
  description = "Path in Vault's API with the token for the scanner."
  value       = "${substrate_vault_mount.ci.path}/data/gitlab/catalog"
}

output "registry_version" {
  description = "Version of the registry's secret that the variable holds."
  value       = substrate_gitlab_project_variable.registry_password.value_wo_version
}
