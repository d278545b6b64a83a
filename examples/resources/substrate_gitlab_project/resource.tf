resource "substrate_gitlab_group" "infra" {
  name             = "Infrastructure"
  path             = "infra"
  visibility_level = "public"
}

resource "substrate_gitlab_project" "example" {
  name                   = "Network"
  path                   = "network"
  namespace_id           = substrate_gitlab_group.infra.id
  description            = "Routers, switches and the wires between them."
  visibility_level       = "internal"
  initialize_with_readme = true

  permanently_delete_on_destroy = true
}
