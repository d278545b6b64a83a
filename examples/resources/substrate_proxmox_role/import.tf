import {
  to = substrate_proxmox_role.example
  id = "Watcher"
}
