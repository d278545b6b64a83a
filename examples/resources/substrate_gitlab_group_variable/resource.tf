resource "substrate_gitlab_group" "infra" {
  name = "Infrastructure"
  path = "infra"
}

resource "substrate_gitlab_group_variable" "example" {
  group            = substrate_gitlab_group.infra.id
  key              = "REGISTRY_TOKEN"
  value_wo         = "a-token-of-the-registry"
  value_wo_version = 1
  masked           = true
  hidden           = true
}
