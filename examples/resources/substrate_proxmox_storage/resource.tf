resource "substrate_proxmox_storage" "example" {
  id   = "images"
  type = "dir"
  path = "/srv/images"
}
