resource "substrate_proxmox_download" "debian" {
  node_name    = "pve1"
  datastore_id = "local"
  content_type = "vztmpl"
  file_name    = "debian-12-standard_12.7-1_amd64.tar.zst"
  url          = "http://download.proxmox.com/images/system/debian-12-standard_12.7-1_amd64.tar.zst"
}

resource "substrate_proxmox_container" "example" {
  node_name        = "pve1"
  vm_id            = 200
  hostname         = "web"
  template_file_id = "local:vztmpl/${substrate_proxmox_download.debian.file_name}"
  ssh_public_keys  = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqfh1Qz8mN0bD3x5s2vK7gY4cW6uR9eT1pL0oHnZaXd ops@example.com"]
  unprivileged     = true

  password_wo         = "kvaen-og-mus-7"
  password_wo_version = 1

  memory = {
    dedicated = 512
  }

  disk = {
    datastore_id = "local-lvm"
    size         = "4G"
  }

  network_interface = {
    net0 = {
      name         = "eth0"
      bridge       = "vmbr0"
      ipv4_address = "dhcp"
    }
  }
}
