resource "substrate_iam_policy" "example" {
  name        = "read-assets"
  path        = "/web/"
  description = "Reads the assets of the web site"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = "arn:aws:s3:::acme-assets/*"
      },
      {
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = "arn:aws:s3:::acme-assets"
      },
    ]
  })

  tags = {
    team  = "web"
    stage = "live"
  }
}
