import {
  to = substrate_iam_role_policy_attachment.example
  id = "web/arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
}
