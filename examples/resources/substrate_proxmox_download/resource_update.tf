resource "substrate_proxmox_download" "example" {
  node_name    = "pve1"
  datastore_id = "local"
  content_type = "iso"
  file_name    = "debian.iso"
  url          = "https://cdimage.example.com/debian.iso"
  verify       = true

  checksum                = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  checksum_algorithm      = "sha256"
  decompression_algorithm = "gz"

  timeouts = {
    create = "1h"
  }
}
