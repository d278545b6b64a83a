resource "substrate_proxmox_pool" "example" {
  pool_id = "ci"
}
