import {
  to = substrate_proxmox_token.example
  id = "ci@pve!pipelines-1795216766000"
}
