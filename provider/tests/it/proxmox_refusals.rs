//! What a user reads when something is wrong with the cluster, the connection or the rights: what was asked, what was said,
//! and what to do.

use std::time::Duration;

use lab::{Fault, Proxmox};
use serde_json::json;
use tfplugin::harness::Host;

use crate::estate::{backend, document, failure, fine, host, proxmox_config};
use crate::proxmox_vm::{DISK, renewed, vm};

const POOL: &str = "resource \"substrate_proxmox_pool\" \"p\" {\n  pool_id = \"ci\"\n}\n";

/// What Proxmox VE says instead of an answer, with the advice that comes with it.
const REFUSED: &[(u16, &str, &str)] = &[
    (
        403,
        "Permission check failed (/vms/100, VM.Allocate)",
        "Give the privilege `VM.Allocate` on `/vms/100`, or on a path above it",
    ),
    (
        403,
        "Permission check failed (/storage/local-lvm, Datastore.AllocateSpace)",
        "Give the privilege `Datastore.AllocateSpace` on `/storage/local-lvm`",
    ),
    (
        403,
        "Permission check failed (/sdn/zones/localnetwork/vmbr0, SDN.Use)",
        "Give the privilege `SDN.Use` on `/sdn/zones/localnetwork/vmbr0`",
    ),
    (403, "Permission check failed (/, Sys.Audit|Sys.Modify)", "Give the privilege `Sys.Audit` or `Sys.Modify` on `/`"),
    (403, "Permission check failed", "lacks a right"),
    (403, "only root can set 'args' config", "log in as `root@pam`"),
    (401, "no such token 'ci' for user 'ci@pve'", "missing, wrong, expired or revoked"),
    (401, "token 'ci' access expired", "missing, wrong, expired or revoked"),
    (401, "permission denied - invalid PVE ticket", "PROXMOX_VE_API_TOKEN"),
    (500, "cluster not ready - no quorum?", "`pvecm status` on a node tells which are missing"),
    (
        500,
        "hostname lookup 'pve9' failed - failed to get address info for: pve9: Name or service not known",
        "The cluster has no node of this name",
    ),
    (500, "storage 'fast' does not exist", "Make the storage first"),
    (500, "storage 'local-lvm' is not available on node 'pve1'", "add the node to the storage's `nodes`"),
    (500, "storage 'local-lvm' is disabled", "Set `disable = false` on the storage"),
    (500, "storage 'nfs' is not online", "`pvesm status`"),
    (500, "storage 'local' does not support content-type 'images'", "Add the content type to the storage's `content`"),
    (500, "volume 'local:iso/debian.iso' does not exist", "Put the file on the storage first"),
    (500, "pool 'ci' does not exist", "Make the pool first"),
    (500, "unable to create VM 100 - VM 100 already exists on node 'pve2'", "It exists already"),
    (500, "got no worker upid - start worker failed", "a smaller `-parallelism`"),
    (500, "bridge 'vmbr9' does not exist", "Make the bridge on the node first"),
    (501, "Method 'POST /nodes/pve1/qemu' not implemented", "This version of Proxmox VE does not have it"),
    (595, "No route to host", "see that it runs and is in the cluster"),
];

/// How tasks end.
const FAILED: &[(&str, &str)] = &[
    (
        "unable to create VM 100 - lvcreate 'pve/vm-100-disk-0' error:   Cannot create new thin volume, free space in thin pool pve/data reached threshold.",
        "The storage is full",
    ),
    ("unable to create image: write failed: No space left on device", "The storage is full"),
    ("zfs error: cannot create 'rpool/data/vm-100-disk-0': out of space", "The storage is full"),
    (
        "KVM virtualisation configured, but not available. Either disable in VM configuration or enable in BIOS.",
        "Switch virtualization on in the BIOS",
    ),
    ("start failed: org.freedesktop.systemd1: Cannot allocate memory", "The node has too little memory left"),
    ("mkdir /mnt/pve/nfs/images: mount error: connection timed out", "The node cannot reach the storage now"),
    ("can't migrate VM which uses local devices: hostpci0", "What is on one node alone keeps the guest there"),
    ("Linked clone feature is not supported for drive 'scsi0'", "Set `clone.full = true`"),
    ("something that nobody foresaw", "The whole log is in the task `UPID:pve1:"),
];

async fn said(lab: &Proxmox, text: &str) -> String {
    let mut host = host(lab).await;
    failure(host.apply(&document(text)).await)
}

#[tokio::test]
async fn refusals_come_with_what_to_do() {
    for (status, reason, advice) in REFUSED {
        let lab = Proxmox::start().await;
        lab.fault(Fault::on("POST", "/nodes/*/qemu").status(*status, "").reason(reason).always());
        let said = said(&lab, &vm(DISK)).await;
        assert!(said.contains("POST ") && said.contains("/nodes/pve1/qemu answered"), "what was asked: {said}");
        assert!(said.contains(reason), "what was said: {said}");
        assert!(said.contains(advice), "what to do, {advice}: {said}");
        assert!(lab.guests().is_empty());
    }
}

#[tokio::test]
async fn the_ends_of_tasks_come_with_what_to_do() {
    for (exit, advice) in FAILED {
        let lab = Proxmox::start().await;
        let status = json!({ "data": { "status": "stopped", "exitstatus": exit } });
        lab.fault(Fault::on("GET", "/nodes/*/tasks/*/status").status(200, &status.to_string()));
        let said = said(&lab, &vm("  started = false")).await;
        assert!(said.contains("ask `qmcreate` of `100` on node `pve1` failed"), "what was asked: {said}");
        assert!(said.contains(exit) && said.contains(advice), "{advice}: {said}");
        assert!(said.contains("The whole log is in the task"), "{said}");
    }
}

/// A token with rights of its own, which are none.
#[tokio::test]
async fn a_token_without_rights_is_told_which_it_needs_and_where() {
    let lab = Proxmox::start().await;
    let made = lab.act("POST", "/access/users/root@pam/token/bare", &[("privsep", "1")]);
    let secret = made["value"].as_str().expect("it is shown once");
    let config = proxmox_config(&lab.url, &format!("root@pam!bare={secret}"));
    let mut host = Host::new(provider::provider(), config).await.expect("the schema is valid");
    let said = failure(host.apply(&document(POOL)).await);
    assert!(said.contains("403 Forbidden: Permission check failed (/pool/ci, Pool.Allocate)"), "{said}");
    assert!(said.contains("Give the privilege `Pool.Allocate` on `/pool/ci`"), "{said}");
    assert!(said.contains("privilege separation"), "{said}");
    assert!(!said.contains(secret), "{said}");
}

/// Another server, or a proxy, says nothing about the objects of a cluster: nothing leaves the state.
#[tokio::test]
async fn a_wrong_address_makes_nothing_disappear() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let user = "resource \"substrate_proxmox_user\" \"u\" {\n  user_id = \"ci@pve\"\n}\n";
    fine(host.apply(&document(user)).await);
    lab.fault(Fault::on("GET", "/access/users/*").status(404, "<html>not here</html>").always());
    renewed(&lab, &mut host).await;
    let said = failure(host.refresh().await);
    assert!(said.contains("404") && said.contains("This is not how the API answers"), "{said}");
    assert!(said.contains("`proxmox.endpoint` or PROXMOX_VE_ENDPOINT"), "{said}");
    assert!(host.instance("substrate_proxmox_user.u").is_ok(), "it is still in the state");
}

#[tokio::test]
async fn connections_that_fail_say_what_to_set() {
    let secure = Proxmox::builder().tls().start().await.expect("a port is free");
    let plain = Proxmox::builder().penalty(Duration::from_millis(10)).start().await.expect("a port is free");
    let token = "root@pam!lab=x";
    let login = |user: &str, password: &str| {
        let members =
            [("endpoint", plain.url.as_str().into()), ("username", user.into()), ("password", password.into())];
        backend("proxmox", members)
    };
    for (config, wanted) in [
        (proxmox_config(&secure.url, token), ["an unknown authority signed its certificate", "`proxmox.cacert_file`"]),
        (proxmox_config(&plain.url.replace("http:", "https:"), token), ["an answer that is not TLS", "`http://`"]),
        (
            proxmox_config("https://pve.invalid:8006", token),
            ["cannot find the host", "Check the host name in `proxmox.endpoint`"],
        ),
        (proxmox_config("http://127.0.0.1:9", token), ["got no connection", "Check `proxmox.endpoint`"]),
        (
            proxmox_config(&plain.url, token),
            ["401 Unauthorized: Authentication failed!", "Check the credential in `proxmox.api_token`"],
        ),
        (proxmox_config("pve1:8006", token), ["`proxmox.endpoint`", "https://"]),
        (login("root@pam", "wrong-password"), ["authentication failure", "Check the credential"]),
        (login("nobody@pve", "wrong-password"), ["authentication failure", "Check the credential"]),
    ] {
        let mut host = Host::new(provider::provider(), config).await.expect("the schema is valid");
        let said = failure(host.apply(&document(POOL)).await);
        for part in wanted {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!said.contains("wrong-password"), "{said}");
    }
}

/// Half of a token is told before anything is asked, and not repeated.
#[tokio::test]
async fn a_credential_that_cannot_be_one_is_refused_at_once() {
    let lab = Proxmox::start().await;
    for (config, wanted) in [
        (
            proxmox_config(&lab.url, "7d2f5c1a-3b64-4e0b-9c58-0a1b2c3d4e5f"),
            "is no API token: it is `user@realm!name=secret`",
        ),
        (proxmox_config(&lab.url, "root@pam!lab"), "is no API token"),
        (
            backend(
                "proxmox",
                [("endpoint", lab.url.as_str().into()), ("username", "root".into()), ("password", "x".into())],
            ),
            "`username` is no user with a realm",
        ),
        (
            backend("proxmox", [("endpoint", lab.url.as_str().into()), ("password", "x".into())]),
            "`password` needs `username`",
        ),
        (backend("proxmox", [("endpoint", lab.url.as_str().into())]), "there is no credential for Proxmox VE"),
        (backend("proxmox", [("api_token", "root@pam!lab=x".into())]), "there is no address of a Proxmox VE"),
    ] {
        let said = match Host::new(provider::provider(), config).await {
            Ok(mut host) => failure(host.apply(&document(POOL)).await),
            Err(error) => error.to_string(),
        };
        assert!(said.to_lowercase().contains(&wanted.to_lowercase()), "{wanted}: {said}");
        assert!(!said.contains("7d2f5c1a"), "{said}");
    }
    assert!(lab.requests().is_empty());
}

/// What the cluster lacks is told with its name.
#[tokio::test]
async fn what_is_missing_in_the_cluster_is_named() {
    let lab = Proxmox::start().await;
    lab.act("PUT", "/storage/local-lvm", &[("nodes", "pve2")]);
    let machine = |lines: &str| format!("resource \"substrate_proxmox_vm\" \"x\" {{\n  vm_id = 100\n  {lines}\n}}\n");
    let disk = |store: &str| {
        format!("node_name = \"pve1\"\n  disk = {{ scsi0 = {{ datastore_id = \"{store}\", size = 1 }} }}")
    };
    for (text, wanted) in [
        (machine("node_name = \"pve9\""), ["hostname lookup 'pve9' failed", "no node of this name"]),
        (machine(&disk("fast")), ["storage 'fast' does not exist", "Make the storage first"]),
        (machine(&disk("local-lvm")), ["not available on node 'pve1'", "add the node to the storage's `nodes`"]),
        (machine("node_name = \"pve1\"\n  pool_id = \"none\""), ["pool 'none' does not exist", "Make the pool first"]),
        (machine("node_name = \"pve1\"\n  clone = { vm_id = 900 }"), ["no node has it", "Check `clone.vm_id`"]),
        (
            machine("node_name = \"pve1\"\n  cdrom = { ide0 = { file_id = \"local:iso/none.iso\" } }"),
            ["local:iso/none.iso", "Put the file on the storage first"],
        ),
        (
            "resource \"substrate_proxmox_acl\" \"x\" {\n  path = \"/\"\n  role_id = \"Nope\"\n  user_id = \"root@pam\"\n}\n".to_owned(),
            ["role 'Nope' does not exist", "Make the role first"],
        ),
        (
            "resource \"substrate_proxmox_acl\" \"x\" {\n  path = \"/\"\n  role_id = \"PVEAuditor\"\n  user_id = \"no@pve\"\n}\n".to_owned(),
            ["user 'no@pve' does not exist", "Make the user first"],
        ),
        (
            "resource \"substrate_proxmox_user\" \"x\" {\n  user_id = \"ci@ldap\"\n}\n".to_owned(),
            ["domain 'ldap' does not exist", "names a realm that the cluster has not"],
        ),
        (
            "resource \"substrate_proxmox_user\" \"x\" {\n  user_id = \"ci@pve\"\n  groups = [\"none\"]\n}\n".to_owned(),
            ["no such group 'none'", "Make the group first"],
        ),
    ] {
        let said = said(&lab, &text).await;
        for part in wanted {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
    assert!(lab.guests().is_empty());
}
