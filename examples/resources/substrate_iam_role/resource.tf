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

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = substrate_iam_openid_connect_provider.gitlab.arn }
      Condition = {
        StringEquals = {
          "gitlab.example.com:aud" = "https://gitlab.example.com"
          "gitlab.example.com:sub" = "project_path:acme/web:ref_type:branch:ref:main"
        }
      }
    }]
  })

  max_session_duration  = 7200
  permissions_boundary  = substrate_iam_policy.boundary.arn
  force_detach_policies = true

  tags = {
    team = "web"
  }
}
