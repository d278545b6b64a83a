//! Storages of every kind, and what goes with them.

use std::collections::BTreeSet;

use lab::Proxmox;
use serde_json::Value as Json;
use tfplugin::harness::{Action, resources};
use tfplugin::schema::Kind;

use crate::estate::{document, failure, fine, host};
use crate::proxmox_access::live;
use crate::proxmox_vm::nothing_to_do;

const STORAGE: &str = "substrate_proxmox_storage.s";

/// Kinds of storage, each with what it must be told, and with all else that it can be told and that changes in place.
const KINDS: &[(&str, &str, &str)] = &[
    (
        "dir",
        "path = \"/srv/vms\"",
        "content = [\"images\", \"iso\"]\n  shared = true\n  nodes = [\"pve1\", \"pve2\"]\n  disable = true\n  \
         is_mountpoint = \"yes\"\n  preallocation = \"falloc\"\n  backups = { keep_last = 3, keep_weekly = 4 }",
    ),
    ("btrfs", "path = \"/srv/btrfs\"", "content = [\"images\", \"backup\"]\n  backups = { keep_all = true }"),
    ("lvm", "volume_group = \"vg0\"", "content = [\"images\"]\n  nodes = [\"pve3\"]\n  shared = true"),
    ("lvmthin", "volume_group = \"vg0\"\n  thin_pool = \"data\"", "content = [\"rootdir\"]\n  disable = true"),
    (
        "zfspool",
        "pool = \"rpool/data\"",
        "content = [\"images\"]\n  nodes = [\"pve1\"]\n  blocksize = \"16k\"\n  thin_provision = true",
    ),
    (
        "nfs",
        "server = \"10.0.0.7\"\n  export = \"/srv/vms\"",
        "options = \"vers=4.2,soft\"\n  content = [\"import\", \"vztmpl\"]\n  preallocation = \"off\"",
    ),
    (
        "cifs",
        "server = \"files.example.com\"\n  share = \"vms\"",
        "username = \"pve\"\n  password_wo = \"Wh1sper-it\"\n  password_wo_version = 1\n  subdir = \"/backups\"\n  \
         domain = \"example.com\"\n  options = \"echo_interval=30\"\n  content = [\"backup\"]\n  backups = { keep_daily = 7 }",
    ),
    (
        "cephfs",
        "monhost = [\"10.0.0.1\", \"10.0.0.2\"]\n  keyring_wo = \"AQBvbmUtaG9yc2UtYmF0dGVyeQ==\"\n  keyring_wo_version = 1",
        "fs_name = \"files\"\n  username = \"pve\"\n  subdir = \"/isos\"\n  content = [\"iso\", \"vztmpl\"]",
    ),
    (
        "rbd",
        "pool = \"vms\"",
        "monhost = [\"10.0.0.1\", \"[fd00::2]:6789\"]\n  username = \"pve\"\n  keyring_wo = \"AQBvbmUtaG9yc2UtYmF0dGVyeQ==\"\n  \
         keyring_wo_version = 1\n  krbd = true\n  namespace = \"one\"\n  content = [\"images\", \"rootdir\"]",
    ),
    (
        "pbs",
        "server = \"10.0.0.9\"\n  datastore = \"nightly\"\n  username = \"pve@pbs\"\n  password_wo = \"Wh1sper-it\"\n  \
         password_wo_version = 1",
        "fingerprint = \"64:d3:ff:3a:50:38:53:5a:9b:f7:50:53:fb:c0:46:51:8c:15:0b:97:24:c9:23:8e:74:da:22:2f:aa:1c:a6:57\"\n  \
         namespace = \"team\"\n  content = [\"backup\"]\n  backups = { keep_yearly = 1, keep_hourly = 2 }",
    ),
];

fn storage(kind: &str, lines: &str) -> String {
    format!("resource \"substrate_proxmox_storage\" \"s\" {{\n  id = \"s-1\"\n  type = \"{kind}\"\n  {lines}\n}}\n")
}

/// What the cluster says about the storage.
#[track_caller]
fn seen(lab: &Proxmox) -> Json {
    lab.call("GET", "/storage/s-1", &[]).expect("it is there")
}

#[tokio::test]
async fn each_kind_of_storage_lives() {
    for (kind, needed, more) in KINDS {
        let lab = Proxmox::start().await;
        let (first, second) = (storage(kind, needed), storage(kind, &format!("{needed}\n  {more}")));
        live(&lab, &first, &second, &[(STORAGE, "s-1")]).await;
        assert!(lab.call("GET", "/storage/s-1", &[]).is_err(), "a `{kind}` is gone after the destroy");
    }
}

#[test]
fn each_kind_has_a_row() {
    let tables = resources(&provider::provider());
    let (_, table) = tables.iter().find(|(name, _)| name == "substrate_proxmox_storage").expect("it is registered");
    let Kind::String(text) = table.field("type").expect("it has a kind").kind else { panic!("a kind is a word") };
    let words: BTreeSet<&str> = text.words.iter().map(|word| word.word).collect();
    assert_eq!(words, KINDS.iter().map(|(kind, ..)| *kind).collect());
    let rows = KINDS.iter().map(|(_, needed, more)| format!("{needed}\n{more}")).collect::<String>();
    let always = ["id", "type", "data_pool", "force_destroy"];
    let missing = table.fields.iter().filter(|field| !field.is_computed_only() && !always.contains(&field.name));
    let missing: Vec<&str> = missing.map(|field| field.name).filter(|name| !rows.contains(name)).collect();
    assert!(missing.is_empty(), "no row sets {missing:?}");
}

#[tokio::test]
async fn what_does_not_belong_to_the_kind_is_refused_in_the_plan() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    for (kind, lines, said) in [
        ("nfs", "path = \"/srv\"", "`type = \"nfs\"` needs `server`"),
        ("nfs", "server = \"10.0.0.7\"", "`type = \"nfs\"` needs `export`"),
        ("lvmthin", "volume_group = \"vg0\"", "`type = \"lvmthin\"` needs `thin_pool`"),
        ("dir", "path = \"/srv\"\n  export = \"/srv\"", "`export` is nothing that a `dir` has: it belongs to `nfs`"),
        ("zfspool", "pool = \"a\"\n  krbd = true", "`krbd` is nothing that a `zfspool` has: it belongs to `rbd`"),
        ("rbd", "pool = \"a\"\n  password_wo = \"x\"\n  password_wo_version = 1", "it belongs to `cifs`, `pbs`"),
    ] {
        let report = host.validate(&document(&storage(kind, lines))).await.expect("no rule is broken");
        assert!(report.text().contains(said), "{kind}: {}", report.text());
        assert!(report.failed());
    }
    assert!(lab.requests().is_empty());
}

/// Proxmox VE deletes the key with the storage, and with it the use of all that is encrypted.
#[tokio::test]
async fn an_encryption_key_is_not_lost_unless_it_is_meant() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let pbs = |server: &str, more: &str| {
        storage("pbs", &format!("server = \"{server}\"\n  datastore = \"nightly\"\n  {more}"))
    };
    let text = pbs("10.0.0.9", "");
    fine(host.apply(&document(&text)).await);
    lab.act("PUT", "/storage/s-1", &[("encryption-key", "autogen")]);
    fine(host.refresh().await);
    let key = host.instance(STORAGE).expect("it is there").text("encryption_key_fingerprint");
    assert_eq!(key, seen(&lab)["encryption-key"].as_str().expect("it has a key"));
    nothing_to_do(host.plan(&document(&text)).await);

    let said = failure(host.destroy().await);
    assert!(said.contains("`s-1` has the encryption key 64:d3:ff") && said.contains("s-1.enc"), "{said}");
    assert!(said.contains("`force_destroy = true`"), "{said}");
    // A replacement is a destroy, too.
    let said = failure(host.apply(&document(&pbs("10.0.0.10", ""))).await);
    assert!(said.contains("goes with it"), "{said}");
    // What is set in the configuration and not applied does not count.
    assert_eq!((seen(&lab)["server"].as_str(), lab.count("DELETE", "/storage/*")), (Some("10.0.0.9"), 0));

    let meant = pbs("10.0.0.9", "force_destroy = true");
    fine(host.apply(&document(&meant)).await);
    let report = fine(host.apply(&document(&pbs("10.0.0.10", "force_destroy = true"))).await);
    assert_eq!(report.actions.get(STORAGE), Some(&Action::Replace));
    fine(host.destroy().await);
    assert!(lab.call("GET", "/storage/s-1", &[]).is_err());
}

/// A key that somebody made after the last look counts as well.
#[tokio::test]
async fn a_key_that_no_state_knows_is_kept() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    fine(host.apply(&document(&storage("pbs", "server = \"10.0.0.9\"\n  datastore = \"nightly\""))).await);
    let key = "{\"kdf\":null,\"data\":\"c2VjcmV0\"}";
    lab.act("PUT", "/storage/s-1", &[("encryption-key", key)]);
    let said = failure(host.destroy().await);
    assert!(said.contains("goes with it") && !said.contains("c2VjcmV0"), "{said}");
    lab.act("PUT", "/storage/s-1", &[("delete", "encryption-key")]);
    fine(host.destroy().await);
}
