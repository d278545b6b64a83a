//! Machines: clones, first settings, imports of every device.

use std::fmt::Write;
use std::process::Command;
use std::time::Duration;

use lab::Proxmox;
use lab::debian::Program;

use crate::estate::{document, failure, fine, host, understood};
use crate::proxmox_vm::{DISK, VM, nothing_to_do, option, renewed, vm};

const TEMPLATE: &str = r#"
resource "substrate_proxmox_vm" "template" {
  node_name   = "pve1"
  vm_id       = 9000
  name        = "debian"
  description = "Debian 12"
  tags        = ["template"]
  template    = true
  cpu         = { cores = 2, type = "host" }
  disk        = { scsi0 = { datastore_id = "ceph", size = "4G" } }
  network_device = { net0 = { bridge = "vmbr0" } }
}
"#;

#[tokio::test]
async fn a_clone_is_what_the_plan_says_and_not_what_its_source_is() {
    for full in [true, false] {
        let lab = Proxmox::start().await;
        let mut host = host(&lab).await;
        let clone = vm(&format!(
            "  clone = {{ vm_id = substrate_proxmox_vm.template.vm_id, full = {full} }}\n  memory = {{ dedicated = 1024 }}\n  \
             disk = {{ scsi0 = {{ datastore_id = \"ceph\", size = \"12G\" }} }}"
        ));
        let text = format!("{TEMPLATE}{clone}");
        fine(host.apply(&document(&text)).await);
        let config = lab.config(100).expect("the clone is there");
        assert!(config["description"].is_null() && config["tags"].is_null(), "{config}");
        assert_eq!((config["cpu"].as_str(), config["memory"].as_str()), (Some("host"), Some("1024")), "{config}");
        assert!(option(&lab, "scsi0").ends_with("size=12G"), "{config}");
        assert!(lab.runs(100) && !lab.runs(9000));
        renewed(&lab, &mut host).await;
        nothing_to_do(host.plan(&document(&text)).await);
        fine(host.destroy().await);
        assert!(lab.guests().is_empty());
        understood(&lab);
    }
}

/// A template as distributions and people make it, with a drive for Proxmox VE's own cloud-init.
fn template_by_hand(lab: &Proxmox, disk: &str) {
    let settings =
        [("ide2", "local-lvm:cloudinit"), ("ciuser", "admin"), ("ipconfig0", "ip=dhcp"), ("boot", "order=scsi0")];
    let machine = [("vmid", "9000"), ("name", "debian"), ("scsi0", disk), ("net0", "virtio,bridge=vmbr0")];
    lab.act("POST", "/nodes/pve1/qemu", &[machine, settings].concat());
    lab.act("POST", "/nodes/pve1/qemu/9000/template", &[]);
}

#[tokio::test]
async fn a_clone_keeps_the_drive_with_the_settings_of_its_template() {
    let lab = Proxmox::start().await;
    template_by_hand(&lab, "local-lvm:4");
    let mut host = host(&lab).await;
    let text = vm("  clone = { vm_id = 9000 }");
    fine(host.apply(&document(&text)).await);
    assert!(option(&lab, "ide2").contains("vm-100-cloudinit"), "{}", option(&lab, "ide2"));
    assert_eq!(option(&lab, "ciuser"), "admin");
    nothing_to_do(host.plan(&document(&text)).await);

    // First settings of one's own take its place, and no other CD drive is left.
    let own = vm(&format!("  clone = {{ vm_id = 9000 }}\n{SETTINGS}"));
    fine(host.apply(&document(&own)).await);
    assert!(option(&lab, "ide2").starts_with("nfs:iso/substrate-100-"), "{}", option(&lab, "ide2"));
    nothing_to_do(host.plan(&document(&own)).await);
    let bare = vm("  clone = { vm_id = 9000 }\n  cdrom = {}");
    fine(host.apply(&document(&bare)).await);
    assert!(lab.config(100).expect("it is there")["ide2"].is_null());
    nothing_to_do(host.plan(&document(&bare)).await);
}

#[tokio::test]
async fn a_clone_comes_to_another_node_from_a_storage_of_one_node() {
    let lab = Proxmox::start().await;
    template_by_hand(&lab, "local-lvm:4");
    let mut host = host(&lab).await;
    let text = vm("  clone = { vm_id = 9000 }").replace("pve1", "pve2");
    fine(host.apply(&document(&text)).await);
    assert_eq!(host.instance(VM).expect("it is there").text("current_node"), "pve2");
    assert!(lab.runs(100));
    nothing_to_do(host.plan(&document(&text)).await);
}

#[tokio::test]
async fn the_boot_order_is_what_was_asked_for_whatever_drives_come() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let order = "  started = false\n  boot_order = [\"scsi0\"]";
    let text = vm(&format!("{DISK}\n{order}"));
    fine(host.apply(&document(&text)).await);
    let with_cds = vm(&format!("{DISK}\n{order}\n  cdrom = {{ ide0 = {{}} }}\n{SETTINGS}"));
    fine(host.apply(&document(&with_cds)).await);
    assert_eq!(option(&lab, "boot"), "order=scsi0");
    nothing_to_do(host.plan(&document(&with_cds)).await);
    // Where nobody says it, it is as the drives have it.
    let any = vm(&format!("{DISK}\n  started = false\n  cdrom = {{ ide1 = {{}} }}"));
    fine(host.apply(&document(&any)).await);
    assert_eq!(option(&lab, "boot"), "order=scsi0;ide1");
    nothing_to_do(host.plan(&document(&any)).await);
}

#[tokio::test]
async fn twenty_clones_at_once_come_to_be_by_three_writers() {
    let lab = Proxmox::builder().lag(Duration::from_secs(10)).start().await.expect("a port is free");
    lab.slow("qmclone", Duration::from_millis(150));
    let mut host = host(&lab).await;
    let text = (0..20).fold(TEMPLATE.to_owned(), |mut text, index| {
        write!(
            text,
            "resource \"substrate_proxmox_vm\" \"c{index}\" {{\n  node_name = \"pve1\"\n  name = \"c{index}\"\n  \
             clone = {{ vm_id = substrate_proxmox_vm.template.vm_id }}\n}}\n"
        )
        .expect("a text takes everything");
        text
    });
    fine(host.apply(&document(&text)).await);
    assert_eq!(lab.guests().len(), 21);
    assert!(lab.most_writers("pve1") <= 3, "{}", lab.most_writers("pve1"));
    let refused: Vec<_> =
        lab.requests().into_iter().filter(|request| request.status >= 400 && request.method != "GET").collect();
    assert!(refused.is_empty(), "{refused:?}");
    nothing_to_do(host.plan(&document(&text)).await);
    understood(&lab);
}

#[tokio::test]
async fn a_clone_of_what_is_locked_waits() {
    let lab = Proxmox::builder().patience(Duration::from_millis(50)).start().await.expect("a port is free");
    let mut host = host(&lab).await;
    fine(host.apply(&document(TEMPLATE)).await);
    lab.hold_lock_file(9000, Duration::from_millis(400));
    let clone = vm("  clone = { vm_id = substrate_proxmox_vm.template.vm_id }");
    fine(host.apply(&document(&format!("{TEMPLATE}{clone}"))).await);
    assert!(lab.runs(100));
    understood(&lab);
}

#[tokio::test]
async fn a_linked_clone_needs_a_template() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let text = format!(
        "{}{}",
        TEMPLATE.replace("  template    = true\n", ""),
        vm("  clone = { vm_id = substrate_proxmox_vm.template.vm_id, full = false }")
    );
    let said = failure(host.apply(&document(&text)).await);
    assert!(said.contains("it is no template") && said.contains("at clone"), "{said}");
    assert_eq!(lab.count("POST", "/nodes/*/qemu/*/clone"), 0);
}

/// What reads images of CDs, and has nothing of ours.
const ISOINFO: Program = Program {
    name: "isoinfo",
    package: "genisoimage",
    place: "/usr/bin/isoinfo",
    missing: "isoinfo is not on the PATH: install it (on Debian, as root, `apt-get install genisoimage`)",
};

const SETTINGS: &str = r##"
  initialization = {
    datastore_id   = "nfs"
    user_data      = "#cloud-config\nhostname: web\n"
    network_config = "version: 2\n"
  }
"##;

#[tokio::test]
async fn first_settings_are_a_cd_that_others_can_read() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let text = vm(&format!("{DISK}\n{SETTINGS}"));
    fine(host.apply(&document(&text)).await);
    nothing_to_do(host.plan(&document(&text)).await);
    let volume = host.instance(VM).expect("it is there").text("initialization_image");
    assert!(option(&lab, "ide2").starts_with(&format!("{volume},media=cdrom")), "{}", option(&lab, "ide2"));
    let image = lab.file("pve1", &volume).expect("it was uploaded");
    let directory = tempfile::tempdir().expect("a scratch directory can be made");
    let file = directory.path().join("cidata.iso");
    std::fs::write(&file, &image).expect("the file can be written");
    let program = ISOINFO.ensure().unwrap_or_else(|error| panic!("{error}"));
    let isoinfo = |arguments: &[&str]| {
        let output = Command::new(&program).arg("-i").arg(&file).args(arguments).output().expect("it starts");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("it writes text")
    };
    assert!(isoinfo(&["-d"]).contains("Volume id: cidata\n"), "{}", isoinfo(&["-d"]));
    let names = isoinfo(&["-J", "-f"]);
    assert_eq!(names.lines().collect::<Vec<_>>(), ["/meta-data", "/network-config", "/user-data"]);
    assert_eq!(isoinfo(&["-J", "-x", "/user-data"]), "#cloud-config\nhostname: web\n");
    assert_eq!(isoinfo(&["-J", "-x", "/network-config"]), "version: 2\n");
    let meta = isoinfo(&["-J", "-x", "/meta-data"]);
    let instance =
        meta.strip_prefix("instance-id: substrate-100-").and_then(|rest| rest.strip_suffix("\nlocal-hostname: web\n"));
    assert!(instance.is_some_and(|sum| sum.len() == 16), "{meta}");

    let changed = text.replace("hostname: web", "hostname: site");
    fine(host.apply(&document(&changed)).await);
    let other = host.instance(VM).expect("it is there").text("initialization_image");
    assert_ne!(volume, other);
    let renewed = lab.file("pve1", &other).expect("it was uploaded");
    let instance = instance.expect("it has one").as_bytes();
    assert!(!renewed.windows(16).any(|part| part == instance), "what is changed would not be carried out");
    assert!(lab.file("pve1", &volume).is_none() && lab.file("pve1", &other).is_some());
    fine(host.destroy().await);
    assert_eq!(lab.file("pve1", &other), None);
    understood(&lab);
}

#[tokio::test]
async fn secret_settings_are_on_the_cd_alone() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let settings = |secret: &str, version: u32| {
        vm(&format!(
            "{DISK}\n  initialization = {{ datastore_id = \"nfs\" }}\n  user_data_wo = \"{secret}\"\n  user_data_wo_version = {version}"
        ))
    };
    for (secret, version) in [("#cloud-config first-secret", 1), ("#cloud-config second-secret", 2)] {
        fine(host.apply(&document(&settings(secret, version))).await);
        let machine = host.instance(VM).expect("it is there");
        let image = lab.file("pve1", &machine.text("initialization_image")).expect("it was uploaded");
        assert!(String::from_utf8_lossy(&image).contains(secret));
        assert!(!format!("{:?}", machine.state).contains("-secret"));
    }
    understood(&lab);
}

/// A machine with a device of every kind, as a configuration has it.
const IMPORTED: &str = r#"
resource "substrate_proxmox_vm" "web" {
  node_name = "pve2"
  name      = "old"
  started   = false
  tags      = ["b", "a"]
  on_boot   = true
  bios      = "ovmf"
  memory    = { dedicated = 2048, floating = 1024 }
  cpu       = { cores = 4, type = "host" }
  disk = {
    virtio1 = { datastore_id = "ceph", size = 4 }
    scsi0   = { datastore_id = "local-lvm", size = "8G", ssd = true }
  }
  cdrom          = { ide2 = {} }
  efi_disk       = { datastore_id = "local-lvm", type = "4m", pre_enrolled_keys = true }
  tpm_state      = { datastore_id = "local-lvm" }
  network_device = { net0 = { bridge = "vmbr0", vlan_id = 7, firewall = true } }
  hostpci        = { hostpci0 = { mapping = "gpu", pcie = true } }
  usb            = { usb0 = { host = "spice" } }
  serial_device  = { serial0 = {} }
  vga            = { type = "virtio", memory = 32 }
  rng            = { source = "/dev/urandom", max_bytes = 1024 }
  audio_device   = { device = "ich9-intel-hda", driver = "spice" }
  startup        = { order = 2, up_delay = 30 }
}
"#;

#[tokio::test]
async fn an_import_of_every_device_is_an_empty_plan() {
    let lab = Proxmox::start().await;
    lab.act(
        "POST",
        "/nodes/pve2/qemu",
        &[
            ("vmid", "100"),
            ("name", "old"),
            ("memory", "2048"),
            ("balloon", "1024"),
            ("cores", "4"),
            ("cpu", "host,flags=+aes"),
            ("ostype", "l26"),
            ("agent", "1,fstrim_cloned_disks=1"),
            ("bios", "ovmf"),
            ("machine", "q35"),
            ("scsihw", "virtio-scsi-single"),
            ("scsi0", "local-lvm:8,ssd=1,mbps_rd=10"),
            ("virtio1", "ceph:4"),
            ("ide2", "none,media=cdrom"),
            ("efidisk0", "local-lvm:1,efitype=4m,pre-enrolled-keys=1"),
            ("tpmstate0", "local-lvm:1,version=v2.0"),
            ("net0", "virtio,bridge=vmbr0,tag=7,firewall=1"),
            ("hostpci0", "mapping=gpu,pcie=1"),
            ("usb0", "host=spice"),
            ("serial0", "socket"),
            ("vga", "virtio,memory=32"),
            ("rng0", "source=/dev/urandom,max_bytes=1024"),
            ("audio0", "device=ich9-intel-hda,driver=spice"),
            ("startup", "order=2,up=30"),
            ("tags", "a;b"),
            ("onboot", "1"),
        ],
    );
    let mut host = host(&lab).await;
    fine(host.import(VM, "pve2/100").await);
    nothing_to_do(host.plan(&document(IMPORTED)).await);
    // What the provider does not know stays as it is.
    fine(host.apply(&document(&IMPORTED.replace("ssd = true", "ssd = false").replace("cores = 4", "cores = 2"))).await);
    assert!(
        option(&lab, "scsi0").contains("mbps_rd=10") && option(&lab, "scsi0").contains("ssd=0"),
        "{}",
        option(&lab, "scsi0")
    );
    assert!(option(&lab, "cpu").contains("flags=+aes"), "{}", option(&lab, "cpu"));
    understood(&lab);
}
