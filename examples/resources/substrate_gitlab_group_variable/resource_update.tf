resource "substrate_gitlab_group" "infra" {
  name = "Infrastructure"
  path = "infra"
}

resource "substrate_gitlab_group_variable" "example" {
  group             = substrate_gitlab_group.infra.id
  key               = "REGISTRY_TOKEN"
  environment_scope = "*"
  value_wo          = "another-token-of-the-registry"
  value_wo_version  = 2
  masked            = true
  hidden            = true
  protected         = true
  raw               = true
  variable_type     = "file"
  description       = "Reads and writes images."
}
