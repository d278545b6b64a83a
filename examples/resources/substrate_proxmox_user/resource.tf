resource "substrate_proxmox_user" "example" {
  user_id             = "ci@pve"
  password_wo         = "kvaen-og-mus-7"
  password_wo_version = 1
}
