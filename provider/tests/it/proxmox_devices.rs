//! Guests with every kind of device: imported as they stand, moved here from another provider, and kept.

use lab::Proxmox;
use serde_json::Value as Json;
use tfplugin::harness::Action;

use crate::estate::{document, fine, host};
use crate::proxmox_container::{CONTAINER, TEMPLATE, cluster};
use crate::proxmox_vm::{VM, nothing_to_do, renewed};

/// What a machine is made with over the API.
const MADE: &[(&str, &str)] = &[
    ("vmid", "100"),
    ("name", "web"),
    ("description", "Serves."),
    ("tags", "prod;web"),
    ("bios", "ovmf"),
    ("machine", "q35"),
    ("scsihw", "virtio-scsi-single"),
    ("ostype", "l26"),
    ("cpu", "host,flags=+aes"),
    ("cores", "4"),
    ("sockets", "2"),
    ("numa", "1"),
    ("cpulimit", "3.5"),
    ("memory", "4096"),
    ("balloon", "1024"),
    ("agent", "1,fstrim_cloned_disks=1,type=virtio"),
    ("ide0", "local-lvm:1"),
    ("sata1", "ceph:2,cache=writeback"),
    ("scsi0", "local-lvm:8,discard=on,iothread=1,ssd=1,serial=abc,mbps_rd=10"),
    ("virtio0", "ceph:3,aio=native,backup=0,replicate=0"),
    ("ide2", "local-lvm:cloudinit"),
    ("ide3", "local:iso/debian.iso,media=cdrom"),
    ("ciuser", "admin"),
    ("ipconfig0", "ip=dhcp"),
    ("net0", "e1000=BC:24:11:57:88:48,bridge=vmbr0,firewall=1,tag=7,trunks=10;20-30"),
    ("net1", "virtio=BC:24:11:57:88:49,bridge=vmbr1,link_down=1,mtu=1400,queues=4,rate=12.5"),
    ("serial0", "socket"),
    ("audio0", "device=ich9-intel-hda,driver=spice"),
    ("rng0", "source=/dev/urandom,max_bytes=1024,period=1000"),
    ("efidisk0", "local-lvm:1,efitype=4m,pre-enrolled-keys=1"),
    ("tpmstate0", "local-lvm:1,version=v2.0"),
    ("vga", "virtio,memory=64"),
    ("startup", "order=2,up=30,down=60"),
    ("onboot", "1"),
    ("boot", "order=scsi0;ide3;net0"),
    ("tablet", "0"),
    ("keyboard", "de"),
    ("hotplug", "network,disk"),
    ("smbios1", "uuid=6f1b0c52-9d3e-4c1a-8a63-0d8f5a1f3b2e"),
];

/// What only `root@pam` may set, or a detached volume leaves behind.
const SET_BY_HAND: &[(&str, &str)] = &[
    ("hostpci0", "0000:01:00.0,pcie=1,x-vga=1"),
    ("hostpci1", "mapping=gpu,mdev=nvidia-63,rombar=0"),
    ("usb0", "host=1234:5678,usb3=1"),
    ("usb1", "mapping=stick"),
    ("usb2", "spice"),
    ("args", "-no-hpet"),
    ("parallel0", "/dev/parport0"),
];

/// The same as a configuration.
const CONFIGURED: &str = r#"
  description         = "Serves."
  tags                = ["prod", "web"]
  bios                = "ovmf"
  machine             = "q35"
  scsi_hardware       = "virtio-scsi-single"
  operating_system    = { type = "l26" }
  cpu                 = { type = "host", cores = 4, sockets = 2, numa = true, limit = 3.5 }
  memory              = { dedicated = 4096, floating = 1024 }
  agent               = { enabled = true, trim = true, type = "virtio" }
  disk = {
    ide0    = { datastore_id = "local-lvm", size = "1G" }
    sata1   = { datastore_id = "ceph", size = 2, cache = "writeback" }
    scsi0   = { datastore_id = "local-lvm", size = "8G", discard = "on", iothread = true, ssd = true, serial = "abc" }
    virtio0 = { datastore_id = "ceph", size = "3G", aio = "native", backup = false, replicate = false }
  }
  cdrom = {
    ide2 = { file_id = "local-lvm:vm-100-cloudinit" }
    ide3 = { file_id = "local:iso/debian.iso" }
  }
  network_device = {
    net0 = { model = "e1000", mac_address = "bc:24:11:57:88:48", bridge = "vmbr0", firewall = true, vlan_id = 7, trunks = "10;20-30" }
    net1 = { bridge = "vmbr1", disconnected = true, mtu = 1400, queues = 4, rate_limit = 12.5 }
  }
  serial_device = { serial0 = {} }
  audio_device  = { device = "ich9-intel-hda", driver = "spice" }
  rng           = { source = "/dev/urandom", max_bytes = 1024, period = 1000 }
  efi_disk      = { datastore_id = "local-lvm", type = "4m", pre_enrolled_keys = true }
  tpm_state     = { datastore_id = "local-lvm" }
  hostpci = {
    hostpci0 = { id = "0000:01:00.0", pcie = true, xvga = true }
    hostpci1 = { mapping = "gpu", mdev = "nvidia-63", rombar = false }
  }
  usb = {
    usb0 = { host = "1234:5678", usb3 = true }
    usb1 = { mapping = "stick" }
    usb2 = { host = "spice" }
  }
  vga             = { type = "virtio", memory = 64 }
  startup         = { order = 2, up_delay = 30, down_delay = 60 }
  on_boot         = true
  boot_order      = ["scsi0", "ide3", "net0"]
  tablet_device   = false
  keyboard_layout = "de"
  kvm_arguments   = "-no-hpet"
"#;

fn configured(name: &str) -> String {
    format!(
        "resource \"substrate_proxmox_vm\" \"web\" {{\n  node_name = \"pve1\"\n  vm_id = 100\n  name = \"{name}\"\n{CONFIGURED}}}\n"
    )
}

/// A running machine with every kind of device.
async fn machine() -> Proxmox {
    let lab = Proxmox::start().await;
    lab.put_file("local:iso/debian.iso", b"x");
    lab.act("POST", "/nodes/pve1/qemu", MADE);
    lab.act("POST", "/nodes/pve1/qemu/100/status/start", &[]);
    SET_BY_HAND.iter().for_each(|(name, value)| lab.set_option(100, name, Some(value)));
    lab.add_disk(100, lab::proxmox::Disk { slot: "unused0", value: "local-lvm:1" });
    lab.catch_up();
    lab
}

/// All that is configured, but what says when it was changed.
#[track_caller]
fn options(lab: &Proxmox, id: u32) -> Json {
    let mut config = lab.config(id).expect("it is there");
    config.as_object_mut().expect("options have names").remove("digest");
    config
}

#[tokio::test]
async fn a_machine_with_every_kind_of_device_is_imported_and_keeps_them_all() {
    let lab = machine().await;
    let mut host = host(&lab).await;
    fine(host.import(VM, "pve1/100").await);
    nothing_to_do(host.plan(&document(&configured("web"))).await);
    let before = options(&lab, 100);
    let report = fine(host.apply(&document(&configured("site"))).await);
    assert_eq!(report.actions.get(VM), Some(&Action::Update));
    let (mut expected, after) = (before, options(&lab, 100));
    expected["name"] = "site".into();
    assert_eq!(after, expected, "nothing but the name is another");
    renewed(&lab, &mut host).await;
    nothing_to_do(host.plan(&document(&configured("site"))).await);
}

#[tokio::test]
async fn a_template_is_imported_as_it_stands() {
    let lab = Proxmox::start().await;
    lab.act("POST", "/nodes/pve2/qemu", &[("vmid", "100"), ("name", "web"), ("scsi0", "ceph:8"), ("cores", "2")]);
    lab.act("POST", "/nodes/pve2/qemu/100/template", &[]);
    lab.catch_up();
    let mut host = host(&lab).await;
    fine(host.import(VM, "100").await);
    let text = "resource \"substrate_proxmox_vm\" \"web\" {\n  node_name = \"pve2\"\n  name = \"web\"\n  template = true\n  \
                started = false\n  disk = { scsi0 = { datastore_id = \"ceph\", size = 8 } }\n}\n";
    nothing_to_do(host.plan(&document(text)).await);
}

/// As bpg's provider keeps such a machine: blocks in lists, and empty values where nothing is set.
#[tokio::test]
async fn a_machine_of_the_other_provider_moves_here_with_every_kind_of_device() {
    let lab = machine().await;
    let mut host = host(&lab).await;
    let before = options(&lab, 100);
    fine(host.move_from(VM, "proxmox_virtual_environment_vm", 0, include_str!("states/bpg_vm.json")).await);
    fine(host.refresh().await);
    nothing_to_do(host.plan(&document(&configured("web"))).await);
    assert_eq!(options(&lab, 100), before);
}

/// A container as it is made over the API.
const OF_CONTAINER: &[(&str, &str)] = &[
    ("vmid", "200"),
    ("ostemplate", TEMPLATE),
    ("hostname", "web"),
    ("unprivileged", "1"),
    ("rootfs", "local-lvm:4,acl=1,mountoptions=noatime"),
    ("mp0", "ceph:8,mp=/srv,backup=1,replicate=0,mountoptions=nodev;nosuid"),
    ("net0", "name=eth0,bridge=vmbr0,ip=10.0.0.5/24,gw=10.0.0.1,hwaddr=BC:24:11:57:88:50,tag=7,firewall=1,mtu=1400"),
    ("net1", "name=eth1,bridge=vmbr1,ip=dhcp,ip6=auto,hwaddr=BC:24:11:57:88:51,link_down=1,rate=5"),
    ("nameserver", "192.0.2.53 192.0.2.54"),
    ("searchdomain", "example.com"),
    ("cores", "2"),
    ("cpulimit", "1.5"),
    ("memory", "1024"),
    ("swap", "0"),
    ("tty", "1"),
    ("cmode", "shell"),
    ("startup", "order=2,up=30"),
    ("tags", "prod;web"),
    ("description", "Serves."),
    ("onboot", "1"),
];

const OF_CONTAINER_BY_HAND: &[(&str, &str)] = &[
    ("features", "nesting=1,keyctl=1,fuse=1,mount=cifs;nfs"),
    ("mp1", "/srv/media,mp=/media,ro=1,shared=1"),
    ("dev0", "/dev/dri/renderD128,gid=104,mode=0660"),
    ("hookscript", "local:snippets/hook.pl"),
    ("unused0", "local-lvm:vm-200-disk-9"),
    ("timezone", "Europe/Berlin"),
];

const CONTAINER_CONFIGURED: &str = r#"
  node_name    = "pve1"
  vm_id        = 200
  unprivileged = true
  description  = "Serves."
  tags         = ["prod", "web"]
  disk         = { datastore_id = "local-lvm", size = "4G", acl = true, mount_options = ["noatime"] }
  mount_point = {
    mp0 = { datastore_id = "ceph", size = "8G", path = "/srv", backup = true, replicate = false, mount_options = ["nodev", "nosuid"] }
    mp1 = { volume = "/srv/media", path = "/media", read_only = true, shared = true }
  }
  network_interface = {
    net0 = { name = "eth0", bridge = "vmbr0", ipv4_address = "10.0.0.5/24", ipv4_gateway = "10.0.0.1", mac_address = "BC:24:11:57:88:50", vlan_id = 7, firewall = true, mtu = 1400 }
    net1 = { name = "eth1", bridge = "vmbr1", ipv4_address = "dhcp", ipv6_address = "auto", disconnected = true, rate_limit = 5 }
  }
  dns                 = { servers = ["192.0.2.53", "192.0.2.54"], domain = "example.com" }
  cpu                 = { cores = 2, limit = 1.5 }
  memory              = { dedicated = 1024, swap = 0 }
  console             = { tty_count = 1, type = "shell" }
  features            = { nesting = true, keyctl = true, fuse = true, mount = ["cifs", "nfs"] }
  startup             = { order = 2, up_delay = 30 }
  hook_script_file_id = "local:snippets/hook.pl"
  start_on_boot       = true
"#;

fn container_configured(hostname: &str) -> String {
    format!(
        "resource \"substrate_proxmox_container\" \"web\" {{\n  hostname = \"{hostname}\"{CONTAINER_CONFIGURED}}}\n"
    )
}

async fn container() -> Proxmox {
    let lab = cluster().await;
    lab.act("POST", "/nodes/pve1/lxc", OF_CONTAINER);
    lab.act("POST", "/nodes/pve1/lxc/200/status/start", &[]);
    OF_CONTAINER_BY_HAND.iter().for_each(|(name, value)| lab.set_option(200, name, Some(value)));
    lab.catch_up();
    lab
}

#[tokio::test]
async fn a_container_with_mount_points_devices_and_features_is_imported_and_keeps_them_all() {
    let lab = container().await;
    let mut host = host(&lab).await;
    fine(host.import(CONTAINER, "pve1/200").await);
    nothing_to_do(host.plan(&document(&container_configured("web"))).await);
    let before = options(&lab, 200);
    fine(host.apply(&document(&container_configured("site"))).await);
    let (mut expected, after) = (before, options(&lab, 200));
    expected["hostname"] = "site".into();
    assert_eq!(after, expected, "nothing but the name is another");
}

#[tokio::test]
async fn a_container_of_the_other_provider_moves_here_with_its_devices() {
    let lab = container().await;
    let mut host = host(&lab).await;
    let before = options(&lab, 200);
    fine(
        host.move_from(
            CONTAINER,
            "proxmox_virtual_environment_container",
            0,
            include_str!("states/bpg_container.json"),
        )
        .await,
    );
    fine(host.refresh().await);
    nothing_to_do(host.plan(&document(&container_configured("web"))).await);
    assert_eq!(options(&lab, 200), before);
}
