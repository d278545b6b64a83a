import {
  to = substrate_proxmox_acl.example
  id = "/pool/ci?ci@pve?Watcher"
}
