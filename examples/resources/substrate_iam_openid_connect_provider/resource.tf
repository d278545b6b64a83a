# The account trusts ID tokens of this GitLab; roles say which of its jobs they admit.
resource "substrate_iam_openid_connect_provider" "example" {
  url             = "https://gitlab.example.com"
  client_id_list  = ["https://gitlab.example.com"]
  thumbprint_list = ["cf23df2207d99a74fbe169e3eba035e633b65d94"]

  tags = {
    team = "platform"
  }
}
