import {
  to = substrate_proxmox_pool.example
  id = "ci"
}
