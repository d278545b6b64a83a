# Jobs that deploy to `production`, and those on the branch `main` of the tools.
output "trust" {
  value = provider::substrate::github_trust_policy(
    "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
    "sts.amazonaws.com",
    [
      { repository = "octo-org/web", environment = "production" },
      { repository = "octo-org/tools", branch = "main" },
    ],
  )
}
