//! Machines: their life, their devices, and what others do to them.

use std::fmt::Write;
use std::time::{Duration, Instant};

use lab::Proxmox;
use lab::proxmox::Disk;
use tfplugin::harness::{Action, Host, Report};

use crate::estate::{Servers, document, failure, fine, host, understood};

pub const VM: &str = "substrate_proxmox_vm.web";

/// A machine with number 100 on `pve1`, with more lines in it.
pub fn vm(more: &str) -> String {
    format!(
        "resource \"substrate_proxmox_vm\" \"web\" {{\n  node_name = \"pve1\"\n  vm_id = 100\n  name = \"web\"\n{more}\n}}\n"
    )
}

pub const DISK: &str = "  disk = { scsi0 = { datastore_id = \"local-lvm\", size = \"8G\" } }";

/// What a configuration option of the machine is.
#[track_caller]
pub fn option(lab: &Proxmox, name: &str) -> String {
    let config = lab.config(100).expect("the machine is there");
    config[name].as_str().map_or_else(|| config[name].to_string(), str::to_owned)
}

#[track_caller]
pub fn nothing_to_do(report: tfplugin::Result<Report>) {
    report.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
}

/// Another process, with the same state.
pub async fn renewed(lab: &Proxmox, host: &mut Host) {
    host.reconfigure(Servers::config(lab)).await.expect("it can be configured again");
}

#[tokio::test]
async fn a_machine_is_made_started_stopped_and_destroyed() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let running = vm(DISK);
    fine(host.apply(&document(&running)).await);
    assert!(lab.runs(100));
    // In another process, which believes the list no more than it must.
    renewed(&lab, &mut host).await;
    nothing_to_do(host.plan(&document(&running)).await);

    let stopped = vm(&format!("{DISK}\n  started = false"));
    fine(host.apply(&document(&stopped)).await);
    assert!(!lab.runs(100));
    renewed(&lab, &mut host).await;
    nothing_to_do(host.plan(&document(&stopped)).await);

    fine(host.destroy().await);
    assert!(lab.guests().is_empty());
    understood(&lab);
}

#[tokio::test]
async fn a_number_is_chosen_where_nobody_does() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let text = (0..4).fold(String::new(), |mut text, index| {
        write!(
            text,
            "resource \"substrate_proxmox_vm\" \"v{index}\" {{\n  node_name = \"pve1\"\n  started = false\n}}\n"
        )
        .expect("a text takes all");
        text
    });
    fine(host.apply(&document(&text)).await);
    assert_eq!(lab.guests().len(), 4);
    nothing_to_do(host.plan(&document(&text)).await);
    understood(&lab);
}

#[tokio::test]
async fn what_is_cleared_is_deleted() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let full = vm("  started = false\n  description = \"Serves.\"\n  tags = [\"web\", \"prod\"]\n  on_boot = true\n  \
         startup = { order = 2, up_delay = 30 }\n  rng = { source = \"/dev/urandom\" }");
    fine(host.apply(&document(&full)).await);
    assert_eq!((option(&lab, "description").as_str(), option(&lab, "startup").as_str()), ("Serves.", "2,up=30"));
    lab.clear_log();
    let (bare, digest) = (vm("  started = false"), option(&lab, "digest"));
    fine(host.apply(&document(&bare)).await);
    let requests = lab.requests();
    let cleared = requests.iter().find(|request| request.fields.contains_key("delete")).expect("something is deleted");
    assert_eq!(cleared.fields["delete"], "description,onboot,rng0,startup,tags");
    assert_eq!(cleared.fields["digest"], digest, "only what is as it was read is changed");
    nothing_to_do(host.plan(&document(&bare)).await);
    understood(&lab);
}

#[tokio::test]
async fn disks_grow_in_place_and_never_shrink() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(&vm(DISK))).await);
    let grown = vm(&DISK.replace("8G", "20G"));
    let report = fine(host.apply(&document(&grown)).await);
    assert_eq!(report.actions.get(VM), Some(&Action::Update));
    assert!(option(&lab, "scsi0").ends_with("size=20G"), "{}", option(&lab, "scsi0"));
    nothing_to_do(host.plan(&document(&grown)).await);
    lab.clear_log();
    let said = failure(host.plan(&document(&vm(&DISK.replace("8G", "10G")))).await);
    assert!(said.contains("`disk` makes `scsi0` smaller, from 20G to 10G") && said.contains("at disk"), "{said}");
    assert!(lab.requests().iter().all(|request| request.method == "GET"));
    understood(&lab);
}

#[tokio::test]
async fn a_disk_that_is_added_by_hand_is_shown_and_kept_as_a_volume() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let text = vm(DISK);
    fine(host.apply(&document(&text)).await);
    lab.add_disk(100, Disk { slot: "scsi1", value: "local-lvm:4" });
    fine(host.refresh().await);
    let state = format!("{:?}", host.instance(VM).expect("it is there").get("disk"));
    assert!(state.contains("scsi1"), "{state}");
    let report = fine(host.apply(&document(&text)).await);
    assert_eq!(report.actions.get(VM), Some(&Action::Update));
    let config = lab.config(100).expect("it is there");
    assert!(config["scsi1"].is_null() && config["unused0"].is_string(), "{config}");
    nothing_to_do(host.plan(&document(&text)).await);
    understood(&lab);
}

#[tokio::test]
async fn the_order_of_devices_never_matters() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let disks = [
        "scsi0 = { datastore_id = \"local-lvm\", size = \"8G\" }",
        "scsi1 = { datastore_id = \"ceph\", size = \"4G\" }",
    ];
    let cards = ["net0 = { bridge = \"vmbr0\" }", "net1 = { bridge = \"vmbr1\" }"];
    let text = |disks: [&str; 2], cards: [&str; 2]| {
        vm(&format!("  disk = {{\n{}\n}}\n  network_device = {{\n{}\n}}", disks.join("\n"), cards.join("\n")))
    };
    fine(host.apply(&document(&text(disks, cards))).await);
    nothing_to_do(host.plan(&document(&text([disks[1], disks[0]], [cards[1], cards[0]]))).await);
    let without_first = vm(&format!("  disk = {{\n{}\n}}\n  network_device = {{\n{}\n}}", disks[1], cards[1]));
    let (disk, card) = (option(&lab, "scsi1"), option(&lab, "net1"));
    fine(host.apply(&document(&without_first)).await);
    assert_eq!((option(&lab, "scsi1"), option(&lab, "net1")), (disk, card));
    nothing_to_do(host.plan(&document(&without_first)).await);
    understood(&lab);
}

#[tokio::test]
async fn a_machine_that_somebody_moved_stays_where_it_is() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let text = vm(&DISK.replace("local-lvm", "ceph"));
    fine(host.apply(&document(&text)).await);
    lab.relocate(100, "pve2");
    renewed(&lab, &mut host).await;
    nothing_to_do(host.plan(&document(&text)).await);
    fine(host.refresh().await);
    assert_eq!(host.instance(VM).expect("it is there").text("current_node"), "pve2");
    fine(host.apply(&document(&text.replace("name = \"web\"", "name = \"site\""))).await);
    assert_eq!((option(&lab, "name").as_str(), lab.node_of(100).as_deref()), ("site", Some("pve2")));
    understood(&lab);
}

#[tokio::test]
async fn another_node_is_a_migration() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let text = vm(&DISK.replace("local-lvm", "ceph"));
    fine(host.apply(&document(&text)).await);
    let moved = text.replace("pve1", "pve3");
    let report = fine(host.apply(&document(&moved)).await);
    assert_eq!(report.actions.get(VM), Some(&Action::Update));
    assert_eq!((lab.node_of(100).as_deref(), lab.runs(100)), (Some("pve3"), true));
    renewed(&lab, &mut host).await;
    nothing_to_do(host.plan(&document(&moved)).await);
    understood(&lab);
}

#[tokio::test]
async fn another_storage_is_a_move_of_the_disk() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(&vm(DISK))).await);
    let moved = vm(&DISK.replace("local-lvm", "ceph"));
    let report = fine(host.apply(&document(&moved)).await);
    assert!(report.messages.is_empty(), "{}", report.text());
    assert_eq!(report.actions.get(VM), Some(&Action::Update));
    assert!(option(&lab, "scsi0").starts_with("ceph:"), "{}", option(&lab, "scsi0"));
    assert!(lab.config(100).expect("it is there")["unused0"].is_null());
    nothing_to_do(host.plan(&document(&moved)).await);
    understood(&lab);
}

#[tokio::test]
async fn another_format_is_a_copy_of_the_disk() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let on = |store: &str, format: &str| {
        vm(&format!(
            "  bios = \"ovmf\"\n  disk = {{ scsi0 = {{ datastore_id = \"{store}\", size = \"8G\", file_format = \"{format}\" }} }}\n  \
             efi_disk = {{ datastore_id = \"nfs\", file_format = \"{}\" }}",
            if store == "nfs" { format } else { "raw" }
        ))
    };
    fine(host.apply(&document(&on("nfs", "raw"))).await);
    let report = fine(host.apply(&document(&on("nfs", "qcow2"))).await);
    assert!(report.messages.is_empty(), "{}", report.text());
    assert_eq!(report.actions.get(VM), Some(&Action::Update));
    for slot in ["scsi0", "efidisk0"] {
        assert!(option(&lab, slot).contains(".qcow2,"), "{}", option(&lab, slot));
    }
    assert!(lab.config(100).expect("it is there")["unused0"].is_null());
    nothing_to_do(host.plan(&document(&on("nfs", "qcow2"))).await);
    // On storages of disks there is one format.
    let said = failure(host.apply(&document(&on("ceph", "qcow2"))).await);
    assert!(said.contains("`scsi0` is on `ceph` now, as `raw` and not as `qcow2`"), "{said}");
    assert!(said.contains("leave `file_format` out") && said.contains("at disk"), "{said}");
    fine(host.apply(&document(&on("ceph", "raw"))).await);
    nothing_to_do(host.plan(&document(&on("ceph", "raw"))).await);
    understood(&lab);
}

/// What depends on what changes is looked at again, and not taken away.
#[tokio::test]
async fn what_is_left_out_stays_when_its_neighbours_change() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let with =
        |cards: &str, more: &str| vm(&format!("{DISK}\n  started = false\n  network_device = {{ {cards} }}\n{more}"));
    let (one, two) = ("net0 = { bridge = \"vmbr0\" }", "net0 = { bridge = \"vmbr0\" }, net1 = { bridge = \"vmbr1\" }");
    fine(host.apply(&document(&with(one, ""))).await);
    lab.set_option(100, "ide0", Some("none,media=cdrom"));
    lab.set_option(100, "boot", Some("order=net0;scsi0"));
    let settings = "  initialization = { datastore_id = \"nfs\", user_data = \"#cloud-config\" }";
    for text in [with(two, ""), with(two, settings), with(one, &settings.replace("config\"", "config x\""))] {
        fine(host.apply(&document(&text)).await);
        assert_eq!(option(&lab, "ide0"), "none,media=cdrom");
        assert!(option(&lab, "boot").starts_with("order=net0;scsi0"), "{}", option(&lab, "boot"));
        nothing_to_do(host.plan(&document(&text)).await);
    }
    understood(&lab);
}

#[tokio::test]
async fn a_card_keeps_its_address_when_its_model_changes() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let with =
        |model: &str| vm(&format!("  network_device = {{ net0 = {{ bridge = \"vmbr0\", model = \"{model}\" }} }}"));
    fine(host.apply(&document(&with("virtio"))).await);
    let address = option(&lab, "net0").trim_start_matches("virtio=").split(',').next().unwrap_or_default().to_owned();
    fine(host.apply(&document(&with("e1000"))).await);
    assert!(option(&lab, "net0").starts_with(&format!("e1000={address},")), "{}", option(&lab, "net0"));
    nothing_to_do(host.plan(&document(&with("e1000"))).await);
    understood(&lab);
}

#[tokio::test]
async fn a_pool_is_changed_without_a_second_change() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let pools = "resource \"substrate_proxmox_pool\" \"a\" {\n  pool_id = \"a\"\n}\nresource \"substrate_proxmox_pool\" \"b\" {\n  pool_id = \"b\"\n}\n";
    let text = |line: &str| format!("{pools}{}", vm(&format!("  started = false\n{line}")));
    for line in ["  pool_id = substrate_proxmox_pool.a.pool_id", "  pool_id = substrate_proxmox_pool.b.pool_id", ""] {
        fine(host.apply(&document(&text(line))).await);
        renewed(&lab, &mut host).await;
        nothing_to_do(host.plan(&document(&text(line))).await);
    }
    fine(host.destroy().await);
    understood(&lab);
}

#[tokio::test]
async fn a_lock_is_waited_for_and_its_holder_named() {
    let lab = Proxmox::builder().patience(Duration::from_millis(50)).start().await.expect("a port is free");
    let mut host = host(&lab).await;
    let text = vm("  started = false");
    fine(host.apply(&document(&text)).await);
    lab.hold_lock_file(100, Duration::from_millis(400));
    let begin = Instant::now();
    fine(host.apply(&document(&text.replace("\"web\"\n", "\"site\"\n"))).await);
    assert!(begin.elapsed() >= Duration::from_millis(400));
    assert_eq!(option(&lab, "name"), "site");

    // A lock in the configuration, whose end changes the digest.
    lab.lock(100, Some("snapshot"));
    let snapshot = async {
        tfplugin::operation::sleep(Duration::from_millis(700)).await.expect("nobody stops it");
        lab.lock(100, None);
    };
    let described = document(&text.replace("\"web\"\n", "\"site\"\n  description = \"y\"\n"));
    let (done, ()) = tokio::join!(host.apply(&described), snapshot);
    fine(done);
    assert_eq!(option(&lab, "description"), "y");

    lab.lock(100, Some("backup"));
    let limited = vm("  started = false\n  description = \"x\"\n  timeouts = { update = \"1s\" }");
    let said = failure(host.apply(&document(&limited)).await);
    assert!(said.contains("VM is locked (backup)"), "{said}");
    assert!(said.contains("`qm unlock 100`") && said.contains("timeouts"), "{said}");

    lab.lock(100, None);
    lab.slow("qmstart", Duration::from_secs(60));
    lab.call("POST", "/nodes/pve1/qemu/100/status/start", &[]).expect("it is stopped");
    let said = failure(host.apply(&document(&limited)).await);
    assert!(said.contains("The lock is held by task `qmstart` of `100` on node `pve1`"), "{said}");
}
