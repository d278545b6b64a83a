import {
  to = substrate_iam_openid_connect_provider.example
  id = "arn:aws:iam::123456789012:oidc-provider/gitlab.example.com"
}
