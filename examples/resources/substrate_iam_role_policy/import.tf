import {
  to = substrate_iam_role_policy.example
  id = "web:read-assets"
}
