resource "substrate_proxmox_user" "example" {
  user_id             = "ci@pve"
  comment             = "Makes machines for the runners."
  email               = "ci@example.com"
  first_name          = "Continuous"
  last_name           = "Integration"
  enabled             = false
  expiration_date     = "2037-01-31T00:00:00Z"
  groups              = []
  password_wo         = "kvaen-og-mus-7"
  password_wo_version = 1
}
