//! Every word of every enumeration is one that the server takes and gives back.

use lab::Estate;
use serde_json::json;
use tfplugin::harness::resources;
use tfplugin::schema::{Field, Kind, Table, Text};
use tfplugin::value::from_plain_json;

use crate::estate::{act, document, fine, host, understood};

/// What else a word needs: no part of a project can be more visible than its repository.
fn besides(name: &str) -> &'static str {
    match name {
        "compression_algorithm" => "compression_mode = \"aggressive\"\n  ",
        "repository_access_level" => {
            "builds_access_level = \"disabled\"\n  merge_requests_access_level = \"disabled\"\n  "
        }
        _ => "",
    }
}

/// What a resource of the type needs, each on a line of its own.
fn needed(kind: &str) -> &'static str {
    match kind {
        "substrate_ceph_pool" => "name = \"w\"",
        "substrate_ceph_rbd_image" => "pool = \"images\"\nname = \"w\"\nsize = \"4 MiB\"",
        "substrate_gitlab_branch_protection" => "project = \"root/one\"\nbranch = \"stable\"",
        "substrate_gitlab_group" => "name = \"G\"\npath = \"g\"",
        "substrate_gitlab_group_label" => "group = \"top\"\nname = \"bug\"\ncolor = \"crimson\"",
        "substrate_gitlab_group_variable" => "group = \"top\"\nkey = \"A\"\nvalue = \"a\"",
        "substrate_gitlab_project" => "name = \"p\"",
        "substrate_gitlab_project_access_token" => {
            "project = \"root/one\"\nname = \"ci\"\nscopes = [\"api\"]\n\
             deliver = { gitlab_variable = { project = \"root/one\", key = \"TOKEN\" } }"
        }
        "substrate_gitlab_project_label" => "project = \"root/one\"\nname = \"bug\"\ncolor = \"crimson\"",
        "substrate_gitlab_project_variable" => "project = \"root/one\"\nkey = \"A\"\nvalue = \"a\"",
        "substrate_haproxy_backend" => "name = \"w\"",
        "substrate_haproxy_frontend" => "name = \"w\"\nbinds = {}",
        "substrate_vault_approle_auth_backend_role" => "role_name = \"r\"",
        "substrate_vault_gitlab_trust" => {
            "role_name = \"r\"\ngitlab_url = \"https://gitlab.example.com\"\nproject = \"root/one\"\n\
             bound_audiences = [\"vault\"]"
        }
        "substrate_vault_jwt_auth_backend" => "path = \"other\"\noidc_discovery_url = \"https://gitlab.example.com\"",
        "substrate_vault_jwt_auth_backend_role" => {
            "role_name = \"r\"\nuser_claim = \"sub\"\nbound_subject = \"s\"\n\
             allowed_redirect_uris = [\"https://vault.example.com\"]"
        }
        "substrate_vault_mount" => "path = \"kv\"\ntype = \"kv\"",
        "substrate_proxmox_download" => {
            "node_name = \"pve1\"\ndatastore_id = \"local\"\ncontent_type = \"iso\"\nfile_name = \"w.iso\"\n\
             url = \"https://cdimage.example.com/w.iso\""
        }
        "substrate_proxmox_storage" => "id = \"w1\"\ntype = \"dir\"\npath = \"/srv/w\"",
        "substrate_proxmox_vm" => "node_name = \"pve1\"\nstarted = false",
        other => panic!("say here what a {other} needs"),
    }
}

/// A storage of a kind, with what this kind needs.
fn storage(kind: &str) -> String {
    let needed = match kind.trim_matches('"') {
        "dir" | "btrfs" => "path = \"/srv/w\"",
        "lvm" => "volume_group = \"w1\"",
        "lvmthin" => "volume_group = \"w1\"\n  thin_pool = \"w1\"",
        "nfs" => "server = \"10.0.0.7\"\n  export = \"/srv/w\"",
        "cifs" => "server = \"10.0.0.7\"\n  share = \"w1\"",
        "cephfs" => "fs_name = \"w1\"",
        "pbs" => {
            "server = \"10.0.0.7\"\n  datastore = \"w1\"\n  username = \"w@pbs\"\n  password_wo = \"kvaen-og-mus-7\"\n  \
             password_wo_version = 1"
        }
        _ => "pool = \"w1\"",
    };
    format!("resource \"substrate_proxmox_storage\" \"w\" {{\n  id = \"w1\"\n  type = {kind}\n  {needed}\n}}\n")
}

/// A resource of the type with nothing but what it needs, and one argument as it is given here.
fn minimal(kind: &str, name: &str, value: &str) -> String {
    if (kind, name) == ("substrate_proxmox_storage", "type") {
        return storage(value);
    }
    let others = needed(kind).lines().filter(|line| !line.starts_with(&format!("{name} =")));
    let others = others.collect::<Vec<_>>().join("\n  ");
    format!("resource \"{kind}\" \"w\" {{\n  {others}\n  {}{name} = {value}\n}}\n", besides(name))
}

/// The arguments that take words, alone or in a set, each with its values in HCL.
fn worded(table: &'static Table) -> impl Iterator<Item = (&'static Field, Vec<String>)> {
    let words = |text: Text| text.words.iter().map(|word| format!("\"{}\"", word.word));
    let values = move |field: &Field| match field.kind {
        Kind::String(text) => words(text).collect(),
        Kind::Set(Kind::String(text)) => words(*text).map(|word| format!("[{}]", together(word))).collect(),
        _ => Vec::new(),
    };
    // Each kind of checksum has another checksum of the same file, and each kind of file another name.
    let arguments = table
        .fields
        .iter()
        .filter(|field| !field.is_computed_only() && !["checksum_algorithm", "content_type"].contains(&field.name));
    arguments.map(move |field| (field, values(field))).filter(|(_, values)| !values.is_empty())
}

/// A word in a set with those that it needs there.
fn together(word: String) -> String {
    match word.as_str() {
        "\"journaling\"" => format!("\"exclusive-lock\", {word}"),
        "\"fast-diff\"" | "\"object-map\"" => "\"exclusive-lock\", \"fast-diff\", \"object-map\"".to_owned(),
        _ => word,
    }
}

/// Makes a resource with each word of each type that begins like this, and looks what came of it.
async fn taken(prefix: &str, estate: &Estate) {
    let kinds = resources(&provider::provider()).into_iter().filter(|(kind, _)| kind.starts_with(prefix));
    for (kind, table) in kinds {
        for (field, values) in worded(table) {
            let mut host = host(estate).await;
            for value in values {
                let document = document(&estate.localized(&minimal(&kind, field.name, &value)));
                let at = format!("{kind}.{} = {value}", field.name);
                let report = fine(host.apply(&document).await);
                assert!(report.messages.is_empty(), "{at}: {}", report.text());
                let instance = host.instance(&format!("{kind}.w")).expect("it was made");
                let taken = from_plain_json(serde_json::from_str(&value).expect("words are JSON too"));
                assert_eq!(instance.get(field.name), &taken, "{at}");
                host.plan(&document).await.and_then(|report| report.empty()).unwrap_or_else(|error| {
                    panic!("{at}: {error}");
                });
                if field.fixed.is_some() || field.change.is_some() {
                    fine(host.destroy().await);
                }
            }
            fine(host.destroy().await);
        }
    }
    understood(estate);
}

/// What the types begin with whose words the tests below send.
const SENT: [&str; 5] =
    ["substrate_ceph_", "substrate_gitlab_", "substrate_haproxy_", "substrate_proxmox_", "substrate_vault_"];

#[test]
fn no_type_with_words_is_forgotten() {
    let kinds = resources(&provider::provider()).into_iter().filter(|(_, table)| worded(table).next().is_some());
    let forgotten: Vec<String> =
        kinds.map(|(kind, _)| kind).filter(|kind| !SENT.iter().any(|prefix| kind.starts_with(prefix))).collect();
    assert_eq!(forgotten, [""; 0]);
}

#[tokio::test]
async fn ceph_takes_every_word() {
    let estate = Estate::of(&[SENT[0]]).await;
    let pool = json!({ "pool": "images", "pg_num": 1, "pool_type": "replicated", "application_metadata": ["rbd"] });
    estate.ceph().act("POST", "/pool", &pool);
    taken(SENT[0], &estate).await;
}

#[tokio::test]
async fn gitlab_takes_every_word() {
    let estate = Estate::of(&[SENT[1]]).await;
    act(estate.gitlab(), "POST", "/groups", json!({ "name": "Top", "path": "top", "visibility": "public" }));
    act(estate.gitlab(), "POST", "/projects", json!({ "name": "one" }));
    taken(SENT[1], &estate).await;
}

#[tokio::test]
async fn haproxy_takes_every_word() {
    taken(SENT[2], &Estate::of(&[SENT[2]]).await).await;
}

#[tokio::test]
async fn proxmox_takes_every_word() {
    taken(SENT[3], &Estate::of(&[SENT[3]]).await).await;
}

#[tokio::test]
async fn vault_takes_every_word() {
    let estate = Estate::of(&[SENT[4], "https://gitlab.example.com"]).await;
    estate.vault().act("POST", "/sys/auth/approle", &json!({ "type": "approle" }));
    estate.vault().act("POST", "/sys/auth/jwt", &json!({ "type": "jwt" }));
    taken(SENT[4], &estate).await;
}
