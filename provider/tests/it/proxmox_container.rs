//! Containers: their life, their devices, and what others do to them.

use std::time::{Duration, Instant};

use lab::proxmox::Disk;
use lab::{Fault, Proxmox};
use tfplugin::harness::Action;

use crate::estate::{document, failure, fine, host, understood};
use crate::proxmox_errors::REFUSED;
use crate::proxmox_vm::{nothing_to_do, renewed};

pub const CONTAINER: &str = "substrate_proxmox_container.web";

pub const TEMPLATE: &str = "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst";

pub const DISK: &str = "  disk = { datastore_id = \"local-lvm\", size = \"4G\" }";

/// A cluster with a template of an operating system.
pub async fn cluster() -> Proxmox {
    let lab = Proxmox::start().await;
    lab.put_file(TEMPLATE, b"x");
    lab
}

/// A container with number 200 on `pve1`, with more lines in it.
pub fn container(more: &str) -> String {
    format!(
        "resource \"substrate_proxmox_container\" \"web\" {{\n  node_name = \"pve1\"\n  vm_id = 200\n  \
         hostname = \"web\"\n  template_file_id = \"{TEMPLATE}\"\n  unprivileged = true\n{more}\n}}\n"
    )
}

/// What an option of the container is.
#[track_caller]
pub fn option(lab: &Proxmox, name: &str) -> String {
    let config = lab.config(200).expect("the container is there");
    config[name].as_str().map_or_else(|| config[name].to_string(), str::to_owned)
}

#[tokio::test]
async fn a_container_is_made_started_stopped_and_destroyed() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let running = container(DISK);
    fine(host.apply(&document(&running)).await);
    assert!(lab.runs(200));
    renewed(&lab, &mut host).await;
    nothing_to_do(host.plan(&document(&running)).await);

    let stopped = container(&format!("{DISK}\n  started = false"));
    fine(host.apply(&document(&stopped)).await);
    assert!(!lab.runs(200));
    renewed(&lab, &mut host).await;
    nothing_to_do(host.plan(&document(&stopped)).await);

    fine(host.apply(&document(&running)).await);
    fine(host.destroy().await);
    assert!(lab.guests().is_empty());
    understood(&lab);
}

#[tokio::test]
async fn there_must_be_something_to_make_it_of() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let of_nothing = "resource \"substrate_proxmox_container\" \"web\" {\n  node_name = \"pve1\"\n}\n";
    let said = failure(host.plan(&document(of_nothing)).await);
    assert!(
        said.contains("without one of `template_file_id`, `clone`") && said.contains("at template_file_id"),
        "{said}"
    );
    let said = failure(host.plan(&document(&container("  clone = { vm_id = 900 }"))).await);
    assert!(said.contains("clone") && said.contains("template_file_id"), "{said}");
    assert_eq!(lab.count("POST", "/nodes/*/lxc"), 0);
    let missing = container(DISK).replace("12.7-1", "12.8-1");
    let said = failure(host.apply(&document(&missing)).await);
    assert!(said.contains("does not exist"), "{said}");
    assert!(lab.guests().is_empty());
}

#[tokio::test]
async fn what_is_cleared_is_deleted() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let full = container(&format!(
        "{DISK}\n  started = false\n  description = \"Serves.\\n\"\n  tags = [\"web\", \"prod\"]\n  start_on_boot = true\n  \
         startup = {{ order = 2, up_delay = 30 }}\n  dns = {{ domain = \"example.com\", servers = [\"192.0.2.53\", \
         \"192.0.2.54\"] }}\n  console = {{ enabled = false, tty_count = 1, type = \"shell\" }}\n  \
         features = {{ nesting = true }}\n  cpu = {{ cores = 2, limit = 1.5 }}"
    ));
    fine(host.apply(&document(&full)).await);
    assert_eq!(
        (option(&lab, "nameserver").as_str(), option(&lab, "cmode").as_str()),
        ("192.0.2.53 192.0.2.54", "shell")
    );
    assert_eq!((option(&lab, "features").as_str(), option(&lab, "startup").as_str()), ("nesting=1", "2,up=30"));
    nothing_to_do(host.plan(&document(&full)).await);
    lab.clear_log();
    let bare = container(&format!("{DISK}\n  started = false\n  cpu = {{ limit = 1.5 }}"));
    fine(host.apply(&document(&bare)).await);
    let writes: Vec<_> = lab.requests().into_iter().filter(|request| request.method != "GET").collect();
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert_eq!(
        writes[0].fields["delete"],
        "cmode,console,cores,description,features,nameserver,onboot,searchdomain,startup,tags,tty"
    );
    assert!(writes[0].fields.contains_key("digest"), "{writes:?}");
    nothing_to_do(host.plan(&document(&bare)).await);
    understood(&lab);
}

#[tokio::test]
async fn disks_grow_in_place_and_never_shrink() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let sized = |root: &str, data: &str| {
        container(&format!(
            "  disk = {{ datastore_id = \"local-lvm\", size = \"{root}\" }}\n  mount_point = {{ mp0 = {{ datastore_id = \
             \"ceph\", size = \"{data}\", path = \"/srv\" }} }}"
        ))
    };
    fine(host.apply(&document(&sized("4G", "1G"))).await);
    let report = fine(host.apply(&document(&sized("8G", "2G"))).await);
    assert_eq!(report.actions.get(CONTAINER), Some(&Action::Update));
    assert!(option(&lab, "rootfs").ends_with("size=8G") && option(&lab, "mp0").ends_with("size=2G"));
    nothing_to_do(host.plan(&document(&sized("8G", "2G"))).await);
    lab.clear_log();
    let said = failure(host.plan(&document(&sized("8G", "1G"))).await);
    assert!(
        said.contains("`mount_point` makes `mp0` smaller, from 2G to 1G") && said.contains("at mount_point"),
        "{said}"
    );
    let said = failure(host.plan(&document(&sized("4G", "2G"))).await);
    assert!(said.contains("`disk` makes `rootfs` smaller, from 8G to 4G") && said.contains("at disk"), "{said}");
    assert!(lab.requests().iter().all(|request| request.method == "GET"));
    understood(&lab);
}

#[tokio::test]
async fn a_mount_point_that_is_added_by_hand_is_shown_and_kept_as_a_volume() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let kept = container(&format!("{DISK}\n  started = false"));
    fine(host.apply(&document(&kept)).await);
    lab.add_disk(200, Disk { slot: "mp1", value: "local-lvm:2,mp=/by/hand" });
    fine(host.refresh().await);
    let state = format!("{:?}", host.instance(CONTAINER).expect("it is there").get("mount_point"));
    assert!(state.contains("mp1") && state.contains("/by/hand"), "{state}");
    // Who says nothing of mount points leaves them alone.
    nothing_to_do(host.plan(&document(&kept)).await);

    let named = container(&format!(
        "{DISK}\n  started = false\n  mount_point = {{ mp0 = {{ datastore_id = \"ceph\", size = \"1G\", path = \"/srv\" }} }}"
    ));
    let report = fine(host.apply(&document(&named)).await);
    assert_eq!(report.actions.get(CONTAINER), Some(&Action::Update));
    let config = lab.config(200).expect("it is there");
    assert!(config["mp1"].is_null() && config["unused0"].is_string(), "{config}");
    nothing_to_do(host.plan(&document(&named)).await);
    understood(&lab);
}

#[tokio::test]
async fn the_order_of_slots_never_matters() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let points = [
        "mp0 = { datastore_id = \"local-lvm\", size = \"1G\", path = \"/a\" }",
        "mp1 = { datastore_id = \"ceph\", size = \"2G\", path = \"/b\" }",
    ];
    let interfaces =
        ["net0 = { name = \"eth0\", bridge = \"vmbr0\" }", "net1 = { name = \"eth1\", bridge = \"vmbr1\" }"];
    let with = |points: &[&str], interfaces: &[&str]| {
        container(&format!(
            "{DISK}\n  mount_point = {{\n{}\n}}\n  network_interface = {{\n{}\n}}",
            points.join("\n"),
            interfaces.join("\n")
        ))
    };
    fine(host.apply(&document(&with(&points, &interfaces))).await);
    nothing_to_do(host.plan(&document(&with(&[points[1], points[0]], &[interfaces[1], interfaces[0]]))).await);
    let (point, interface) = (option(&lab, "mp1"), option(&lab, "net1"));
    let without_first = with(&points[1..], &interfaces[1..]);
    fine(host.apply(&document(&without_first)).await);
    assert_eq!((option(&lab, "mp1"), option(&lab, "net1")), (point, interface));
    nothing_to_do(host.plan(&document(&without_first)).await);
    understood(&lab);
}

#[tokio::test]
async fn a_container_that_somebody_moved_stays_where_it_is() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let text = container(&DISK.replace("local-lvm", "ceph"));
    fine(host.apply(&document(&text)).await);
    lab.relocate(200, "pve2");
    renewed(&lab, &mut host).await;
    nothing_to_do(host.plan(&document(&text)).await);
    fine(host.refresh().await);
    assert_eq!(host.instance(CONTAINER).expect("it is there").text("current_node"), "pve2");
    fine(host.apply(&document(&text.replace("\"web\"\n  template", "\"site\"\n  template"))).await);
    assert_eq!((option(&lab, "hostname").as_str(), lab.node_of(200).as_deref()), ("site", Some("pve2")));
    understood(&lab);
}

#[tokio::test]
async fn another_node_is_a_migration_with_a_restart() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let text = container(&DISK.replace("local-lvm", "ceph"));
    fine(host.apply(&document(&text)).await);
    let moved = text.replace("pve1", "pve3");
    let report = fine(host.apply(&document(&moved)).await);
    assert_eq!(report.actions.get(CONTAINER), Some(&Action::Update));
    assert_eq!((lab.node_of(200).as_deref(), lab.runs(200)), (Some("pve3"), true));
    renewed(&lab, &mut host).await;
    nothing_to_do(host.plan(&document(&moved)).await);
    understood(&lab);
}

#[tokio::test]
async fn another_storage_waits_for_who_may_stop_it() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let on = |root: &str, data: &str, more: &str| {
        container(&format!(
            "  disk = {{ datastore_id = \"{root}\", size = \"4G\" }}\n  mount_point = {{ mp0 = {{ datastore_id = \"{data}\", \
             size = \"1G\", path = \"/srv\" }} }}\n{more}"
        ))
    };
    fine(host.apply(&document(&on("local-lvm", "ceph", ""))).await);
    lab.clear_log();
    let said = failure(host.apply(&document(&on("ceph", "ceph", ""))).await);
    assert!(said.contains("`rootfs` cannot be moved to `ceph` while the container runs"), "{said}");
    assert!(said.contains("reboot_after_update = true") && said.contains("at disk"), "{said}");
    assert!(lab.requests().iter().all(|request| request.method == "GET"));

    let allowed = on("ceph", "local-lvm", "  reboot_after_update = true");
    let report = fine(host.apply(&document(&allowed)).await);
    assert!(report.messages.is_empty(), "{}", report.text());
    assert!(option(&lab, "rootfs").starts_with("ceph:") && lab.runs(200), "{}", option(&lab, "rootfs"));
    assert!(option(&lab, "mp0").starts_with("local-lvm:vm-200-disk-1"), "{}", option(&lab, "mp0"));
    let points = format!("{:?}", host.instance(CONTAINER).expect("it is there").get("mount_point"));
    assert!(points.contains("vm-200-disk-1"), "{points}");
    nothing_to_do(host.plan(&document(&allowed)).await);
    understood(&lab);
}

#[tokio::test]
async fn what_waits_for_a_start_is_no_second_change() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(&container(DISK))).await);
    let resolved = format!("{DISK}\n  dns = {{ servers = [\"192.0.2.53\"] }}");
    fine(host.apply(&document(&container(&resolved))).await);
    assert_eq!(
        lab.call("GET", "/nodes/pve1/lxc/200/config", &[("current", "1")]).unwrap()["nameserver"],
        serde_json::Value::Null
    );
    nothing_to_do(host.plan(&document(&container(&resolved))).await);
    let now = container(&format!("{}\n  reboot_after_update = true", resolved.replace(".53", ".54")));
    fine(host.apply(&document(&now)).await);
    assert_eq!(lab.call("GET", "/nodes/pve1/lxc/200/config", &[("current", "1")]).unwrap()["nameserver"], "192.0.2.54");
    nothing_to_do(host.plan(&document(&now)).await);
    understood(&lab);
}

#[tokio::test]
async fn a_protected_container_is_not_even_stopped() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let mounted = |size: &str, protection: bool| {
        container(&format!(
            "{DISK}\n  protection = {protection}\n  mount_point = {{ mp0 = {{ datastore_id = \"ceph\", size = \"1G\", path = \
             \"{size}\" }} }}"
        ))
    };
    fine(host.apply(&document(&mounted("/srv", true))).await);
    let said = failure(host.destroy().await);
    assert!(said.contains("container 200 is protected") && said.contains("Set `protection = false`"), "{said}");
    assert!(lab.runs(200));
    let said = failure(host.apply(&document(&mounted("/data", true))).await);
    assert!(said.contains("protection mode enabled") && said.contains("Set `protection = false`"), "{said}");
    fine(host.apply(&document(&mounted("/data", false))).await);
    nothing_to_do(host.plan(&document(&mounted("/data", false))).await);
    fine(host.destroy().await);
    assert!(lab.guests().is_empty());
    understood(&lab);
}

#[tokio::test]
async fn a_pool_is_changed_without_a_second_change() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let pools = "resource \"substrate_proxmox_pool\" \"a\" {\n  pool_id = \"a\"\n}\nresource \"substrate_proxmox_pool\" \"b\" {\n  pool_id = \"b\"\n}\n";
    let text = |line: &str| format!("{pools}{}", container(&format!("{DISK}\n  started = false\n{line}")));
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
    lab.put_file(TEMPLATE, b"x");
    let mut host = host(&lab).await;
    let text = container(&format!("{DISK}\n  started = false"));
    fine(host.apply(&document(&text)).await);
    lab.hold_lock_file(200, Duration::from_millis(700));
    let begin = Instant::now();
    fine(host.apply(&document(&text.replace("\"web\"\n  template", "\"site\"\n  template"))).await);
    assert!(begin.elapsed() >= Duration::from_millis(600));
    assert_eq!(option(&lab, "hostname"), "site");

    lab.lock(200, Some("backup"));
    let limited =
        container(&format!("{DISK}\n  started = false\n  description = \"x\"\n  timeouts = {{ update = \"1s\" }}"));
    let said = failure(host.apply(&document(&limited)).await);
    assert!(
        said.contains("CT is locked (backup)") && said.contains("pct unlock") && said.contains("timeouts"),
        "{said}"
    );
}

#[tokio::test]
async fn a_change_of_somebody_else_meanwhile_is_no_loss() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    let text = |more: &str| container(&format!("{DISK}\n  started = false\n{more}"));
    fine(host.apply(&document(&text(""))).await);
    let words = "detected modified configuration - file changed by other user? Try again.";
    lab.fault(Fault::on("PUT", "/nodes/*/lxc/*/config").status(500, "").reason(words).times(1));
    let said = failure(host.apply(&document(&text("  description = \"x\""))).await);
    assert!(said.contains("detected modified configuration"), "{said}");
    fine(host.apply(&document(&text("  description = \"x\""))).await);
    nothing_to_do(host.plan(&document(&text("  description = \"x\""))).await);
}

#[tokio::test]
async fn nothing_is_lost_half_way() {
    let lab = cluster().await;
    lab.fault(Fault::on("POST", "/nodes/*/lxc/*/status/start").status(500, "").reason("no space left"));
    let mut host = host(&lab).await;
    let said = failure(host.apply(&document(&container(DISK))).await);
    assert!(said.contains("no space left") && said.contains("It exists, but not all could be set"), "{said}");
    assert_eq!(host.instance(CONTAINER).expect("it is in the state").text("vm_id"), "200");
    assert_eq!(lab.guests(), [200]);
}

#[tokio::test]
async fn a_create_that_takes_too_long_is_in_the_state_all_the_same() {
    let lab = cluster().await;
    lab.slow("vzcreate", Duration::from_secs(3));
    let mut host = host(&lab).await;
    let text = container(&format!("{DISK}\n  timeouts = {{ create = \"1s\" }}"));
    let said = failure(host.apply(&document(&text)).await);
    assert!(said.contains("the end of task `vzcreate` of `200`"), "{said}");
    assert_eq!(host.instance(CONTAINER).expect("it is in the state").text("vm_id"), "200");
}

#[tokio::test]
async fn a_task_that_fails_shows_the_end_of_its_log() {
    let lab = cluster().await;
    let status = r#"{"data":{"status":"stopped","exitstatus":"unable to create CT 200 - no space left"}}"#;
    let log =
        r#"{"data":[{"n":1,"t":"extracting archive"},{"n":2,"t":"tar: write error"},{"n":3,"t":"TASK ERROR: x"}]}"#;
    lab.fault(Fault::on("GET", "/nodes/*/tasks/*/status").status(200, status));
    lab.fault(Fault::on("GET", "/nodes/*/tasks/*/log").status(200, log));
    let mut host = host(&lab).await;
    let said = failure(host.apply(&document(&container(DISK))).await);
    assert!(said.contains("`vzcreate` of `200` on node `pve1` failed"), "{said}");
    assert!(said.contains("its log ends: extracting archive | tar: write error"), "{said}");
}

#[tokio::test]
async fn a_refused_parameter_points_at_its_attribute() {
    let lab = cluster().await;
    let mut host = host(&lab).await;
    lab.fault(Fault::on("POST", "/nodes/*/lxc").status(400, REFUSED).reason("Parameter verification failed."));
    let text = container("  network_interface = { net0 = { name = \"eth0\", bridge = \"vmbr0\" } }");
    let said = failure(host.apply(&document(&text)).await);
    assert!(said.contains("`net0`") && said.contains("at network_interface[\"net0\"]"), "{said}");
    let text = container("  network_interface = { net0 = { name = \"eth0\", ipv4_address = \"192.0.2.7\" } }");
    let said = failure(host.plan(&document(&text)).await);
    assert!(said.contains("is no IPv4 address with a prefix") && said.contains("ipv4_address"), "{said}");
}
