data "substrate_gitlab_current_user" "this" {}

output "user" {
  value = data.substrate_gitlab_current_user.this.username
}
