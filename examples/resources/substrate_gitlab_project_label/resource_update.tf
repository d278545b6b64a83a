resource "substrate_gitlab_group" "infra" {
  name = "Infrastructure"
  path = "infra"
}

resource "substrate_gitlab_project" "network" {
  name         = "network"
  namespace_id = substrate_gitlab_group.infra.id
}

resource "substrate_gitlab_project_label" "example" {
  project     = substrate_gitlab_project.network.id
  name        = "kind::incident"
  color       = "#d9534f"
  description = "Something is broken for somebody."
  priority    = 1
  archived    = true
}
