resource "substrate_proxmox_storage" "example" {
  id            = "images"
  type          = "nfs"
  server        = "10.0.0.7"
  export        = "/srv/images"
  options       = "vers=4.2"
  content       = ["images", "iso", "backup"]
  nodes         = ["pve1", "pve2"]
  disable       = true
  preallocation = "off"
  force_destroy = true

  backups = {
    keep_last  = 3
    keep_daily = 7
  }
}
