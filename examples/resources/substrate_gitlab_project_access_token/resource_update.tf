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

# Every project of the group reads and writes, from its protected branches.
resource "substrate_gitlab_project_access_token" "example" {
  project      = substrate_gitlab_project.network.id
  name         = "deployers"
  description  = "Used by the pipelines of infra."
  scopes       = ["read_repository", "write_repository"]
  access_level = "developer"

  rotation_configuration = {
    expiration_days    = 90
    rotate_before_days = 30
  }

  deliver = {
    gitlab_variable = {
      group             = substrate_gitlab_group.infra.id
      key               = "NETWORK_TOKEN"
      environment_scope = "*"
      masked            = true
      protected         = true
      description       = "Issued by Terraform; do not change it here."
    }
  }
}
