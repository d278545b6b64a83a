resource "substrate_proxmox_pool" "web" {
  pool_id = "web"
}

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
  node_name            = "pve1"
  vm_id                = 100
  name                 = "web-1"
  description          = "Serves the site."
  tags                 = ["prod", "web"]
  started              = false
  template             = false
  on_boot              = true
  protection           = false
  pool_id              = substrate_proxmox_pool.web.pool_id
  bios                 = "seabios"
  machine              = "q35"
  scsi_hardware        = "virtio-scsi-single"
  boot_order           = ["scsi0", "net0"]
  keyboard_layout      = "de"
  tablet_device        = false
  reboot_after_update  = true
  stop_on_destroy      = true
  user_data_wo         = "#cloud-config\npassword: kvaen-og-mus-7\n"
  user_data_wo_version = 1

  operating_system = {
    type = "l26"
  }

  agent = {
    enabled = true
    trim    = true
  }

  clone = {
    vm_id = substrate_proxmox_vm.debian.vm_id
    full  = true
  }

  cpu = {
    cores   = 4
    sockets = 1
    type    = "host"
    units   = 200
    numa    = false
  }

  memory = {
    dedicated = 2048
    floating  = 1024
  }

  disk = {
    scsi0 = {
      datastore_id = "local-lvm"
      size         = "20G"
      discard      = "on"
      iothread     = true
      ssd          = true
    }
    scsi1 = {
      datastore_id = "ceph"
      size         = "4G"
      backup       = false
    }
  }

  cdrom = {
    ide0 = {
      file_id = "none"
    }
  }

  efi_disk = {
    datastore_id = "local-lvm"
    type         = "4m"
  }

  tpm_state = {
    datastore_id = "local-lvm"
  }

  network_device = {
    net0 = {
      bridge      = "vmbr0"
      vlan_id     = 7
      firewall    = true
      mac_address = "BC:24:11:57:88:48"
    }
    net1 = {
      bridge = "vmbr1"
      model  = "e1000"
    }
  }

  hostpci = {
    hostpci0 = {
      mapping = "gpu"
      pcie    = true
    }
  }

  usb = {
    usb0 = {
      host = "spice"
    }
  }

  serial_device = {
    serial0 = {
      device = "socket"
    }
  }

  vga = {
    type   = "virtio"
    memory = 32
  }

  rng = {
    source    = "/dev/urandom"
    max_bytes = 1024
  }

  audio_device = {
    device = "ich9-intel-hda"
    driver = "spice"
  }

  timeouts = {
    create = "10m"
  }

  startup = {
    order    = 2
    up_delay = 30
  }

  initialization = {
    datastore_id = "nfs"
    interface    = "ide2"

    network_config = <<-EOT
      version: 2
      ethernets:
        eth0:
          dhcp4: true
    EOT
  }
}
