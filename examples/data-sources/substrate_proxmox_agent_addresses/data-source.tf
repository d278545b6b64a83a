data "substrate_proxmox_agent_addresses" "web" {
  vm_id = 100
}

output "addresses" {
  value = data.substrate_proxmox_agent_addresses.web.ipv4_addresses
}
