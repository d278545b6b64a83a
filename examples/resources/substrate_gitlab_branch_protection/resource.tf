resource "substrate_gitlab_group" "infra" {
  name = "Infrastructure"
  path = "infra"
}

resource "substrate_gitlab_project" "network" {
  name         = "network"
  namespace_id = substrate_gitlab_group.infra.id
}

resource "substrate_gitlab_branch_protection" "example" {
  project            = substrate_gitlab_project.network.id
  branch             = "release/*"
  push_access_level  = "no one"
  merge_access_level = "maintainer"
}
