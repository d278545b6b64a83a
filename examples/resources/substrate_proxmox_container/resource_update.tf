resource "substrate_proxmox_pool" "web" {
  pool_id = "web"
}

resource "substrate_proxmox_download" "debian" {
  node_name    = "pve1"
  datastore_id = "local"
  content_type = "vztmpl"
  file_name    = "debian-12-standard_12.7-1_amd64.tar.zst"
  url          = "http://download.proxmox.com/images/system/debian-12-standard_12.7-1_amd64.tar.zst"
}

resource "substrate_proxmox_container" "example" {
  node_name           = "pve1"
  vm_id               = 200
  hostname            = "web-1"
  description         = "Serves the site."
  tags                = ["prod", "web"]
  template_file_id    = "local:vztmpl/${substrate_proxmox_download.debian.file_name}"
  ssh_public_keys     = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqfh1Qz8mN0bD3x5s2vK7gY4cW6uR9eT1pL0oHnZaXd ops@example.com"]
  password_wo         = "kvaen-og-mus-7"
  password_wo_version = 1
  unprivileged        = true
  started             = false
  template            = false
  start_on_boot       = true
  protection          = false
  pool_id             = substrate_proxmox_pool.web.pool_id
  reboot_after_update = true
  stop_on_destroy     = true

  cpu = {
    cores = 2
    limit = 1.5
    units = 200
  }

  memory = {
    dedicated = 1024
    swap      = 256
  }

  operating_system = {
    type = "debian"
  }

  disk = {
    datastore_id  = "local-lvm"
    size          = "8G"
    mount_options = ["noatime"]
  }

  mount_point = {
    mp0 = {
      datastore_id = "ceph"
      size         = "20G"
      path         = "/srv"
      backup       = true
    }
  }

  network_interface = {
    net0 = {
      name         = "eth0"
      bridge       = "vmbr0"
      ipv4_address = "192.0.2.7/24"
      ipv4_gateway = "192.0.2.1"
      ipv6_address = "auto"
      firewall     = true
    }
    net1 = {
      name    = "eth1"
      bridge  = "vmbr1"
      vlan_id = 7
    }
  }

  dns = {
    domain  = "example.com"
    servers = ["192.0.2.53", "192.0.2.54"]
  }

  console = {
    tty_count = 1
    type      = "shell"
  }

  features = {
    nesting = true
  }

  startup = {
    order    = 3
    up_delay = 10
  }

  timeouts = {
    create = "10m"
  }
}
