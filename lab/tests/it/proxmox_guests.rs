//! Virtual machines of Proxmox VE: their tasks, locks, disks and moves.

use std::time::{Duration, Instant};

use lab::Proxmox;
use lab::proxmox::{Agent, Disk};
use serde_json::{Value, json};

use crate::proxmox_client::{Pve, encode};

const SECOND: Duration = Duration::from_secs(1);
const SHORT: Duration = Duration::from_millis(40);

/// A cluster with a virtual machine that has a disk and a network device, and a client.
async fn with_machine(builder: lab::proxmox::Builder) -> (Proxmox, Pve) {
    let lab = builder.start().await.expect("a port is free");
    let machine = [("vmid", "100"), ("name", "web"), ("scsi0", "local:1"), ("net0", "virtio,bridge=vmbr0")];
    lab.act("POST", "/nodes/pve1/qemu", &machine);
    let pve = Pve::of(&lab);
    (lab, pve)
}

async fn status(pve: &Pve, upid: &Value) -> Value {
    let upid = upid.as_str().expect("a task has a name");
    let node = upid.split(':').nth(1).expect("the name holds the node");
    pve.get(&format!("/nodes/{node}/tasks/{}/status", encode(upid))).await.data()
}

#[tokio::test]
async fn a_task_runs_ends_and_says_what_it_did() {
    let (lab, pve) = with_machine(Proxmox::builder().task_time(60 * SECOND)).await;
    let upid = pve.post("/nodes/pve1/qemu/100/status/start", &[]).await.data();
    let running = status(&pve, &upid).await;
    assert_eq!((&running["status"], &running["type"]), (&json!("running"), &json!("qmstart")));
    assert!(running.get("exitstatus").is_none());
    let active = pve.get("/nodes/pve1/tasks?source=active&vmid=100").await.data();
    assert_eq!(active[0]["upid"], upid);
    assert_eq!(pve.get("/nodes/pve1/tasks?source=all&since=4102444800").await.data(), json!([]));
    assert!(!lab.runs(100));
    lab.finish_tasks();
    assert!(lab.runs(100));
    let ended = status(&pve, &upid).await;
    assert_eq!((&ended["status"], &ended["exitstatus"]), (&json!("stopped"), &json!("OK")));
    let again = pve.post("/nodes/pve1/qemu/100/status/start", &[]).await.data();
    lab.finish_tasks();
    assert_eq!(status(&pve, &again).await["exitstatus"], "VM 100 already running");
    let log = pve.get(&format!("/nodes/pve1/tasks/{}/log", encode(again.as_str().unwrap()))).await;
    assert_eq!(log.body["total"], 1);
    assert_eq!(log.data(), json!([{ "n": 1, "t": "TASK ERROR: VM 100 already running" }]));
    let upid = pve.post("/nodes/pve1/qemu/100/snapshot", &[("snapname", "s1")]).await.data();
    lab.finish_tasks();
    assert_eq!(status(&pve, &upid).await["exitstatus"], "snapshot feature is not available");
    assert_eq!(pve.get("/nodes/pve1/tasks/UPID:nope/status").await.reason, "unable to parse worker upid 'UPID:nope'");
}

#[tokio::test]
async fn a_task_ends_as_it_was_told_to() {
    let (lab, pve) = with_machine(Proxmox::builder()).await;
    lab.end_task("qmstart", "WARNINGS: 1");
    let warned = pve.post("/nodes/pve1/qemu/100/status/start", &[]).await.data();
    lab.finish_tasks();
    assert_eq!((status(&pve, &warned).await["exitstatus"].clone(), lab.runs(100)), (json!("WARNINGS: 1"), true));
    lab.end_task("qmcreate", "unable to create VM 101 - no space left");
    let failed = pve.post("/nodes/pve1/qemu", &[("vmid", "101")]).await.data();
    lab.finish_tasks();
    assert_eq!(status(&pve, &failed).await["exitstatus"], "unable to create VM 101 - no space left");
    assert_eq!(lab.config(101).unwrap()["lock"], "create");
}

#[tokio::test]
async fn a_task_can_be_stopped() {
    let (lab, pve) = with_machine(Proxmox::builder().task_time(60 * SECOND)).await;
    let upid = pve.post("/nodes/pve1/qemu/100/status/start", &[]).await.data();
    pve.delete(&format!("/nodes/pve1/tasks/{}", encode(upid.as_str().unwrap()))).await.data();
    assert_eq!(status(&pve, &upid).await["exitstatus"], "interrupted by signal");
    lab.finish_tasks();
    assert!(!lab.runs(100));
}

#[tokio::test]
async fn a_locked_configuration_refuses_until_it_is_unlocked() {
    let (lab, pve) = with_machine(Proxmox::builder()).await;
    lab.lock(100, Some("backup"));
    let clone = [("newid", "101"), ("full", "1")];
    for (method, path, form) in [
        ("PUT", "/nodes/pve1/qemu/100/config", &[("cores", "2")][..]),
        ("POST", "/nodes/pve1/qemu/100/clone", &clone),
        ("PUT", "/nodes/pve1/qemu/100/resize", &[("disk", "scsi0"), ("size", "2G")]),
    ] {
        let refused = pve.send(method, path, form).await;
        assert_eq!((refused.status, refused.reason.as_str()), (500, "VM is locked (backup)"));
    }
    let start = pve.post("/nodes/pve1/qemu/100/status/start", &[]).await.data();
    lab.finish_tasks();
    assert_eq!(status(&pve, &start).await["exitstatus"], "VM is locked (backup)");
    let skip = pve.put("/nodes/pve1/qemu/100/config", &[("cores", "2"), ("skiplock", "1")]).await;
    assert_eq!(skip.body["errors"], json!({ "skiplock": "Only root may use this option." }));
    lab.lock(100, None);
    pve.post("/nodes/pve1/qemu/100/clone", &clone).await.data();
}

#[tokio::test]
async fn a_locked_file_is_waited_for_and_no_longer_than_it_takes() {
    let (lab, pve) = with_machine(Proxmox::builder()).await;
    let begin = Instant::now();
    lab.hold_lock_file(100, SECOND / 5);
    pve.put("/nodes/pve1/qemu/100/config", &[("cores", "2")]).await.data();
    assert!((SECOND / 5..3 * SECOND).contains(&begin.elapsed()), "{:?}", begin.elapsed());
    let begin = Instant::now();
    lab.hold_lock_file(100, 60 * SECOND);
    let refused = pve.post("/nodes/pve1/qemu/100/clone", &[("newid", "101")]).await;
    let reason = "can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout";
    assert_eq!((refused.status, refused.reason.as_str()), (500, reason));
    assert!((SECOND..5 * SECOND).contains(&begin.elapsed()), "a clone waits for one second: {:?}", begin.elapsed());
}

#[tokio::test]
async fn clones_of_a_stopped_machine_share_its_lock_and_those_of_a_running_one_do_not() {
    let (lab, pve) = with_machine(Proxmox::builder().patience(SHORT)).await;
    lab.slow("qmclone", 60 * SECOND);
    for newid in ["101", "102"] {
        pve.post("/nodes/pve1/qemu/100/clone", &[("newid", newid), ("full", "1")]).await.data();
    }
    assert_eq!(lab.config(101).unwrap()["lock"], "clone");
    let start = pve.post("/nodes/pve1/qemu/101/status/start", &[]).await.data();
    lab.finish_tasks();
    assert!(status(&pve, &start).await["exitstatus"].as_str().unwrap().contains("can't lock file"));
    assert_eq!(lab.config(101).unwrap()["scsi0"], "local:101/vm-101-disk-0.raw,size=1G");
    assert_eq!(lab.most_writers("pve1"), 3);
    lab.power(100, true);
    pve.post("/nodes/pve1/qemu/100/clone", &[("newid", "103")]).await.data();
    let refused = pve.post("/nodes/pve1/qemu/100/clone", &[("newid", "104")]).await;
    assert!(refused.reason.starts_with("can't lock file"), "{}", refused.reason);
}

#[tokio::test]
async fn a_template_is_cloned_linked_and_cannot_leave_before_its_clones() {
    let (lab, pve) = with_machine(Proxmox::builder()).await;
    let linked = pve.post("/nodes/pve1/qemu/100/clone", &[("newid", "101"), ("full", "0")]).await;
    assert_eq!(linked.reason, "Linked clone feature is not supported for drive 'scsi0'");
    lab.act("POST", "/nodes/pve1/qemu/100/template", &[]);
    assert_eq!(lab.config(100).unwrap()["scsi0"], "local:100/base-100-disk-0.raw,size=1G");
    lab.act("POST", "/nodes/pve1/qemu/100/clone", &[("newid", "101"), ("name", "a")]);
    let clone = lab.config(101).unwrap();
    assert_eq!(clone["scsi0"], "local:100/base-100-disk-0.raw/101/vm-101-disk-0.qcow2,size=1G");
    assert_ne!(clone["net0"], lab.config(100).unwrap()["net0"]);
    assert!(clone.get("template").is_none());
    let upid = pve.delete("/nodes/pve1/qemu/100").await.data();
    lab.finish_tasks();
    assert!(status(&pve, &upid).await["exitstatus"].as_str().unwrap().contains("still in use by linked clones"));
    let far = pve.post("/nodes/pve1/qemu/100/clone", &[("newid", "102"), ("target", "pve2"), ("full", "1")]).await;
    assert_eq!(far.reason, "can't clone VM to node 'pve2' (VM uses local storage)");
    let taken = pve.post("/nodes/pve1/qemu/100/clone", &[("newid", "101")]).await;
    assert_eq!(taken.reason, "VM 101 already exists on node 'pve1'");
    lab.act("POST", "/nodes/pve1/qemu/100/clone", &[("newid", "102"), ("full", "1"), ("storage", "ceph")]);
    assert_eq!(lab.config(102).unwrap()["scsi0"], "ceph:vm-102-disk-0,size=1G");
}

#[tokio::test]
async fn the_list_of_all_things_is_behind_and_nothing_else_is() {
    let (lab, pve) = with_machine(Proxmox::builder()).await;
    let row = async || {
        let rows = pve.get("/cluster/resources?type=vm").await.data();
        rows.as_array().unwrap().iter().find(|row| row["vmid"] == 100).cloned()
    };
    assert_eq!(row().await, None);
    lab.catch_up();
    assert_eq!(row().await.unwrap()["status"], "stopped");
    lab.power(100, true);
    lab.relocate(100, "pve2");
    let stale = row().await.unwrap();
    assert_eq!((&stale["status"], &stale["node"]), (&json!("stopped"), &json!("pve1")));
    let current = pve.get("/nodes/pve2/qemu/100/status/current").await.data();
    assert_eq!(current["status"], "running");
    let gone = pve.get("/nodes/pve1/qemu/100/config").await;
    assert_eq!(gone.reason, "Configuration file 'nodes/pve1/qemu-server/100.conf' does not exist");
    lab.catch_up();
    let fresh = row().await.unwrap();
    assert_eq!((&fresh["status"], &fresh["node"]), (&json!("running"), &json!("pve2")));
    let (lab, pve) = with_machine(Proxmox::builder().lag(SECOND)).await;
    assert_eq!(pve.get("/cluster/resources?type=vm").await.data(), json!([]));
    std::thread::sleep(SECOND + SHORT);
    assert_eq!(pve.get("/cluster/resources?type=vm").await.data()[0]["vmid"], 100);
    drop(lab);
}

#[tokio::test]
async fn a_running_machine_changes_what_it_can_and_keeps_the_rest_for_its_next_start() {
    let (lab, pve) = with_machine(Proxmox::builder()).await;
    lab.power(100, true);
    let digest = lab.config(100).unwrap()["digest"].as_str().unwrap().to_owned();
    let form =
        [("memory", "1024"), ("name", "db"), ("net1", "virtio,bridge=vmbr1"), ("digest", &digest), ("delete", "boot")];
    pve.put("/nodes/pve1/qemu/100/config", &form).await.data();
    let current = pve.get("/nodes/pve1/qemu/100/config?current=1").await.data();
    assert_eq!((&current["name"], current.get("memory")), (&json!("db"), None));
    assert!(current["net1"].as_str().unwrap().starts_with("virtio=BC:24:11:"));
    let pending = pve.get("/nodes/pve1/qemu/100/pending").await.data();
    let find = |key: &str| pending.as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone();
    assert_eq!(find("memory"), json!({ "key": "memory", "pending": "1024" }));
    assert_eq!(find("boot")["delete"], 1);
    let stale = pve.put("/nodes/pve1/qemu/100/config", &[("cores", "2"), ("digest", &digest)]).await;
    assert_eq!(stale.reason, "checksum mismatch (file change by other user?)");
    pve.put("/nodes/pve1/qemu/100/config", &[("revert", "boot")]).await.data();
    lab.act("POST", "/nodes/pve1/qemu/100/status/stop", &[]);
    lab.act("POST", "/nodes/pve1/qemu/100/status/start", &[]);
    let config = pve.get("/nodes/pve1/qemu/100/config?current=1").await.data();
    assert_eq!((&config["memory"], &config["boot"]), (&json!("1024"), &json!("order=scsi0;net0")));
    lab.act(
        "POST",
        "/nodes/pve1/qemu/100/config",
        &[("scsi0", "local:100/vm-100-disk-0.raw,ssd=1"), ("ide0", "local:1")],
    );
    let now = pve.get("/nodes/pve1/qemu/100/config?current=1").await.data();
    assert_eq!((&now["scsi0"], now.get("ide0")), (&json!("local:100/vm-100-disk-0.raw,size=1G"), None));
    lab.power(100, false);
    lab.power(100, true);
    let then = pve.get("/nodes/pve1/qemu/100/config?current=1").await.data();
    assert_eq!(then["scsi0"], "local:100/vm-100-disk-0.raw,size=1G,ssd=1");
    assert_eq!(then["ide0"], "local:100/vm-100-disk-1.raw,size=1G");
    pve.put("/nodes/pve1/qemu/100/config", &[("delete", "ide0")]).await.data();
    lab.power(100, true);
    assert_eq!(lab.config(100).unwrap()["unused0"], "local:100/vm-100-disk-1.raw");
    let refused = pve.put("/nodes/pve1/qemu/100/config", &[("args", "-s"), ("cores", "2")]).await;
    assert_eq!((refused.status, refused.reason.as_str()), (500, "only root can set 'args' config"));
    let both = pve.put("/nodes/pve1/qemu/100/config", &[("cores", "2"), ("delete", "cores")]).await;
    assert_eq!(both.status, 400);
    assert_eq!(pve.put("/nodes/pve1/qemu/100/config", &[("delete", "corse")]).await.status, 400);
}

#[tokio::test]
async fn disks_grow_leave_and_come_back() {
    let (lab, pve) = with_machine(Proxmox::builder()).await;
    let shrink = pve.put("/nodes/pve1/qemu/100/resize", &[("disk", "scsi0"), ("size", "512M")]).await;
    assert_eq!(shrink.reason, "shrinking disks is not supported");
    lab.act("PUT", "/nodes/pve1/qemu/100/resize", &[("disk", "scsi0"), ("size", "3G")]);
    assert_eq!(lab.config(100).unwrap()["scsi0"], "local:100/vm-100-disk-0.raw,size=3G");
    lab.add_disk(100, Disk { slot: "scsi1", value: "ceph:2,ssd=1" });
    assert_eq!(lab.config(100).unwrap()["scsi1"], "ceph:vm-100-disk-0,size=2G,ssd=1");
    pve.put("/nodes/pve1/qemu/100/config", &[("delete", "scsi1")]).await.data();
    let config = lab.config(100).unwrap();
    assert_eq!((config.get("scsi1"), &config["unused0"]), (None, &json!("ceph:vm-100-disk-0")));
    pve.put("/nodes/pve1/qemu/100/config", &[("scsi1", "ceph:vm-100-disk-0")]).await.data();
    pve.put("/nodes/pve1/qemu/100/unlink", &[("idlist", "scsi1"), ("force", "1")]).await.data();
    let list = pve.get("/nodes/pve1/storage/ceph/content?vmid=100").await.data();
    assert_eq!(list, json!([]));
    lab.act("POST", "/nodes/pve1/qemu/100/move_disk", &[("disk", "scsi0"), ("storage", "ceph"), ("delete", "1")]);
    assert_eq!(lab.config(100).unwrap()["scsi0"], "ceph:vm-100-disk-0,size=3G");
    assert_eq!(pve.get("/nodes/pve1/storage/local/content?vmid=100").await.data(), json!([]));
    let nowhere = pve.put("/nodes/pve1/qemu/100/config", &[("scsi1", "nope:1")]).await;
    assert_eq!(nowhere.reason, "storage 'nope' does not exist");
    let device = pve.put("/nodes/pve1/qemu/100/config", &[("scsi1", "/dev/sdb")]).await;
    assert_eq!(device.reason, "Only root can pass arbitrary filesystem paths.");
    let missing = pve.put("/nodes/pve1/qemu/100/config", &[("ide2", "local:iso/a.iso,media=cdrom")]).await;
    assert_eq!(missing.reason, "volume 'local:iso/a.iso' does not exist");
    lab.put_file("local:iso/a.iso", b"x");
    pve.put("/nodes/pve1/qemu/100/config", &[("ide2", "local:iso/a.iso,media=cdrom")]).await.data();
    pve.put("/nodes/pve1/qemu/100/config", &[("delete", "ide2")]).await.data();
    assert!(lab.config(100).unwrap().get("unused0").is_none(), "the medium of a CD drive is nobody's disk");
}

#[tokio::test]
async fn a_machine_moves_with_its_disks_or_is_told_why_not() {
    let (lab, pve) = with_machine(Proxmox::builder()).await;
    lab.power(100, true);
    let offline = pve.post("/nodes/pve1/qemu/100/migrate", &[("target", "pve2")]).await;
    assert_eq!(offline.reason, "can't migrate running VM without --online");
    let local = pve.post("/nodes/pve1/qemu/100/migrate", &[("target", "pve2"), ("online", "1")]).await;
    assert!(local.reason.starts_with("can't migrate VM which uses local disks"));
    let with_disks = [("target", "pve2"), ("online", "1"), ("with-local-disks", "1")];
    lab.act("POST", "/nodes/pve1/qemu/100/migrate", &with_disks);
    assert_eq!((lab.node_of(100).as_deref(), lab.runs(100)), (Some("pve2"), true));
    let disks = pve.get("/nodes/pve2/storage/local/content?vmid=100").await.data();
    assert_eq!(disks[0]["volid"], "local:100/vm-100-disk-0.raw");
    let conditions = pve.get("/nodes/pve2/qemu/100/migrate").await.data();
    assert_eq!(conditions["local_disks"][0]["volid"], "local:100/vm-100-disk-0.raw");
}

#[tokio::test]
async fn an_agent_answers_is_absent_or_hangs() {
    let (lab, pve) = with_machine(Proxmox::builder().agent_time(SECOND / 5)).await;
    let ask = "/nodes/pve1/qemu/100/agent/network-get-interfaces";
    assert_eq!(pve.get(ask).await.reason, "No QEMU guest agent configured");
    lab.set_option(100, "agent", Some("enabled=1,type=virtio"));
    assert_eq!(pve.get(ask).await.reason, "VM 100 is not running");
    lab.power(100, true);
    assert_eq!(pve.get(ask).await.reason, "QEMU guest agent is not running");
    lab.set_agent(100, Agent::Hangs);
    let begin = Instant::now();
    assert!(pve.post("/nodes/pve1/qemu/100/agent/ping", &[]).await.reason.contains("got timeout"));
    assert!(begin.elapsed() >= SECOND / 5);
    let interface = ("eth0".to_owned(), "BC:24:11:00:00:01".to_owned(), vec!["192.0.2.7/24".to_owned()]);
    lab.set_agent(100, Agent::Answers(vec![interface]));
    let answer = pve.get(ask).await.data();
    assert_eq!(answer["result"][0]["ip-addresses"][0]["ip-address"], "192.0.2.7");
}

#[tokio::test]
async fn a_shutdown_that_is_not_heeded_fails_in_its_task() {
    let (lab, pve) = with_machine(Proxmox::builder()).await;
    lab.power(100, true);
    lab.set_obedience(100, false);
    let upid = pve.post("/nodes/pve1/qemu/100/status/shutdown", &[("timeout", "5")]).await.data();
    lab.finish_tasks();
    assert_eq!(status(&pve, &upid).await["exitstatus"], "VM quit/powerdown failed - got timeout");
    assert_eq!(pve.delete("/nodes/pve1/qemu/100").await.reason, "VM 100 is running - destroy failed");
    lab.act("POST", "/nodes/pve1/qemu/100/status/shutdown", &[("forceStop", "1")]);
    let stray = [("vmid", "100"), ("filename", "vm-100-stray"), ("size", "1G")];
    lab.act("POST", "/nodes/pve1/storage/ceph/content", &stray);
    lab.act("DELETE", "/nodes/pve1/qemu/100", &[("purge", "1"), ("destroy-unreferenced-disks", "1")]);
    assert_eq!(lab.guests(), [0; 0]);
    for storage in ["local", "ceph"] {
        assert_eq!(pve.get(&format!("/nodes/pve1/storage/{storage}/content")).await.data(), json!([]));
    }
}

#[tokio::test]
async fn a_machine_that_cannot_be_made_leaves_nothing() {
    let lab = Proxmox::start().await;
    let pve = Pve::of(&lab);
    let refused = pve.post("/nodes/pve1/qemu", &[("vmid", "100"), ("scsi0", "nope:1")]).await;
    assert_eq!((refused.reason.as_str(), lab.guests()), ("storage 'nope' does not exist", vec![]));
    let form = [("vmid", "100"), ("scsi0", "local:1"), ("scsi1", "local-lvm:1,format=qcow2")];
    lab.slow("qmcreate", Duration::from_secs(60));
    let upid = pve.post("/nodes/pve1/qemu", &form).await.data();
    assert_eq!(lab.config(100).unwrap()["lock"], "create");
    lab.finish_tasks();
    assert_eq!(status(&pve, &upid).await["exitstatus"], "unable to create VM 100 - unsupported format 'qcow2'");
    assert_eq!(lab.guests(), [0; 0]);
    assert_eq!(pve.get("/nodes/pve1/storage/local/content").await.data(), json!([]));
}

#[tokio::test]
async fn a_hundred_machines_and_twenty_clones_at_once_are_no_trouble() {
    let lab = Proxmox::builder().task_time(SHORT).start().await.expect("a port is free");
    let pve = Pve::of(&lab);
    for vmid in 100..200 {
        lab.call("POST", "/nodes/pve1/qemu", &[("vmid", &vmid.to_string()), ("scsi0", "local:1")]).expect("it is made");
    }
    lab.finish_tasks();
    lab.act("POST", "/nodes/pve1/qemu/100/template", &[]);
    lab.catch_up();
    let begin = Instant::now();
    let clones = (200..220).map(|newid: u32| {
        let pve = pve.clone();
        tokio::spawn(async move {
            let newid = newid.to_string();
            pve.post("/nodes/pve1/qemu/100/clone", &[("newid", &newid)]).await.data()
        })
    });
    let clones: Vec<_> = clones.collect();
    for clone in clones {
        let upid = clone.await.expect("the call was answered");
        lab.finish_tasks();
        assert_eq!(status(&pve, &upid).await["exitstatus"], "OK");
    }
    assert!(lab.most_writers("pve1") > 3, "nobody holds this client back");
    for vmid in 100..200 {
        pve.get(&format!("/nodes/pve1/qemu/{vmid}/config")).await.data();
    }
    assert_eq!(pve.get("/cluster/resources?type=vm").await.data().as_array().unwrap().len(), 100);
    assert!(begin.elapsed() < 5 * SECOND, "{:?}", begin.elapsed());
}

#[tokio::test]
async fn ha_does_later_what_a_call_hands_on_to_it() {
    let (lab, pve) = with_machine(Proxmox::builder()).await;
    lab.put_under_ha(100, 10 * SHORT);
    let upid = pve.post("/nodes/pve1/qemu/100/status/start", &[]).await.data();
    while status(&pve, &upid).await["status"] == "running" {
        std::thread::sleep(SHORT);
    }
    assert_eq!((&status(&pve, &upid).await["type"], lab.runs(100)), (&json!("hastart"), false));
    let current = || async { pve.get("/nodes/pve1/qemu/100/status/current").await.data() };
    assert_eq!(current().await["ha"], json!({ "managed": 1, "group": null, "state": "started" }));
    while !lab.runs(100) {
        std::thread::sleep(SHORT);
    }
    let refused = pve.delete("/nodes/pve1/qemu/100").await;
    assert_eq!(refused.reason, "VM 100 is running - destroy failed");
    lab.let_ha_fail(100, true);
    pve.post("/nodes/pve1/qemu/100/status/stop", &[]).await.data();
    while current().await["ha"]["state"] != "error" {
        std::thread::sleep(SHORT);
    }
    assert!(lab.runs(100));
    lab.power(100, false);
    let refused = pve.delete("/nodes/pve1/qemu/100").await;
    assert_eq!(refused.reason, "unable to remove VM 100 - used in HA resources and purge parameter not set.");
}

#[tokio::test]
async fn a_disk_is_copied_into_another_format_where_there_are_several() {
    let (lab, pve) = with_machine(Proxmox::builder()).await;
    let path = "/nodes/pve1/qemu/100/move_disk";
    let same = "you can't move to the same storage with same format";
    for form in
        [&[("storage", "local"), ("disk", "scsi0")][..], &[("storage", "local"), ("disk", "scsi0"), ("format", "raw")]]
    {
        assert_eq!(pve.post(path, form).await.reason, same);
    }
    let form = |store| [("storage", store), ("disk", "scsi0"), ("format", "qcow2"), ("delete", "1")];
    lab.act("POST", path, &form("local"));
    let disk = || lab.config(100).expect("it is there")["scsi0"].as_str().expect("it has a disk").to_owned();
    assert_eq!(disk(), "local:100/vm-100-disk-0.qcow2,size=1G");
    lab.act("POST", path, &form("ceph"));
    assert_eq!(disk(), "ceph:vm-100-disk-0,size=1G", "the usual one, where it has no such volumes");
    assert_eq!(pve.post(path, &form("ceph")).await.reason, same);
}
