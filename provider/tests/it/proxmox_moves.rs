//! States of the other Proxmox provider: they move here without a replacement.

use lab::Proxmox;
use serde_json::json;
use tfplugin::harness::Action;

use crate::estate::{document, fine, host, understood};
use crate::proxmox_vm::{VM, nothing_to_do};

#[tokio::test]
async fn a_machine_of_the_other_provider_moves_here() {
    let lab = Proxmox::start().await;
    lab.act(
        "POST",
        "/nodes/pve1/qemu",
        &[
            ("vmid", "100"),
            ("name", "web"),
            ("memory", "1024"),
            ("cores", "2"),
            ("scsi0", "local-lvm:8"),
            ("net0", "virtio,bridge=vmbr0"),
            ("agent", "1"),
            ("onboot", "1"),
            ("tags", "prod"),
        ],
    );
    lab.act("POST", "/nodes/pve1/qemu/100/status/start", &[]);
    let state = json!({
        "id": "100", "node_name": "pve1", "vm_id": 100, "name": "web", "description": "", "tags": ["prod"],
        "started": true, "on_boot": true, "template": false, "protection": false, "bios": "seabios", "machine": "",
        "pool_id": "", "scsi_hardware": "virtio-scsi-pci", "keyboard_layout": "en-us", "tablet_device": true,
        "stop_on_destroy": false, "reboot_after_update": true, "migrate": false, "boot_order": ["scsi0"],
        "agent": [{ "enabled": true, "timeout": "15m", "trim": false, "type": "virtio" }],
        "clone": [{ "vm_id": 9000, "full": true, "node_name": "", "datastore_id": "", "retries": 1 }],
        "cpu": [{ "cores": 2, "sockets": 1, "type": "qemu64", "units": 1024, "numa": false, "limit": 0, "flags": [] }],
        "memory": [{ "dedicated": 1024, "floating": 0, "shared": 0, "hugepages": "" }],
        "disk": [{ "datastore_id": "local-lvm", "interface": "scsi0", "size": 8, "file_format": "raw", "ssd": false }],
        "network_device": [{ "bridge": "vmbr0", "model": "virtio", "mac_address": "BC:24:11:57:88:48", "vlan_id": 0 }],
        "initialization": [], "operating_system": [{ "type": "l26" }], "vga": [], "timeout_create": 1800,
        "ipv4_addresses": [["127.0.0.1"]], "mac_addresses": ["BC:24:11:57:88:48"],
    });
    let mut host = host(&lab).await;
    fine(host.move_from(VM, "proxmox_virtual_environment_vm", 0, &state.to_string()).await);
    lab.catch_up();
    fine(host.refresh().await);
    let text = r#"
resource "substrate_proxmox_vm" "web" {
  node_name = "pve1"
  name      = "web"
  tags      = ["prod"]
  on_boot   = true
  clone     = { vm_id = 9000 }
  cpu       = { cores = 2 }
  memory    = { dedicated = 1024 }
  disk      = { scsi0 = { datastore_id = "local-lvm", size = 8 } }
  network_device      = { net0 = { bridge = "vmbr0" } }
  reboot_after_update = true
}
"#;
    nothing_to_do(host.plan(&document(text)).await);
    understood(&lab);
}

/// Cloud-init's drive of Proxmox VE's own, which the other provider fills with settings.
#[tokio::test]
async fn first_settings_of_the_other_provider_give_way_in_place() {
    let lab = Proxmox::start().await;
    let options = [("vmid", "100"), ("name", "web"), ("ide2", "local-lvm:cloudinit"), ("ciuser", "admin")];
    lab.act("POST", "/nodes/pve1/qemu", &options);
    let state = json!({
        "id": "100", "node_name": "pve1", "vm_id": 100, "name": "web", "started": false, "template": false,
        "initialization": [{
            "datastore_id": "local-lvm", "interface": "ide2", "type": "nocloud", "user_data_file_id": "",
            "dns": [], "ip_config": [{ "ipv4": [{ "address": "dhcp", "gateway": "" }], "ipv6": [] }],
            "user_account": [{ "username": "admin", "password": "", "keys": ["ssh-ed25519 AAAA a"] }],
        }],
        "cdrom": [{ "file_id": "none", "interface": "ide3" }], "disk": [], "network_device": [],
        "efi_disk": [], "tpm_state": [], "hostpci": [], "usb": [], "serial_device": [{ "device": "socket" }],
        "rng": [], "audio_device": [], "startup": [{ "order": 1, "up_delay": -1, "down_delay": -1 }],
    });
    let mut host = host(&lab).await;
    fine(host.move_from(VM, "proxmox_virtual_environment_vm", 0, &state.to_string()).await);
    fine(host.refresh().await);
    let text = r##"
resource "substrate_proxmox_vm" "web" {
  node_name      = "pve1"
  name           = "web"
  started        = false
  initialization = { datastore_id = "nfs", user_data = "#cloud-config\nhostname: web\n" }
}
"##;
    let report = fine(host.apply(&document(text)).await);
    assert_eq!(report.actions.get(VM), Some(&Action::Update));
    let image = host.instance(VM).expect("it is there").text("initialization_image");
    assert!(crate::proxmox_vm::option(&lab, "ide2").starts_with(&image), "{image}");
    nothing_to_do(host.plan(&document(text)).await);
    understood(&lab);
}
