resource "substrate_proxmox_storage" "example" {
  id            = "images"
  type          = "dir"
  path          = "/srv/images"
  content       = ["images", "iso", "backup"]
  nodes         = ["pve1", "pve2"]
  shared        = true
  disable       = true
  preallocation = "off"

  backups = {
    keep_last  = 3
    keep_daily = 7
  }
}
