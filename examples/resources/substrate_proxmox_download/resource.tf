resource "substrate_proxmox_download" "example" {
  node_name    = "pve1"
  datastore_id = "local"
  content_type = "iso"
  file_name    = "debian.iso"
  url          = "https://cdimage.example.com/debian.iso"
}
