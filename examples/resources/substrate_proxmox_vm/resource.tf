resource "substrate_proxmox_vm" "debian" {
  node_name = "pve1"
  vm_id     = 9000
  name      = "debian-12"
  template  = true

  disk = {
    scsi0 = {
      datastore_id = "local-lvm"
      size         = "4G"
    }
  }

  network_device = {
    net0 = {
      bridge = "vmbr0"
    }
  }
}

resource "substrate_proxmox_vm" "example" {
  node_name = "pve1"
  name      = "web"

  clone = {
    vm_id = substrate_proxmox_vm.debian.vm_id
    full  = true
  }

  cpu = {
    cores = 2
  }

  memory = {
    dedicated = 1024
  }

  disk = {
    scsi0 = {
      datastore_id = "local-lvm"
      size         = "8G"
    }
  }

  network_device = {
    net0 = {
      bridge = "vmbr0"
    }
  }
}
