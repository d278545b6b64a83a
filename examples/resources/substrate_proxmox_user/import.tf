import {
  to = substrate_proxmox_user.example
  id = "ci@pve"
}
