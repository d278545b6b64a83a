resource "substrate_gitlab_group" "infra" {
  name = "Infrastructure"
  path = "infra"
}

resource "substrate_gitlab_project" "machines" {
  name         = "machines"
  namespace_id = substrate_gitlab_group.infra.id
}

resource "substrate_proxmox_user" "ci" {
  user_id = "ci@pve"
}

resource "substrate_proxmox_token" "example" {
  user_id               = substrate_proxmox_user.ci.user_id
  token_name            = "pipelines"
  comment               = "Used by the pipelines of machines."
  expiration_date       = "2037-01-31T00:00:00Z"
  privileges_separation = false

  deliver = {
    gitlab_variable = {
      project = substrate_gitlab_project.machines.id
      key     = "PROXMOX_VE_API_TOKEN"
    }
  }
}
