import {
  to = substrate_iam_policy.example
  id = "arn:aws:iam::123456789012:policy/web/read-assets"
}
