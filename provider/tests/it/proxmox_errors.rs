//! What the user is told when Proxmox VE refuses, and that nothing is lost half way.

use std::time::Duration;

use lab::{Fault, Proxmox};

use crate::estate::{document, failure, fine, host, understood};
use crate::proxmox_vm::{DISK, VM, nothing_to_do, option, vm};

/// A body that refuses what is in a slot.
pub const REFUSED: &str = r#"{"data":null,"errors":{"net0":"bridge 'vmbr0' is gone"}}"#;

#[tokio::test]
async fn a_refused_parameter_points_at_its_attribute() {
    let lab = Proxmox::start().await;
    lab.fault(Fault::on("POST", "/nodes/*/qemu").status(400, REFUSED).reason("Parameter verification failed."));
    let mut host = host(&lab).await;
    let text = vm("  network_device = { net0 = { bridge = \"vmbr0\" } }");
    let said = failure(host.apply(&document(&text)).await);
    assert!(said.contains("400") && said.contains("`net0`: bridge 'vmbr0' is gone"), "{said}");
    assert!(said.contains("at network_device[\"net0\"]"), "{said}");
}

#[tokio::test]
async fn what_is_there_is_not_made_again() {
    let lab = Proxmox::start().await;
    lab.act("POST", "/nodes/pve2/qemu", &[("vmid", "100")]);
    let mut host = host(&lab).await;
    let said = failure(host.apply(&document(&vm(""))).await);
    assert!(said.contains("It exists already") && said.contains("`100`"), "{said}");
    assert_eq!(lab.count("POST", "/nodes/*/qemu"), 0);
}

#[tokio::test]
async fn a_machine_whose_disk_fails_is_told_with_the_end_of_the_log() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let said = failure(host.apply(&document(&vm(&DISK.replace("local-lvm", "nowhere")))).await);
    assert!(said.contains("nowhere"), "{said}");
    assert!(lab.guests().is_empty());
    understood(&lab);
}

#[tokio::test]
async fn a_step_that_fails_after_the_create_leaves_the_machine_in_the_state() {
    let lab = Proxmox::start().await;
    lab.fault(Fault::on("POST", "/nodes/*/qemu/*/status/start").status(500, "").reason("no space left"));
    let mut host = host(&lab).await;
    let said = failure(host.apply(&document(&vm(DISK))).await);
    assert!(said.contains("no space left") && said.contains("It exists, but not all could be set"), "{said}");
    assert_eq!(host.instance(VM).expect("it is in the state").text("vm_id"), "100");
    assert_eq!(lab.guests(), [100]);
}

/// Where the request did not arrive, the number is anybody's.
#[tokio::test]
async fn a_create_that_is_lost_on_its_way_claims_no_number() {
    let lab = Proxmox::start().await;
    lab.fault(Fault::on("POST", "/nodes/*/qemu").status(596, "").always());
    let mut host = host(&lab).await;
    failure(host.apply(&document(&vm(DISK))).await);
    assert!(host.addresses().is_empty() && lab.guests().is_empty());
}

#[tokio::test]
async fn a_start_whose_answer_is_lost_is_no_failure() {
    let lab = Proxmox::start().await;
    lab.fault(Fault::on("POST", "/nodes/*/qemu/*/status/start").reset_after());
    let mut host = host(&lab).await;
    fine(host.apply(&document(&vm(DISK))).await);
    assert!(lab.runs(100));
    nothing_to_do(host.plan(&document(&vm(DISK))).await);
    understood(&lab);
}

#[tokio::test]
async fn two_devices_in_one_slot_are_refused_before_anything_is_asked() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let settings = "initialization = { datastore_id = \"local\", user_data = \"#cloud-config\" }";
    for (twice, slot, place) in [
        (format!("{DISK}\n  cdrom = {{ scsi0 = {{ file_id = \"none\" }} }}"), "scsi0", "at cdrom"),
        (
            format!("  disk = {{ ide2 = {{ datastore_id = \"local-lvm\", size = \"8G\" }} }}\n  {settings}"),
            "ide2",
            "at initialization",
        ),
        (format!("  cdrom = {{ ide2 = {{ file_id = \"none\" }} }}\n  {settings}"), "ide2", "at initialization"),
    ] {
        let said = failure(host.validate(&document(&vm(&twice))).await);
        assert!(said.contains(&format!("asks for the slot `{slot}`")) && said.contains(place), "{said}");
    }
    assert!(lab.requests().is_empty());
}

/// Where the configuration leaves the disks to the clone's source, only the source tells which slots they have.
#[tokio::test]
async fn a_slot_that_the_source_of_a_clone_has_taken_is_refused() {
    let lab = Proxmox::start().await;
    lab.act("POST", "/nodes/pve1/qemu", &[("vmid", "900"), ("scsi0", "local-lvm:4")]);
    lab.act("POST", "/nodes/pve1/qemu/900/template", &[]);
    let mut host = host(&lab).await;
    let text = vm("  clone = { vm_id = 900 }\n  cdrom = { scsi0 = { file_id = \"none\" } }");
    let said = failure(host.apply(&document(&text)).await);
    assert!(said.contains("`cdrom` asks for the slot `scsi0`"), "{said}");
    assert!(option(&lab, "scsi0").starts_with("local-lvm:"), "{}", option(&lab, "scsi0"));
}

/// A disk that becomes smaller is refused although another one is new, of which only the backend knows all.
#[tokio::test]
async fn a_smaller_disk_is_refused_in_the_plan_beside_a_new_one() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(&vm(DISK))).await);
    lab.clear_log();
    let two =
        vm("  disk = {\n    scsi0 = { datastore_id = \"local-lvm\", size = \"4G\" }\n    scsi1 = { datastore_id = \
                  \"local-lvm\", size = \"4G\" }\n  }");
    let said = failure(host.plan(&document(&two)).await);
    assert!(said.contains("`disk` makes `scsi0` smaller, from 8G to 4G") && said.contains("at disk"), "{said}");
    assert!(lab.requests().iter().all(|request| request.method == "GET"));
}

#[tokio::test]
async fn a_create_that_takes_too_long_is_in_the_state_all_the_same() {
    let lab = Proxmox::start().await;
    lab.slow("qmcreate", Duration::from_secs(4));
    let mut host = host(&lab).await;
    let text = vm(&format!("{DISK}\n  timeouts = {{ create = \"1s\" }}"));
    let said = failure(host.apply(&document(&text)).await);
    assert!(said.contains("the end of task `qmcreate` of `100`"), "{said}");
    assert_eq!(host.instance(VM).expect("it is in the state").text("vm_id"), "100");
}

#[tokio::test]
async fn a_change_of_somebody_else_meanwhile_is_no_loss() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(&vm("  started = false"))).await);
    lab.fault(
        Fault::on("POST", "/nodes/*/qemu/*/config")
            .status(500, "")
            .reason("checksum mismatch (file change by other user?)")
            .times(1),
    );
    let said = failure(host.apply(&document(&vm("  started = false\n  description = \"x\""))).await);
    assert!(said.contains("checksum mismatch") && said.contains("plan again"), "{said}");
    fine(host.apply(&document(&vm("  started = false\n  description = \"x\""))).await);
    assert_eq!(option(&lab, "description"), "x");
    nothing_to_do(host.plan(&document(&vm("  started = false\n  description = \"x\""))).await);
}

#[tokio::test]
async fn a_task_that_fails_shows_the_end_of_its_log() {
    let lab = Proxmox::start().await;
    let status = r#"{"data":{"status":"stopped","exitstatus":"disk full"}}"#;
    let log = r#"{"data":[{"n":1,"t":"allocating"},{"n":2,"t":"wrote 1 GiB"},{"n":3,"t":"TASK ERROR: disk full"}]}"#;
    lab.fault(Fault::on("GET", "/nodes/*/tasks/*/status").status(200, status));
    lab.fault(Fault::on("GET", "/nodes/*/tasks/*/log").status(200, log));
    let mut host = host(&lab).await;
    let said = failure(host.apply(&document(&vm(""))).await);
    assert!(said.contains("`qmcreate` of `100` on node `pve1` failed: disk full"), "{said}");
    assert!(said.contains("its log ends: allocating | wrote 1 GiB"), "{said}");
}

#[tokio::test]
async fn a_refusal_that_repeats_a_part_of_a_secret_does_not_show_it() {
    let lab = Proxmox::start().await;
    let key = "AQBvbmUtaG9yc2UtYmF0dGVyeS1zdGFwbGU=";
    lab.fault(Fault::on("POST", "/storage").status(500, "").reason(&format!("the key {key} is no key")));
    let text = format!(
        "resource \"substrate_proxmox_storage\" \"s\" {{\n  id = \"images\"\n  type = \"rbd\"\n  pool = \"vms\"\n  \
         monhost = [\"10.0.0.8\"]\n  keyring_wo = \"[client.admin]\\n\\tkey = {key}\\n\"\n  keyring_wo_version = 1\n}}\n"
    );
    let mut host = host(&lab).await;
    let said = failure(host.apply(&document(&text)).await);
    assert!(said.contains("is no key") && !said.contains(key), "{said}");
    fine(host.apply(&document(&text)).await);
    assert_eq!(lab.count("POST", "/storage"), 2);
    understood(&lab);
}

#[tokio::test]
async fn a_disk_that_cannot_be_is_refused_before_anything_is_copied() {
    let lab = Proxmox::start().await;
    let source = [("vmid", "9000"), ("scsi0", "ceph:8"), ("boot", "order=scsi0")];
    lab.act("POST", "/nodes/pve1/qemu", &source);
    let mut host = host(&lab).await;
    let clone = |disk: &str| vm(&format!("  clone = {{ vm_id = 9000 }}\n  disk = {{ {disk} }}"));
    let smaller = clone("scsi0 = { datastore_id = \"ceph\", size = \"4G\" }");
    let said = failure(host.apply(&document(&smaller)).await);
    assert!(said.contains("makes `scsi0` smaller, from 8G to 4G") && said.contains("at disk[\"scsi0\"]"), "{said}");
    for unsized_disk in
        [clone("scsi1 = { datastore_id = \"ceph\" }"), vm("  disk = { scsi1 = { datastore_id = \"ceph\" } }")]
    {
        let said = failure(host.apply(&document(&unsized_disk)).await);
        assert!(said.contains("`scsi1` is a new disk without a size") && said.contains("at disk[\"scsi1\"]"), "{said}");
    }
    assert_eq!(lab.guests(), [9000]);

    // Another slot than that of the source is another disk, and no reason to fail.
    fine(host.apply(&document(&clone("virtio0 = { datastore_id = \"ceph\", size = \"8G\" }"))).await);
    assert!(lab.runs(100));
}
