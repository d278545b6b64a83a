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
  user_id    = substrate_proxmox_user.ci.user_id
  token_name = "pipelines"

  deliver = {
    gitlab_variable = {
      project = substrate_gitlab_project.machines.id
      key     = "PROXMOX_VE_API_TOKEN"
    }
  }
}
