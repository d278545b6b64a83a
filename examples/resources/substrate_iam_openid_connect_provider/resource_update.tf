# The account trusts ID tokens of this GitLab; roles say which of its jobs they admit.
resource "substrate_iam_openid_connect_provider" "example" {
  url             = "https://gitlab.example.com"
  client_id_list  = ["aws", "sts.amazonaws.com"]
  thumbprint_list = ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280", "cf23df2207d99a74fbe169e3eba035e633b65d94"]

  tags = {
    team  = "platform"
    stage = "live"
  }
}
