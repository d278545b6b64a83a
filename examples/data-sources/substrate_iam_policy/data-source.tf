data "substrate_iam_policy" "deploy" {
  name = "deploy"
}

output "versioned" {
  value = data.substrate_iam_policy.deploy.policy
}
