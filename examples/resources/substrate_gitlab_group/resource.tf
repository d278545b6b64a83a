resource "substrate_gitlab_group" "company" {
  name             = "Company"
  path             = "company"
  visibility_level = "public"
}

resource "substrate_gitlab_group" "example" {
  name        = "Platform"
  path        = "platform"
  parent_id   = substrate_gitlab_group.company.id
  description = "Everything that others build on."

  permanently_remove_on_delete = true
}
