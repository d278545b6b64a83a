//! Containers of Proxmox VE: what they change at once and what at their next start, and what is refused.

use std::time::Duration;

use lab::Proxmox;
use serde_json::{Value, json};

use crate::proxmox_client::Pve;

const TEMPLATE: &str = "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst";

const CONFIG: &str = "/nodes/pve1/lxc/200/config";

/// A cluster with an unprivileged container that has a mount point, and a client.
async fn with_container(builder: lab::proxmox::Builder) -> (Proxmox, Pve) {
    let lab = builder.start().await.expect("a port is free");
    lab.put_file(TEMPLATE, b"x");
    let container = [
        ("vmid", "200"),
        ("ostemplate", TEMPLATE),
        ("rootfs", "local-lvm:4"),
        ("mp0", "local-lvm:1,mp=/srv"),
        ("net0", "name=eth0,bridge=vmbr0"),
        ("unprivileged", "1"),
    ];
    lab.act("POST", "/nodes/pve1/lxc", &container);
    let pve = Pve::of(&lab);
    (lab, pve)
}

/// An option as it is now, without what waits.
async fn now(pve: &Pve, name: &str) -> Value {
    pve.get(&format!("{CONFIG}?current=1")).await.data()[name].clone()
}

#[tokio::test]
async fn a_container_is_made_of_a_template_and_changes_at_once() {
    let lab = Proxmox::start().await;
    let pve = Pve::of(&lab);
    lab.put_file(TEMPLATE, b"x");
    let form = [
        ("vmid", "200"),
        ("ostemplate", TEMPLATE),
        ("hostname", "ct"),
        ("rootfs", "local-lvm:4"),
        ("mp0", "ceph:1,mp=/srv"),
        ("net0", "name=eth0,bridge=vmbr0,ip=dhcp"),
        ("description", "a"),
        ("unprivileged", "1"),
    ];
    lab.act("POST", "/nodes/pve1/lxc", &form);
    let config = pve.get("/nodes/pve1/lxc/200/config").await.data();
    assert_eq!((&config["ostype"], &config["description"]), (&json!("debian"), &json!("a\n")));
    assert_eq!(config["mp0"], "ceph:vm-200-disk-0,mp=/srv,size=1G");
    let features = pve.put("/nodes/pve1/lxc/200/config", &[("features", "fuse=1")]).await;
    assert_eq!(features.status, 403);
    pve.put("/nodes/pve1/lxc/200/config", &[("features", "nesting=1"), ("memory", "256")]).await.data();
    let bridge = pve.put("/nodes/pve1/lxc/200/config", &[("net1", "name=eth1,bridge=vmbr7"), ("memory", "300")]).await;
    assert_eq!(bridge.reason, "bridge 'vmbr7' does not exist");
    assert_eq!(lab.config(200).unwrap()["memory"], 300, "what is refused is there all the same");
    pve.put("/nodes/pve1/lxc/200/config", &[("delete", "net1,mp0")]).await.data();
    assert_eq!(lab.config(200).unwrap()["unused0"], "ceph:vm-200-disk-0");
    lab.act("POST", "/nodes/pve1/lxc/200/status/start", &[]);
    assert_eq!(pve.get("/nodes/pve1/lxc/200/status/current").await.data()["status"], "running");
    lab.act("DELETE", "/nodes/pve1/lxc/200", &[("force", "1")]);
    let none = pve.post("/nodes/pve1/lxc", &[("vmid", "201"), ("ostemplate", "local:vztmpl/none.tar.gz")]).await;
    assert_eq!(none.reason, "volume 'local:vztmpl/none.tar.gz' does not exist");
    assert_eq!(lab.violations(), [""; 0]);
}

#[tokio::test]
async fn a_running_container_takes_some_changes_at_its_next_start() {
    let (lab, pve) = with_container(Proxmox::builder()).await;
    lab.act("POST", "/nodes/pve1/lxc/200/status/start", &[]);
    let change =
        [("memory", "256"), ("nameserver", "192.0.2.53,192.0.2.54"), ("mp1", "ceph:1,mp=/data"), ("delete", "mp0")];
    pve.put(CONFIG, &change).await.data();
    assert_eq!((now(&pve, "memory").await, now(&pve, "nameserver").await), (json!(256), Value::Null));
    assert!(now(&pve, "mp0").await.is_string() && now(&pve, "mp1").await.is_string());
    let shown = pve.get(CONFIG).await.data();
    assert_eq!((&shown["mp0"], &shown["nameserver"]), (&Value::Null, &json!("192.0.2.53 192.0.2.54")));
    assert_eq!(pve.post("/nodes/pve1/lxc/200/status/start", &[]).await.reason, "CT 200 already running");
    lab.act("POST", "/nodes/pve1/lxc/200/status/reboot", &[]);
    assert_eq!((now(&pve, "mp0").await, now(&pve, "unused0").await), (Value::Null, json!("local-lvm:vm-200-disk-0")));
    assert_eq!(lab.violations(), [""; 0]);
}

#[tokio::test]
async fn what_a_container_needs_and_what_is_protected_stays() {
    let (lab, pve) = with_container(Proxmox::builder()).await;
    for (form, reason) in [
        (("delete", "memory"), "unable to delete required option 'memory'"),
        (("delete", "unprivileged"), "unable to delete read-only option: 'unprivileged'"),
        (("unprivileged", "0"), "unable to modify read-only option: 'unprivileged'"),
        (("mp1", "nfs:1,mp=/data"), "storage 'nfs' does not allow content type 'rootdir' (Container)"),
    ] {
        assert_eq!(pve.put(CONFIG, &[form]).await.reason, reason);
    }
    let stale = pve.put(CONFIG, &[("memory", "256"), ("digest", "0")]).await;
    assert_eq!(stale.reason, "detected modified configuration - file changed by other user? Try again.");
    pve.put(CONFIG, &[("protection", "1")]).await.data();
    let refused = pve.put(CONFIG, &[("delete", "mp0"), ("protection", "0")]).await;
    assert_eq!(refused.reason, "can't remove CT 200 drive 'mp0' - protection mode enabled");
    let refused = pve.put(CONFIG, &[("mp0", "local-lvm:vm-200-disk-0,mp=/other")]).await;
    assert_eq!(refused.reason, "can't update CT 200 drive 'mp0' - protection mode enabled");
    let refused = pve.delete("/nodes/pve1/lxc/200").await;
    assert_eq!(refused.reason, "can't remove CT 200 - protection mode enabled");
    lab.power(200, true);
    pve.put(CONFIG, &[("protection", "0")]).await.data();
    let refused = pve.delete("/nodes/pve1/lxc/200").await;
    assert_eq!(refused.reason, "unable to destroy CT 200 - container is running");
    let moved = pve.post("/nodes/pve1/lxc/200/move_volume", &[("volume", "mp0"), ("storage", "ceph")]).await;
    assert_eq!(moved.reason, "cannot move volumes of a running container");
}

#[tokio::test]
async fn features_and_keys_are_looked_at() {
    let (lab, pve) = with_container(Proxmox::builder()).await;
    pve.put(CONFIG, &[("features", "nesting=1")]).await.data();
    let refused = pve.put(CONFIG, &[("features", "fuse=1,nesting=1")]).await;
    assert_eq!((refused.status, refused.reason.contains("(except nesting)")), (403, true));
    let form =
        |more: (&'static str, &'static str)| [("vmid", "201"), ("ostemplate", TEMPLATE), ("rootfs", "ceph:1"), more];
    let refused = pve.post("/nodes/pve1/lxc", &form(("features", "nesting=1"))).await;
    assert_eq!((refused.status, refused.reason.contains("privileged container")), (403, true));
    let refused = pve.post("/nodes/pve1/lxc", &form(("ssh-public-keys", "hunter2"))).await;
    assert_eq!(refused.reason, "SSH public key validation error");
    let without_root = [("vmid", "201"), ("ostemplate", TEMPLATE), ("mp0", "ceph:1,mp=/srv")];
    let refused = pve.post("/nodes/pve1/lxc", &without_root).await;
    assert_eq!(refused.reason, "mount points configured, but 'rootfs' not set - aborting");
    assert_eq!(lab.guests(), [200]);
}

#[tokio::test]
async fn a_container_is_cloned_once_at_a_time_and_becomes_a_template_in_silence() {
    let (lab, pve) = with_container(Proxmox::builder().task_time(Duration::from_secs(60))).await;
    let linked = pve.post("/nodes/pve1/lxc/200/clone", &[("newid", "201"), ("full", "0")]).await;
    assert!(linked.reason.starts_with("Linked clone feature"), "{}", linked.reason);
    pve.post("/nodes/pve1/lxc/200/clone", &[("newid", "201"), ("description", "copy")]).await.data();
    let second = pve.post("/nodes/pve1/lxc/200/clone", &[("newid", "202")]).await;
    assert_eq!(lab.config(200).expect("it is there")["lock"], "disk");
    assert!(second.status == 500 && second.reason.contains("lock"), "{}", second.reason);
    lab.finish_tasks();
    let copy = lab.config(201).expect("it was made");
    assert_eq!(
        (&copy["hostname"], &copy["description"], &copy["lock"]),
        (&json!("CT200"), &json!("copy\n"), &Value::Null)
    );
    assert!(lab.config(200).expect("it is there")["lock"].is_null());

    assert_eq!(pve.post("/nodes/pve1/lxc/200/template", &[]).await.data(), Value::Null);
    assert!(lab.config(200).expect("it is there")["template"].is_null());
    lab.finish_tasks();
    assert_eq!(lab.config(200).expect("it is there")["template"], 1);
    lab.add_disk(201, lab::proxmox::Disk { slot: "mp1", value: "local:1,mp=/data" });
    let refused = pve.post("/nodes/pve1/lxc/201/template", &[]).await;
    assert_eq!(refused.reason, "Directory storage 'local' does not support container templates!");
    assert_eq!(lab.violations(), [""; 0]);
}
