resource "substrate_gitlab_group" "infra" {
  name = "Infrastructure"
  path = "infra"
}

resource "substrate_gitlab_group_label" "example" {
  group       = substrate_gitlab_group.infra.id
  name        = "kind::incident"
  color       = "#d9534f"
  description = "Something is broken for somebody."
  archived    = true
}
