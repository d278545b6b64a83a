import {
  to = substrate_iam_role.example
  id = "deploy-web"
}
