resource "substrate_gitlab_group" "infra" {
  name = "Infrastructure"
  path = "infra"
}

resource "substrate_gitlab_project" "network" {
  name         = "network"
  namespace_id = substrate_gitlab_group.infra.id
}

resource "substrate_gitlab_branch_protection" "example" {
  project                      = substrate_gitlab_project.network.id
  branch                       = "release/*"
  push_access_level            = "developer"
  merge_access_level           = "developer"
  unprotect_access_level       = "admin"
  allowed_to_push              = [{ user_id = 1 }, { deploy_key_id = 7 }]
  allowed_to_merge             = [{ group_id = substrate_gitlab_group.infra.id }]
  allowed_to_unprotect         = [{ user_id = 1 }]
  allow_force_push             = true
  code_owner_approval_required = true
  adopt_existing               = true
}
