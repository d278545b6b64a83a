resource "substrate_gitlab_group" "infra" {
  name = "Infrastructure"
  path = "infra"
}

resource "substrate_gitlab_group_label" "example" {
  group = substrate_gitlab_group.infra.id
  name  = "incident"
  color = "crimson"
}
