data "substrate_iam_openid_connect_provider" "gitlab" {
  url = "https://gitlab.example.com"
}

output "provider" {
  value = data.substrate_iam_openid_connect_provider.gitlab.arn
}
