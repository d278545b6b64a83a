//! What a real Proxmox VE refuses: rights on a pool alone, pools in pools, locks that nobody ends, and words that mislead.

use std::time::{Duration, Instant};

use lab::{Fault, Proxmox};
use tfplugin::harness::{Action, Host};

use crate::estate::{backend, document, failure, fine, host, proxmox_config, understood};
use crate::proxmox_vm::{VM, nothing_to_do, option, renewed, vm};

/// A pool `ci` and a token that may do everything in it and see nothing else.
async fn confined(lab: &Proxmox) -> Host {
    let role = ("privs", "VM.Allocate,VM.Audit,VM.Config.Options,VM.PowerMgmt,Pool.Audit,Datastore.AllocateSpace");
    lab.act("POST", "/pools", &[("poolid", "ci")]);
    lab.act("POST", "/access/users", &[("userid", "ci@pve"), ("password", "kvaen-og-mus-7")]);
    lab.act("POST", "/access/roles", &[("roleid", "Builder"), role]);
    let token = lab.act("POST", "/access/users/ci@pve/token/t1", &[("privsep", "1")]);
    for whose in [("users", "ci@pve"), ("tokens", "ci@pve!t1")] {
        lab.act("PUT", "/access/acl", &[("path", "/pool/ci"), ("roles", "Builder"), whose]);
    }
    let secret = token["value"].as_str().expect("a token has a secret");
    let config = proxmox_config(&lab.url, &format!("ci@pve!t1={secret}"));
    Host::new(provider::provider(), config).await.expect("the schema is valid")
}

#[tokio::test]
async fn rights_on_a_pool_are_enough() {
    let lab = Proxmox::start().await;
    let mut host = confined(&lab).await;
    let text = document(&vm("  pool_id = \"ci\"\n  started = false"));
    fine(host.apply(&text).await);
    nothing_to_do(host.plan(&text).await);
    assert_eq!(lab.count("GET", "/nodes/pve2/qemu/100/config"), 0, "no node is asked for a number that nobody has");

    lab.act("DELETE", "/nodes/pve1/qemu/100", &[("purge", "1")]);
    let report = fine(host.apply(&text).await);
    assert_eq!(report.actions.get(VM), Some(&Action::Create), "a machine that is gone is made again");
    assert_eq!(lab.guests(), [100]);
    fine(host.destroy().await);

    lab.act("POST", "/nodes/pve2/qemu", &[("vmid", "100")]);
    let said = failure(host.apply(&text).await);
    assert!(said.contains("The number 100 is taken") && said.contains("(/vms/100, VM.Audit)"), "{said}");
    understood(&lab);
}

#[tokio::test]
async fn pools_can_be_in_pools() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let pools = "resource \"substrate_proxmox_pool\" \"a\" {\n  pool_id = \"a\"\n}\n\
                 resource \"substrate_proxmox_pool\" \"b\" {\n  pool_id = \"${substrate_proxmox_pool.a.pool_id}/b\"\n  \
                 comment = \"first\"\n}\n";
    let text = |line: &str| format!("{pools}{}", vm(&format!("  started = false\n{line}")));
    for line in ["  pool_id = substrate_proxmox_pool.b.pool_id", "  pool_id = substrate_proxmox_pool.a.pool_id"] {
        fine(host.apply(&document(&text(line))).await);
        renewed(&lab, &mut host).await;
        nothing_to_do(host.plan(&document(&text(line))).await);
    }
    host.forget("substrate_proxmox_pool.b");
    fine(host.import("substrate_proxmox_pool.b", "a/b").await);
    let last = text("  pool_id = substrate_proxmox_pool.b.pool_id").replace("first", "second");
    fine(host.apply(&document(&last)).await);
    assert_eq!(lab.call("GET", "/pools", &[("poolid", "a/b")]).expect("it is there")[0]["comment"], "second");
    fine(host.destroy().await);
    assert_eq!(lab.call("GET", "/pools", &[]).expect("they are listed"), serde_json::json!([]));

    let deep = "resource \"substrate_proxmox_pool\" \"deep\" {\n  pool_id = \"a/b/c/d\"\n}\n";
    let said = failure(host.plan(&document(deep)).await);
    assert!(said.contains("pool_id") && said.contains("`/` twice"), "{said}");
    understood(&lab);
}

/// Version 8.0.4 and earlier know no `allow-move`.
#[tokio::test]
async fn a_pool_is_changed_by_two_steps_where_one_is_unknown() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    for pool in ["a", "b"] {
        lab.act("POST", "/pools", &[("poolid", pool)]);
    }
    let text = |pool: &str| document(&vm(&format!("  started = false\n  pool_id = \"{pool}\"")));
    fine(host.apply(&text("a")).await);
    let unknown = r#"{"data":null,"message":"Parameter verification failed.\n","errors":{"allow-move":"property is not defined in schema and the schema does not allow additional properties"}}"#;
    lab.fault(Fault::on("PUT", "/pools/*").status(400, unknown).times(1));
    fine(host.apply(&text("b")).await);
    assert_eq!(lab.call("GET", "/pools/b", &[]).expect("it is there")["members"][0]["vmid"], 100);
    renewed(&lab, &mut host).await;
    nothing_to_do(host.plan(&text("b")).await);
}

fn described(text: &str) -> tfplugin::harness::Document {
    document(&vm(&format!("  started = false\n  description = \"{text}\"")))
}

#[tokio::test]
async fn a_backup_of_several_guests_is_waited_for() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&described("x")).await);
    lab.back_up(100, Duration::from_secs(4));
    fine(host.apply(&described("y")).await);
    assert_eq!(option(&lab, "description"), "y");
    understood(&lab);
}

#[tokio::test]
async fn a_lock_that_nobody_ends_is_not_waited_for() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&described("x")).await);
    let limit = Duration::from_secs(20);
    lab.lock(100, Some("backup"));
    let begin = Instant::now();
    let said = failure(host.apply(&described("y")).await);
    assert!(begin.elapsed() < limit, "it has half an hour, and needs none of it");
    assert!(said.contains("VM is locked (backup)") && said.contains("No task of node `pve1` holds the lock"), "{said}");
    assert!(said.contains("`qm unlock 100`"), "{said}");

    lab.lock(100, Some("suspended"));
    let tries = lab.count("POST", "/nodes/pve1/qemu/100/config");
    let said = failure(host.apply(&described("y")).await);
    assert!(said.contains("VM is locked (suspended)") && said.contains("The machine 100 hibernates"), "{said}");
    assert_eq!(lab.count("POST", "/nodes/pve1/qemu/100/config"), tries + 1);
    understood(&lab);
}

/// A credential that is not shown the tasks of others cannot tell a lock of theirs from one that a crash left.
#[tokio::test]
async fn a_lock_is_waited_for_where_tasks_are_hidden() {
    let lab = Proxmox::start().await;
    let mut host = confined(&lab).await;
    let text = |note: &str| {
        let limit = "timeouts = { update = \"5s\" }";
        document(&vm(&format!("  pool_id = \"ci\"\n  started = false\n  description = \"{note}\"\n  {limit}")))
    };
    fine(host.apply(&text("x")).await);
    lab.lock(100, Some("backup"));
    let begin = Instant::now();
    let said = failure(host.apply(&text("y")).await);
    assert!(begin.elapsed() > Duration::from_secs(3), "{said}");
    assert!(said.contains("`Sys.Audit` on `/nodes/pve1`") && said.contains("timeouts"), "{said}");
    lab.lock(100, None);
    lab.back_up(100, Duration::from_secs(3));
    fine(host.apply(&text("y")).await);
    understood(&lab);
}

#[tokio::test]
async fn what_root_alone_may_set_is_told_with_the_way_to_do_it() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    for (device, words) in [
        ("cpu = { affinity = \"0,2\" }", "only root can set 'affinity' config"),
        ("kvm_arguments = \"-s\"", "only root can set 'args' config"),
        ("hook_script_file_id = \"local:snippets/hook.pl\"", "only root can set 'hookscript' config"),
        (
            "hostpci = { hostpci0 = { id = \"0000:01:00.0\" } }",
            "only root can set 'hostpci0' config for non-mapped devices",
        ),
        ("usb = { usb0 = { host = \"1234:5678\" } }", "only root can set 'usb0' config for real devices"),
        (
            "serial_device = { serial0 = { device = \"/dev/ttyS0\" } }",
            "only root can set 'serial0' config for real devices",
        ),
    ] {
        let said = failure(host.apply(&document(&vm(&format!("  started = false\n  {device}")))).await);
        assert!(said.contains("500") && said.contains(words), "{said}");
        assert!(said.contains("not even one of root") && said.contains("`proxmox.password`"), "{said}");
        assert!(!said.contains("may have been executed"), "{said}");
    }
    assert!(lab.guests().is_empty());
    understood(&lab);
}

#[tokio::test]
async fn root_with_his_password_sets_what_no_token_may() {
    let lab = Proxmox::start().await;
    lab.put_file("local:snippets/hook.pl", b"x");
    let login = [
        ("endpoint", lab.url.as_str().into()),
        ("username", "root@pam".into()),
        ("password", lab.password.as_str().into()),
    ];
    let mut host = Host::new(provider::provider(), backend("proxmox", login)).await.expect("the schema is valid");
    let with = |lines: &str| document(&vm(&format!("  started = false\n{lines}")));
    let all = with(
        "  cpu = { affinity = \"0,2\" }\n  kvm_arguments = \"-device isa-debug-exit\"\n  \
         hook_script_file_id = \"local:snippets/hook.pl\"\n  usb = { usb0 = { host = \"1234:5678\" } }",
    );
    fine(host.apply(&all).await);
    assert_eq!(
        (option(&lab, "args").as_str(), option(&lab, "hookscript").as_str()),
        ("-device isa-debug-exit", "local:snippets/hook.pl")
    );
    nothing_to_do(host.plan(&all).await);
    // What is omitted of `cpu` stays as it is.
    fine(host.apply(&with("")).await);
    let config = lab.config(100).expect("it is there");
    assert!(["args", "hookscript", "usb0"].iter().all(|name| config[name].is_null()), "{config}");
    nothing_to_do(host.plan(&with("")).await);
    understood(&lab);
}

/// The first versions of 8.x write `missmatch`.
#[tokio::test]
async fn a_change_of_somebody_else_is_one_in_either_spelling() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&described("x")).await);
    let words = "checksum missmatch (file change by other user?)";
    lab.fault(Fault::on("POST", "/nodes/*/qemu/*/config").status(500, "").reason(words).times(1));
    let said = failure(host.apply(&described("y")).await);
    assert!(said.contains(words) && said.contains("plan again"), "{said}");
    fine(host.apply(&described("y")).await);
    understood(&lab);
}

const DOWNLOAD: &str = r#"
resource "substrate_proxmox_download" "image" {
  node_name    = "pve1"
  datastore_id = "nfs"
  content_type = "iso"
  file_name    = "debian.iso"
  url          = "https://cdimage.example.com/debian.iso"
}
"#;

#[tokio::test]
async fn a_storage_out_of_reach_says_nothing_of_its_files() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(DOWNLOAD)).await);
    for words in [
        "unable to activate storage 'nfs' - directory '/mnt/pve/nfs' does not exist or is unreachable",
        "zfs error: cannot open 'tank': no such pool",
    ] {
        renewed(&lab, &mut host).await;
        lab.fault(Fault::on("GET", "/nodes/*/storage/*/content").status(500, "").reason(words).times(1));
        let said = failure(host.plan(&document(DOWNLOAD)).await);
        assert!(said.contains(words), "{said}");
    }
    renewed(&lab, &mut host).await;
    nothing_to_do(host.plan(&document(DOWNLOAD)).await);
    understood(&lab);
}

#[tokio::test]
async fn a_file_keeps_its_name_and_only_images_are_unpacked() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    for name in ["debian (1).iso", "debian+gui.iso", "übung.iso", "a/debian.iso"] {
        let said =
            failure(host.plan(&document(&DOWNLOAD.replace("debian.iso\"\n  url", &format!("{name}\"\n  url")))).await);
        assert!(said.contains("file_name") && said.contains("letters, digits"), "{said}");
    }
    let packed = DOWNLOAD.replace("  url ", "  decompression_algorithm = \"gz\"\n  url ");
    fine(host.plan(&document(&packed)).await);
    let said =
        failure(host.plan(&document(&packed.replace("\"iso\"", "\"import\"").replace("n.iso\"", "n.raw\""))).await);
    assert!(said.contains("decompression_algorithm") && said.contains("content_type"), "{said}");
    assert_eq!(lab.count("POST", "/nodes/*/storage/*/download-url"), 0);
}

#[tokio::test]
async fn a_machine_that_heeds_no_shutdown_is_started_anew_all_the_same() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let text =
        |memory: u32| document(&vm(&format!("  memory = {{ dedicated = {memory} }}\n  reboot_after_update = true")));
    fine(host.apply(&text(512)).await);
    lab.set_obedience(100, false);
    fine(host.apply(&text(1024)).await);
    assert!(lab.runs(100));
    let now = lab.call("GET", "/nodes/pve1/qemu/100/config", &[("current", "1")]).expect("it is there");
    assert_eq!(now["memory"], "1024");
    nothing_to_do(host.plan(&text(1024)).await);

    lab.fault(Fault::on("POST", "/nodes/*/qemu/*/status/start").status(500, "").reason("no memory left").always());
    let said = failure(host.apply(&text(2048)).await);
    assert!(
        said.contains("stopped for the change, and could not be started again") && said.contains("no memory"),
        "{said}"
    );
    understood(&lab);
}
