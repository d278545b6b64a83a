import {
  to = substrate_proxmox_container.example
  id = "pve1/200"
}
