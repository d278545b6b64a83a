//! Images of first settings: none is lost that a machine or a snapshot has, and none is left that nobody has.

use lab::{Fault, Proxmox};

use crate::estate::{document, failure, fine, host, understood};
use crate::proxmox_vm::{DISK, VM, nothing_to_do, option, vm};

fn with(user: &str) -> String {
    vm(&format!("{DISK}\n  initialization = {{ datastore_id = \"nfs\", user_data = \"#cloud-config {user}\" }}"))
}

fn images(lab: &Proxmox) -> Vec<String> {
    lab.volumes("pve1", "nfs", "iso")
}

#[tokio::test]
async fn an_image_whose_drive_is_refused_is_taken_back() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let refused = Fault::on("POST", "/nodes/*/qemu/*/config").status(500, "").reason("no quorum");
    lab.fault(refused.clone());
    let said = failure(host.apply(&document(&with("a"))).await);
    assert!(said.contains("no quorum"), "{said}");
    assert_eq!(images(&lab), [""; 0]);

    fine(host.apply(&document(&with("a"))).await);
    let first = images(&lab);
    lab.fault(refused.clone());
    let said = failure(host.apply(&document(&with("b"))).await);
    assert!(said.contains("no quorum") && !said.contains("was uploaded"), "{said}");
    assert_eq!(images(&lab), first);
    assert!(option(&lab, "ide2").starts_with(&first[0]));

    lab.fault(refused);
    lab.fault(Fault::on("DELETE", "/nodes/*/storage/nfs/content/*").status(500, "").reason("mount is gone"));
    let said = failure(host.apply(&document(&with("b"))).await);
    let new = images(&lab).into_iter().find(|image| *image != first[0]).expect("it could not be removed");
    assert!(said.contains("no quorum") && said.contains("mount is gone"), "{said}");
    assert!(said.contains(&format!("The image `{new}` was uploaded and stays")), "{said}");
    fine(host.apply(&document(&with("b"))).await);
    assert_eq!(images(&lab), [new]);
    fine(host.destroy().await);
    assert_eq!(images(&lab), [""; 0]);
    understood(&lab);
}

#[tokio::test]
async fn an_image_that_its_machine_may_have_got_stays() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(&with("a"))).await);
    lab.slow("qmconfig", std::time::Duration::from_secs(3));
    let limited = with("b").replace(DISK, &format!("{DISK}\n  timeouts = {{ update = \"1s\" }}"));
    let said = failure(host.apply(&document(&limited)).await);
    assert!(said.contains("end of task `qmconfig`") && said.contains("the machine may get it still"), "{said}");
    lab.finish_tasks();
    let image = images(&lab).into_iter().find(|image| option(&lab, "ide2").starts_with(image.as_str()));
    assert!(image.is_some(), "{}", option(&lab, "ide2"));
}

#[tokio::test]
async fn an_image_that_cannot_be_removed_is_named() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(&with("a"))).await);
    let old = images(&lab).remove(0);
    let stuck = Fault::on("DELETE", "/nodes/*/storage/nfs/content/*").status(500, "").reason("mount is gone");
    lab.fault(stuck.clone());
    let grown = with("b").replace("8G", "9G");
    let said = failure(host.apply(&document(&grown)).await);
    assert!(said.contains(&format!("its image `{old}` stays on the storage")) && said.contains("pvesm free"), "{said}");
    assert!(option(&lab, "scsi0").ends_with("size=9G") && lab.runs(100), "all else was done");
    fine(host.apply(&document(&grown)).await);
    nothing_to_do(host.plan(&document(&grown)).await);
    let image = host.instance(VM).expect("it is there").text("initialization_image");
    lab.fault(stuck);
    let said = failure(host.destroy().await);
    assert!(said.contains("machine 100 is gone") && said.contains(&format!("its image `{image}` stays")), "{said}");
    assert!(lab.guests().is_empty());
    understood(&lab);
}

#[tokio::test]
async fn an_image_that_a_snapshot_has_goes_with_the_machine() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(&with("a"))).await);
    let old = images(&lab);
    lab.act("POST", "/nodes/pve1/qemu/100/snapshot", &[("snapname", "before")]);
    fine(host.apply(&document(&with("b"))).await);
    assert!(images(&lab).contains(&old[0]) && images(&lab).len() == 2, "{:?}", images(&lab));
    let bare = vm(DISK);
    fine(host.apply(&document(&bare)).await);
    assert_eq!(images(&lab), old, "no drive has the second one any more");
    fine(host.destroy().await);
    assert_eq!(images(&lab), [""; 0]);
    understood(&lab);
}

#[tokio::test]
async fn an_image_of_one_node_is_made_anew_on_the_next_one() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let of = |node: &str| lab.volumes(node, "local", "iso");
    let text = with("a").replace("\"nfs\"", "\"local\"");
    fine(host.apply(&document(&text)).await);
    assert_eq!((of("pve1").len(), of("pve2").len()), (1, 0));
    let moved = text.replace("pve1", "pve2");

    // What cannot leave has its medium as before.
    lab.fault(Fault::on("POST", "/nodes/*/qemu/*/migrate").status(500, "").reason("no quorum"));
    let said = failure(host.apply(&document(&moved)).await);
    assert!(said.contains("no quorum") && !said.contains("medium"), "{said}");
    assert!(option(&lab, "ide2").starts_with(&of("pve1")[0]), "{}", option(&lab, "ide2"));

    fine(host.apply(&document(&moved)).await);
    assert_eq!((lab.node_of(100).as_deref(), lab.runs(100)), (Some("pve2"), true));
    assert_eq!((of("pve1").len(), of("pve2").len()), (0, 1));
    assert!(option(&lab, "ide2").starts_with(&of("pve2")[0]), "{}", option(&lab, "ide2"));
    nothing_to_do(host.plan(&document(&moved)).await);
    fine(host.destroy().await);
    assert!(of("pve2").is_empty());
}
