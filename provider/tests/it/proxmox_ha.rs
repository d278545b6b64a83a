//! Guests under HA, which does later what a node only hands on to it.

use std::time::Duration;

use lab::Proxmox;

use crate::estate::{document, failure, fine, host, understood};
use crate::proxmox_container::{self, cluster, container};
use crate::proxmox_vm::{DISK, nothing_to_do, renewed, vm};

/// How long HA takes.
const LATER: Duration = Duration::from_millis(600);

fn shared(text: &str) -> String {
    text.replace("local-lvm", "ceph")
}

#[tokio::test]
async fn a_machine_is_as_it_was_to_be_when_the_apply_ends() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let running = shared(&vm(DISK));
    let stopped = shared(&vm(&format!("{DISK}\n  started = false")));
    fine(host.apply(&document(&stopped)).await);
    lab.put_under_ha(100, LATER);
    fine(host.apply(&document(&running)).await);
    assert!(lab.runs(100));
    fine(host.apply(&document(&running.replace("pve1", "pve2"))).await);
    assert_eq!((lab.node_of(100).as_deref(), lab.runs(100)), (Some("pve2"), true));
    fine(host.apply(&document(&stopped.replace("pve1", "pve2"))).await);
    assert!(!lab.runs(100));
    // One that stands still moves, too.
    fine(host.apply(&document(&stopped)).await);
    assert_eq!((lab.node_of(100).as_deref(), lab.runs(100)), (Some("pve1"), false));
    renewed(&lab, &mut host).await;
    nothing_to_do(host.plan(&document(&stopped)).await);
    fine(host.apply(&document(&running)).await);
    fine(host.destroy().await);
    assert!(lab.guests().is_empty());
    for task in ["start", "shutdown"] {
        assert!(lab.count("POST", &format!("/nodes/*/qemu/100/status/{task}")) > 0, "{task}");
    }
    understood(&lab);
}

#[tokio::test]
async fn a_container_is_as_it_was_to_be_when_the_apply_ends() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let running = shared(&container(proxmox_container::DISK));
    fine(host.apply(&document(&running)).await);
    lab.put_under_ha(200, LATER);
    let moved = running.replace("pve1", "pve3");
    fine(host.apply(&document(&moved)).await);
    assert_eq!((lab.node_of(200).as_deref(), lab.runs(200)), (Some("pve3"), true));
    let stopped = moved.replace("unprivileged = true", "unprivileged = true\n  started = false");
    fine(host.apply(&document(&stopped)).await);
    assert!(!lab.runs(200));
    renewed(&lab, &mut host).await;
    nothing_to_do(host.plan(&document(&stopped)).await);
    fine(host.apply(&document(&moved)).await);
    assert!(lab.runs(200));
    fine(host.destroy().await);
    assert!(lab.guests().is_empty());
    understood(&lab);
}

#[tokio::test]
async fn what_ha_gives_up_is_told() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let running = shared(&vm(DISK));
    fine(host.apply(&document(&running)).await);
    lab.put_under_ha(100, LATER);
    lab.let_ha_fail(100, true);
    let said = failure(host.apply(&document(&running.replace("pve1", "pve2"))).await);
    assert!(said.contains("is under HA, which was asked to move it to `pve2` and did not"), "{said}");
    assert!(said.contains("its state there is `started`") && said.contains("at node_name"), "{said}");
    assert_eq!((lab.node_of(100).as_deref(), lab.runs(100)), (Some("pve1"), true));
    let stopped = shared(&vm(&format!("{DISK}\n  started = false")));
    let said = failure(host.apply(&document(&stopped)).await);
    assert!(said.contains("machine 100 is under HA, which was asked to stop it and did not"), "{said}");
    assert!(said.contains("its state there is `error`") && said.contains("`disabled`"), "{said}");
}

#[tokio::test]
async fn ha_is_waited_for_as_long_as_the_operation_may_take() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(&vm("  started = false"))).await);
    lab.put_under_ha(100, Duration::from_secs(60));
    let said = failure(host.apply(&document(&vm("  timeouts = { update = \"1s\" }"))).await);
    assert!(said.contains("HA, which was asked to start it and did not: its state there is `started`"), "{said}");
    assert!(said.contains("`ha-manager status`") && said.contains("`timeouts`"), "{said}");
    assert!(!lab.runs(100));
}
