import {
  to = substrate_proxmox_storage.example
  id = "images"
}
