# Jobs on the branch `main`, and those of releases by their tags.
output "trust" {
  value = provider::substrate::gitlab_trust_policy(
    "arn:aws:iam::123456789012:oidc-provider/gitlab.example.com",
    "https://gitlab.example.com",
    [
      { project = "acme/web", branch = "main" },
      { project = "acme/web", tag = "v*" },
    ],
  )
}
