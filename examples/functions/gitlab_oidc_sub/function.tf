# What a trust policy compares with the `sub` claim of jobs on the branch `main`.
output "subject" {
  value = provider::substrate::gitlab_oidc_sub("northwind/infra/gateway", "branch", "main", null)
}
