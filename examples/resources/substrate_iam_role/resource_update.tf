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

resource "substrate_iam_policy" "tight" {
  name = "deploy-tight-boundary"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }]
  })
}

# Jobs on the branches of releases deploy with it, too.
resource "substrate_iam_role" "example" {
  name        = "deploy-web"
  path        = "/deploy/"
  description = "Deploys the web site and its releases"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = substrate_iam_openid_connect_provider.gitlab.arn }
      Condition = {
        StringEquals = { "gitlab.example.com:aud" = "https://gitlab.example.com" }
        StringLike   = { "gitlab.example.com:sub" = ["project_path:acme/web:ref_type:branch:ref:main", "project_path:acme/web:ref_type:branch:ref:release/*"] }
      }
    }]
  })

  max_session_duration  = 14400
  permissions_boundary  = substrate_iam_policy.tight.arn
  force_detach_policies = false

  tags = {
    team  = "web"
    stage = "live"
  }
}
