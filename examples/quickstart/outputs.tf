output "groups" {
  description = "Full path of each team's group."
  value       = { for team, group in substrate_gitlab_group.team : team => group.full_path }
}

output "projects" {
  description = "Address of each project in the browser."
  value       = { for path, project in substrate_gitlab_project.this : path => project.web_url }
}

output "oidc_subject" {
  description = "Subject of the ID tokens that jobs on the gateway's main branch get; trust policies compare with it."
  value = provider::substrate::gitlab_oidc_sub(
    substrate_gitlab_project.this["platform/gateway"].path_with_namespace,
    "branch",
    "main",
    ["project_path", "ref_type", "ref"],
  )
}
