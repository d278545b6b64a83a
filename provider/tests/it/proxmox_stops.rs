//! Guests that are stopped for a change: they run again whatever becomes of it, and a shutdown that hangs is told.

use std::time::Duration;

use lab::{Fault, Proxmox};

use crate::estate::{document, failure, fine, host, understood};
use crate::proxmox_container::{self, cluster, container};
use crate::proxmox_vm::{DISK, nothing_to_do, option, renewed, vm};

fn on(store: &str) -> String {
    container(&format!("{}\n  reboot_after_update = true", proxmox_container::DISK)).replace("local-lvm", store)
}

#[tokio::test]
async fn a_container_whose_move_fails_runs_again() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(&on("local-lvm"))).await);
    lab.end_task("move_volume", "no space left");
    let said = failure(host.apply(&document(&on("ceph"))).await);
    assert!(said.contains("no space left") && said.contains("was started again"), "{said}");
    assert!(lab.runs(200));

    lab.end_task("move_volume", "no space left");
    lab.fault(Fault::on("POST", "/nodes/*/lxc/*/status/start").status(500, "").reason("no such bridge"));
    let said = failure(host.apply(&document(&on("ceph"))).await);
    assert!(said.contains("no space left"), "{said}");
    assert!(said.contains("could not be started again") && said.contains("no such bridge"), "{said}");
    assert!(!lab.runs(200));
    renewed(&lab, &mut host).await;
    fine(host.apply(&document(&on("ceph"))).await);
    assert!(lab.runs(200) && proxmox_container::option(&lab, "rootfs").starts_with("ceph:"));
    understood(&lab);
}

/// Also where nothing may be sent any more in the operation itself.
#[tokio::test]
async fn a_container_whose_move_takes_too_long_is_started_all_the_same() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(&on("local-lvm"))).await);
    lab.fault(Fault::on("POST", "/nodes/*/lxc/*/move_volume").delay(Duration::from_millis(1500)));
    let limited = on("ceph").replace("reboot_after_update", "timeouts = { update = \"1s\" }\n  reboot_after_update");
    let said = failure(host.apply(&document(&limited)).await);
    assert!(said.contains("was started again"), "{said}");
    assert!(lab.runs(200));
}

#[tokio::test]
async fn a_machine_that_runs_becomes_a_template() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(&vm(DISK))).await);
    let template = vm(&format!("{DISK}\n  template = true"));
    lab.end_task("qmtemplate", "no space left");
    let said = failure(host.apply(&document(&template)).await);
    assert!(said.contains("no space left") && said.contains("was started again"), "{said}");
    assert!(lab.runs(100));
    fine(host.apply(&document(&template)).await);
    assert_eq!((lab.runs(100), option(&lab, "template").as_str()), (false, "1"));
    renewed(&lab, &mut host).await;
    nothing_to_do(host.plan(&document(&template)).await);
    understood(&lab);
}

#[tokio::test]
async fn the_state_of_a_tpm_moves_while_the_machine_stands_still() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let with = |store: &str, more: &str| vm(&format!("{DISK}\n  tpm_state = {{ datastore_id = \"{store}\" }}\n{more}"));
    fine(host.apply(&document(&with("local-lvm", ""))).await);
    lab.clear_log();
    let said = failure(host.apply(&document(&with("ceph", ""))).await);
    assert!(said.contains("state of a TPM cannot be moved while the machine runs"), "{said}");
    assert!(said.contains("at tpm_state") && said.contains("reboot_after_update"), "{said}");
    assert!(lab.requests().iter().all(|request| request.method == "GET"));
    fine(host.apply(&document(&with("ceph", "  reboot_after_update = true"))).await);
    assert!(lab.runs(100) && option(&lab, "tpmstate0").starts_with("ceph:"));
    understood(&lab);
}

/// What a running machine cannot take waits for its next start, and is no second change.
#[tokio::test]
async fn a_machine_starts_anew_for_what_waits_where_it_may() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let with = |cores: u32, disks: &str, more: &str| {
        vm(&format!("  cpu = {{ cores = {cores} }}\n  disk = {{ {disks} }}\n{more}"))
    };
    let (one, two) = (
        "scsi0 = { datastore_id = \"ceph\", size = \"1G\" }",
        "scsi0 = { datastore_id = \"ceph\", size = \"1G\" }, ide0 = { datastore_id = \"ceph\", size = \"1G\" }",
    );
    let now = |name: &str| lab.call("GET", "/nodes/pve1/qemu/100/config", &[("current", "1")]).unwrap()[name].clone();
    fine(host.apply(&document(&with(1, two, ""))).await);
    fine(host.apply(&document(&with(2, one, ""))).await);
    assert_eq!((now("cores"), now("ide0").is_string()), (1.into(), true));
    nothing_to_do(host.plan(&document(&with(2, one, ""))).await);

    lab.slow("qmstart", Duration::from_millis(400));
    let restarted = with(4, one, "  reboot_after_update = true");
    fine(host.apply(&document(&restarted)).await);
    assert!(lab.runs(100), "the apply ends when it runs again");
    assert_eq!((now("cores"), now("ide0").is_null(), now("unused0").is_string()), (4.into(), true, true));
    renewed(&lab, &mut host).await;
    nothing_to_do(host.plan(&document(&restarted)).await);
    understood(&lab);
}

#[tokio::test]
async fn a_shutdown_that_hangs_is_told_and_nothing_is_lost() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(&vm("  timeouts = { update = \"1s\", delete = \"1s\" }"))).await);
    lab.slow("qmshutdown", Duration::from_secs(60));
    let stopped = vm("  started = false\n  timeouts = { update = \"1s\", delete = \"1s\" }");
    let said = failure(host.apply(&document(&stopped)).await);
    assert!(said.contains("end of task `qmshutdown` of `100` on node `pve1` was not seen"), "{said}");
    assert!(said.contains("`timeouts`") && said.contains("is stopped after 180 s"), "{said}");
    assert!(lab.runs(100));
    let said = failure(host.destroy().await);
    assert!(said.contains("qmshutdown") && said.contains("stop_on_destroy = true"), "{said}");
    assert_eq!((lab.guests(), lab.count("DELETE", "/nodes/*/qemu/*")), (vec![100], 0));

    lab.finish_tasks();
    assert!(!lab.runs(100));
    renewed(&lab, &mut host).await;
    fine(host.apply(&document(&stopped)).await);
    nothing_to_do(host.plan(&document(&stopped)).await);
    fine(host.destroy().await);
    assert!(lab.guests().is_empty());
    understood(&lab);
}

#[tokio::test]
async fn a_protected_machine_loses_a_disk_with_its_protection() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let two = DISK.replace("scsi0 =", "scsi1 = { datastore_id = \"ceph\", size = \"1G\" }, scsi0 =");
    fine(host.apply(&document(&vm(&format!("{two}\n  protection = true")))).await);
    let said = failure(host.apply(&document(&vm(&format!("{DISK}\n  protection = true")))).await);
    assert!(said.contains("protection mode enabled") && said.contains("protection = false"), "{said}");
    let free = vm(&format!("{DISK}\n  protection = false"));
    fine(host.apply(&document(&free)).await);
    let config = lab.config(100).expect("it is there");
    assert!(config["scsi1"].is_null() && config["unused0"].is_string(), "{config}");
    nothing_to_do(host.plan(&document(&free)).await);
    understood(&lab);
}
