import {
  to = substrate_proxmox_download.example
  id = "pve1/local:iso/debian.iso"
}
