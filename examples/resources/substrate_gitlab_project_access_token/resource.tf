resource "substrate_gitlab_group" "infra" {
  name = "Infrastructure"
  path = "infra"
}

resource "substrate_gitlab_project" "network" {
  name         = "network"
  namespace_id = substrate_gitlab_group.infra.id
}

resource "substrate_gitlab_project" "deployer" {
  name         = "deployer"
  namespace_id = substrate_gitlab_group.infra.id
}

# The pipelines of one project read the repository of the other.
resource "substrate_gitlab_project_access_token" "example" {
  project      = substrate_gitlab_project.network.id
  name         = "deployer"
  scopes       = ["read_repository"]
  access_level = "reporter"

  rotation_configuration = {
    expiration_days    = 60
    rotate_before_days = 20
  }

  deliver = {
    gitlab_variable = {
      project = substrate_gitlab_project.deployer.id
      key     = "NETWORK_TOKEN"
    }
  }
}
