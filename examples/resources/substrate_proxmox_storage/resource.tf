resource "substrate_proxmox_storage" "example" {
  id     = "images"
  type   = "nfs"
  server = "10.0.0.7"
  export = "/srv/images"
}
