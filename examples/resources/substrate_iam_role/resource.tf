resource "substrate_iam_openid_connect_provider" "gitlab" {
  url            = "https://gitlab.example.com"
  client_id_list = ["https://gitlab.example.com"]
}

resource "substrate_iam_policy" "boundary" {
  name = "deploy-boundary"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:*", "ecs:*"], Resource = "*" }]
  })
}

# The role that jobs on the branch `main` of one project deploy with.
resource "substrate_iam_role" "example" {
  name        = "deploy-web"
  path        = "/deploy/"
  description = "Deploys the web site"

  assume_role_policy = provider::substrate::gitlab_trust_policy(
    substrate_iam_openid_connect_provider.gitlab.arn,
    "https://gitlab.example.com",
    [{ project = "acme/web", branch = "main" }],
  )

  max_session_duration  = 7200
  permissions_boundary  = substrate_iam_policy.boundary.arn
  force_detach_policies = true

  tags = {
    team = "web"
  }
}
