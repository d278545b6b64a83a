import {
  to = substrate_proxmox_vm.example
  id = "pve1/100"
}
