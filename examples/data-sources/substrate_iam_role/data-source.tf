data "substrate_iam_role" "deploy" {
  name = "deploy"
}

output "deploy" {
  value = data.substrate_iam_role.deploy.arn
}
