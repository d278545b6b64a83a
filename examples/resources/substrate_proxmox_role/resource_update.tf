resource "substrate_proxmox_role" "example" {
  role_id    = "Watcher"
  privileges = ["VM.Audit", "VM.PowerMgmt", "Datastore.Audit"]
}
