resource "substrate_gitlab_group" "infra" {
  name = "Infrastructure"
  path = "infra"
}

resource "substrate_gitlab_project" "network" {
  name         = "network"
  namespace_id = substrate_gitlab_group.infra.id
}

resource "substrate_gitlab_project_variable" "example" {
  project           = substrate_gitlab_project.network.id
  key               = "DEPLOY_REGION"
  environment_scope = "production"
  value             = "eu-central-1"
}
