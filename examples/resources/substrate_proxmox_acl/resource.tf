resource "substrate_proxmox_pool" "ci" {
  pool_id = "ci"
}

resource "substrate_proxmox_role" "watcher" {
  role_id    = "Watcher"
  privileges = ["VM.Audit"]
}

resource "substrate_proxmox_user" "ci" {
  user_id = "ci@pve"
}

resource "substrate_proxmox_acl" "example" {
  path    = "/pool/${substrate_proxmox_pool.ci.pool_id}"
  role_id = substrate_proxmox_role.watcher.role_id
  user_id = substrate_proxmox_user.ci.user_id
}
