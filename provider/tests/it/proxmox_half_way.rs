//! Answers that are lost, creations that end half way, and others who are at work on the same guest.

use std::time::{Duration, Instant};

use lab::{Fault, Proxmox};
use tfplugin::harness::{Action, Host};

use crate::estate::{backend, document, failure, fine, host, understood};
use crate::proxmox_container::{self, CONTAINER, cluster, container};
use crate::proxmox_vm::{DISK, VM, nothing_to_do, option, renewed, vm};

const TEMPLATE: &str = "resource \"substrate_proxmox_vm\" \"template\" {\n  node_name = \"pve1\"\n  vm_id = 9000\n  \
                        template = true\n  disk = { scsi0 = { datastore_id = \"ceph\", size = \"4G\" } }\n}\n";

fn cloned() -> String {
    format!("{TEMPLATE}{}", vm("  clone = { vm_id = substrate_proxmox_vm.template.vm_id }"))
}

#[tokio::test]
async fn a_clone_whose_answer_is_lost_is_followed_to_its_own_end() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(TEMPLATE)).await);
    lab.slow("qmclone", Duration::from_millis(400));
    let long = Duration::from_secs(60);
    let me = lab.token.split('=').next().expect("a token has a name").to_owned();
    lab.fault(Fault::on("POST", "/nodes/*/qemu/9000/clone").reset_after());
    // What others begin is newer, and stands before it.
    lab.fault(Fault::on("GET", "/nodes/*/tasks").delay(Duration::from_millis(200)));
    let others = async {
        while lab.count("POST", "/nodes/*/qemu/9000/clone") == 0 {
            tfplugin::operation::sleep(Duration::from_millis(5)).await.expect("nobody stops it");
        }
        lab.begin_task("qmclone", 9000, "colleague@pve", long);
        lab.begin_task("vncproxy", 9000, &me, long);
    };
    let begin = Instant::now();
    let text = cloned();
    let document = document(&text);
    let (done, ()) = tokio::join!(host.apply(&document), others);
    fine(done);
    assert!(begin.elapsed() < Duration::from_secs(20));
    assert!(lab.runs(100) && lab.config(100).expect("it is there")["lock"].is_null());
    understood(&lab);
}

#[tokio::test]
async fn a_clone_that_is_lost_on_its_way_is_none_of_the_others() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(TEMPLATE)).await);
    lab.slow("qmclone", Duration::from_millis(400));
    lab.fault(Fault::on("POST", "/nodes/*/qemu/9000/clone").nth(2).reset_before());
    let other = vm("  clone = { vm_id = substrate_proxmox_vm.template.vm_id }")
        .replace("\"web\" {", "\"other\" {")
        .replace("vm_id = 100", "vm_id = 101");
    failure(host.apply(&document(&format!("{}{other}", cloned()))).await);
    assert_eq!(lab.guests().len(), 2);
    let mut made: Vec<String> = lab.guests().iter().map(ToString::to_string).collect();
    let mut known: Vec<String> = host
        .addresses()
        .iter()
        .map(|address| host.instance(address).expect("it is in the state").text("vm_id"))
        .collect();
    made.sort();
    known.sort();
    assert_eq!(known, made, "what is there is known, and nothing else");
}

/// A node that dies leaves a guest with the lock of its creation, which only root himself passes over.
#[tokio::test]
async fn a_clone_that_ends_half_way_is_replaced() {
    for as_root in [false, true] {
        let lab = Proxmox::start().await;
        let mut host = match as_root {
            false => host(&lab).await,
            true => {
                let login = backend(
                    "proxmox",
                    [
                        ("endpoint", lab.url.as_str().into()),
                        ("username", "root@pam".into()),
                        ("password", lab.password.as_str().into()),
                    ],
                );
                Host::new(provider::provider(), login).await.expect("the provider has a valid schema")
            }
        };
        lab.end_task("qmclone", "unexpected status");
        let said = failure(host.apply(&document(&cloned())).await);
        assert!(said.contains("`qmclone` of `9000` on node `pve1` failed: unexpected status"), "{said}");
        assert_eq!((lab.guests(), option(&lab, "lock").as_str()), (vec![100, 9000], "clone"));
        assert_eq!(host.instance(VM).expect("it is in the state").text("vm_id"), "100");
        if !as_root {
            let begin = Instant::now();
            let said = failure(host.apply(&document(&cloned())).await);
            assert!(said.contains("the lock `clone` of a creation that ended half way"), "{said}");
            assert!(said.contains("`qm unlock 100` on node `pve1`"), "{said}");
            assert!(begin.elapsed() < Duration::from_secs(5), "nobody holds the lock");
            lab.lock(100, None);
        }
        let report = fine(host.apply(&document(&cloned())).await);
        assert_eq!(report.actions.get(VM), Some(&Action::Replace));
        assert!(lab.runs(100));
        fine(host.destroy().await);
        assert!(lab.guests().is_empty());
        understood(&lab);
    }
}

#[tokio::test]
async fn a_container_that_ends_half_way_is_in_the_state() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    lab.end_task("vzcreate", "unexpected status");
    let text = container(proxmox_container::DISK);
    let said = failure(host.apply(&document(&text)).await);
    assert!(said.contains("`vzcreate` of `200` on node `pve1` failed: unexpected status"), "{said}");
    assert_eq!(host.instance(CONTAINER).expect("it is in the state").text("vm_id"), "200");
    let said = failure(host.apply(&document(&text)).await);
    assert!(said.contains("`pct unlock 200` on node `pve1`"), "{said}");
    lab.lock(200, None);
    fine(host.apply(&document(&text)).await);
    assert!(lab.runs(200));
    understood(&lab);
}

#[tokio::test]
async fn a_clone_of_a_source_that_is_backed_up_waits() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(TEMPLATE)).await);
    lab.lock(9000, Some("backup"));
    let backup = async {
        tfplugin::operation::sleep(Duration::from_millis(700)).await.expect("nobody stops it");
        lab.lock(9000, None);
    };
    let (text, begin) = (cloned(), Instant::now());
    let document = document(&text);
    let (done, ()) = tokio::join!(host.apply(&document), backup);
    fine(done);
    assert!(begin.elapsed() >= Duration::from_millis(700) && lab.runs(100));
    understood(&lab);
}

/// Somebody changes the guest between our read and our write.
#[tokio::test]
async fn a_change_of_a_colleague_in_between_is_kept() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let text = |more: &str| {
        let machine = vm(&format!("{DISK}\n  started = false\n{more}"));
        let container = container(&format!("{}\n  started = false\n{more}", proxmox_container::DISK));
        format!("{machine}{container}")
    };
    fine(host.apply(&document(&text(""))).await);
    lab.clear_log();
    for (method, kind) in [("POST", "qemu"), ("PUT", "lxc")] {
        lab.fault(Fault::on(method, &format!("/nodes/*/{kind}/*/config")).delay(Duration::from_millis(500)));
    }
    let colleague = async {
        for (kind, id) in [("qemu", 100), ("lxc", 200)] {
            while lab.count("GET", &format!("/nodes/*/{kind}/*/status/current")) == 0 {
                tfplugin::operation::sleep(Duration::from_millis(5)).await.expect("nobody stops it");
            }
            lab.set_option(id, "cores", Some("3"));
        }
    };
    let described = document(&text("  description = \"x\""));
    let (report, ()) = tokio::join!(host.apply(&described), colleague);
    let said = failure(report);
    assert!(said.contains("checksum mismatch") && said.contains("detected modified configuration"), "{said}");
    assert_eq!(said.matches("plan again").count(), 2, "{said}");
    for id in [100, 200] {
        let config = lab.config(id).expect("it is there");
        assert!(config["description"].is_null() && config["cores"] == 3, "{config}");
    }
    renewed(&lab, &mut host).await;
    fine(host.apply(&described).await);
    for id in [100, 200] {
        let config = lab.config(id).expect("it is there");
        assert!(config["description"].is_string() && config["cores"] == 3, "{config}");
    }
    nothing_to_do(host.plan(&described).await);
    understood(&lab);
}
