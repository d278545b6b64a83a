resource "substrate_proxmox_user" "example" {
  user_id = "ci@pve"
}
