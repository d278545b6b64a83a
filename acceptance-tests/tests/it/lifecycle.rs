//! The lifecycle of every resource that has examples, with every tool.

use crate::estate::{eventually, workdir_in};
use crate::minimal::cleared;
use acceptance_tests::environment::repository;
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::Workdir;
use lab::blocking::Estate;
use lab::machine::announce;
use serde_json::Value;
use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

/// Attributes that the API does not return: an import cannot know them until the next apply.
const UNREAD: &[(&str, &[&str])] = &[
    ("substrate_gitlab_branch_protection", &["adopt_existing"]),
    ("substrate_gitlab_group", &["permanently_remove_on_delete"]),
    ("substrate_gitlab_group_variable", &["value_wo_version"]),
    ("substrate_gitlab_project", &["initialize_with_readme", "permanently_delete_on_destroy"]),
    ("substrate_gitlab_project_access_token", &["deliver", "rotation_configuration"]),
    ("substrate_gitlab_project_variable", &["value_wo_version"]),
    ("substrate_haproxy_certificate", &["pem_wo_version"]),
    ("substrate_iam_role", &["force_detach_policies"]),
    ("substrate_proxmox_container", &["password_wo_version", "ssh_public_keys", "template_file_id"]),
    ("substrate_proxmox_download", &["url"]),
    ("substrate_proxmox_token", &["deliver"]),
    ("substrate_proxmox_user", &["password_wo_version"]),
    ("substrate_proxmox_vm", &["clone"]),
    ("substrate_route53_record", &["allow_overwrite"]),
    ("substrate_route53_records", &["allow_overwrite", "purge"]),
    ("substrate_route53_zone", &["force_destroy"]),
    ("substrate_vault_kv_secret_v2", &["data_json_wo_version", "delete_all_versions", "disable_read"]),
];

/// Attributes that the API spells in its own way, with the one that tells whether they mean the same.
const SPELLED: &[(&str, &str, &str)] =
    &[("substrate_gitlab_group_label", "color", "color_hex"), ("substrate_gitlab_project_label", "color", "color_hex")];

/// Types with texts whose quotation marks can be left out; an API answers with them.
const QUOTED: &[&str] = &["substrate_route53_records"];

/// Attributes that hold a duration, which the API spells in seconds, as JSON pointers.
const DURATIONS: &[(&str, &[&str])] =
    &[("substrate_vault_auth_backend", &["/tune/default_lease_ttl", "/tune/max_lease_ttl"])];

/// Attributes that hold a size, which the API spells in bytes, as JSON pointers.
const SIZES: &[(&str, &[&str])] = &[
    ("substrate_ceph_pool", &["/quota_max_bytes"]),
    ("substrate_ceph_rbd_image", &["/obj_size", "/size", "/stripe_unit"]),
];

/// Attributes of a secret: the first apply after an import issues a successor, or writes another version.
const RENEWED: &[(&str, &[&str])] = &[
    ("substrate_gitlab_project_access_token", &["created_at", "token_id", "user_id"]),
    ("substrate_proxmox_token", &["id", "token_id"]),
    ("substrate_vault_kv_secret_v2", &["created_time", "version"]),
];

/// Ids that the server chooses, as `import.tf` of an example spells them, with the attribute that holds them.
const CHOSEN: &[(&str, &str)] = &[("Z0123456789ABCDEFGHIJ", "zone_id"), ("pipelines-1795216766000", "token_id")];

/// Types whose objects cannot be changed: an update makes another one.
const REPLACED: &[&str] = &[
    "substrate_ceph_crush_rule",
    "substrate_ceph_erasure_code_profile",
    "substrate_iam_role_policy_attachment",
    "substrate_vault_audit",
];

/// Runs the lifecycle of each folder below `examples/resources` with each tool, one per processor at a time.
///
/// `LIFECYCLE=gitlab_group` keeps the folders whose name contains the word.
#[test]
fn every_resource_lives_and_dies() {
    let only = env::var_os("LIFECYCLE").map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
    let mut kinds = kinds(&only);
    assert!(!kinds.is_empty(), "no folder below examples/resources is called like `{only}`");
    kinds.retain(|kind| can_live(kind));
    let jobs: Vec<_> = kinds.iter().flat_map(|kind| tools().iter().map(move |tool| (kind, tool))).collect();
    let (queue, failures) = (Mutex::new(jobs.into_iter()), Mutex::new(Vec::new()));
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((kind, tool)) = next(&queue) {
                    let label = format!("{kind} with {}", tool.label());
                    if catch_unwind(AssertUnwindSafe(|| Life::new(tool, kind).run())).is_err() {
                        failures.lock().expect("no worker panics while it holds the list").push(label);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("the workers have ended");
    assert!(failures.is_empty(), "failed, each with its panic above:\n  {}", failures.join("\n  "));
}

/// Whether the machine can run what the type is managed in; where not, the reason is told.
fn can_live(kind: &str) -> bool {
    let reason = lab::Estate::unavailable(&[&read(&examples().join(kind).join("resource.tf"))]);
    reason.iter().for_each(|reason| announce(&format!("skipped: the life of {kind}: {reason}")));
    reason.is_none()
}

fn next<T>(queue: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    queue.lock().expect("no worker panics while it holds the queue").next()
}

fn examples() -> PathBuf {
    repository().join("examples/resources")
}

fn kinds(only: &str) -> Vec<String> {
    let mut kinds: Vec<String> = fs::read_dir(examples())
        .expect("the repository has examples/resources")
        .map(|entry| entry.expect("the folder can be read").file_name().to_string_lossy().into_owned())
        .filter(|kind| kind.contains(only))
        .collect();
    kinds.sort();
    kinds
}

/// One resource type on its way through one tool.
struct Life<'a> {
    kind: &'a str,
    target: String,
    update: String,
    block: Option<String>,
    estate: Estate,
    workdir: Workdir,
}

impl<'a> Life<'a> {
    fn new(tool: &Tool, kind: &'a str) -> Self {
        let folder = examples().join(kind);
        let (resource, update) = (read(&folder.join("resource.tf")), read(&folder.join("resource_update.tf")));
        let block = fs::read_to_string(folder.join("import.tf")).ok();
        let estate = Estate::of(&[&resource, &update]);
        let (update, block) = (estate.localized(&update), block.map(|block| estate.localized(&block)));
        let workdir = workdir_in(tool, &estate, &estate.localized(&resource));
        Self { kind, target: format!("{kind}.example"), update, block, estate, workdir }
    }

    fn run(&self) {
        self.workdir.apply();
        self.workdir.plans_nothing();
        self.import();
        self.change(&self.update);
        let schema = self.workdir.json(&["providers", "schema", "-json"]);
        self.change(&cleared(&self.update, self.kind, &schema));
        self.vanish();
        self.workdir.apply();
        self.workdir.destroy();
        assert!(self.workdir.state().is_empty(), "destroy left something in the state");
        self.workdir.destroy();
        assert_eq!(self.estate.violations(), Vec::<String>::new(), "calls that the server would not understand");
    }

    fn state(&self) -> Value {
        self.workdir.state().remove(&self.target).unwrap_or_else(|| panic!("{} is not in the state", self.target))
    }

    /// Forgets the resource and imports it again, by `import.tf` of the example where there is one, else by its `id`.
    fn import(&self) {
        let before = self.state();
        self.workdir.run(&["state", "rm", &self.target]).success();
        let by_id = || format!("import {{\n  to = {}\n  id = \"{}\"\n}}\n", self.target, word(&before, "id"));
        let block = self.block.clone().unwrap_or_else(by_id);
        let block = CHOSEN.iter().fold(block, |block, (id, name)| block.replace(id, &word(&before, name)));
        self.workdir.file("import.tf", &block);
        let unread = UNREAD.iter().find(|(kind, _)| *kind == self.kind).map_or(&[][..], |(_, names)| *names);
        let missed: Vec<String> = self.workdir.changed(&self.target);
        assert!(missed.iter().all(|name| unread.contains(&name.as_str())), "the import missed {missed:?}");
        self.workdir.apply();
        assert_eq!(spelled(self.kind, self.state()), spelled(self.kind, before), "the imported state differs");
        self.workdir.without("import.tf");
        self.workdir.plans_nothing();
    }

    /// What tells the object from others; a successor of a token has another id.
    fn identified(&self) -> Value {
        let renewed = RENEWED.iter().any(|(kind, names)| *kind == self.kind && names.contains(&"id"));
        self.state()[if renewed { "token_name" } else { "id" }].clone()
    }

    /// Applies another text; the object stays the same one, unless it is of a type that cannot be changed.
    fn change(&self, text: &str) {
        let id = self.identified();
        self.workdir.file("main.tf", text);
        let wanted = if REPLACED.contains(&self.kind) { &["delete", "create"][..] } else { &["update"] };
        if let Some(actions) = self.workdir.planned().get(&self.target) {
            assert_eq!(actions, wanted, "of {}", self.target);
        }
        self.workdir.apply();
        assert_eq!(self.identified(), id, "the update made another object");
        self.workdir.plans_nothing();
    }

    /// Deletes the object in the server; the next plan creates it.
    fn vanish(&self) {
        let state = self.state();
        let path = self.estate.remove(self.kind, &|name| word(&state, name));
        if ["substrate_gitlab_group", "substrate_gitlab_project"].contains(&self.kind) {
            marked(&self.estate, &path);
        }
        let planned = self.workdir.planned().remove(&self.target);
        assert_eq!(planned, Some(vec!["create".to_owned()]), "after {} was deleted behind the back", self.target);
    }
}

/// The state with durations in seconds, and without attributes whose spelling is the API's after an import, or that a
/// successor has anew.
fn spelled(kind: &str, mut state: Value) -> Value {
    for pointer in DURATIONS.iter().filter(|(entry, _)| *entry == kind).flat_map(|(_, pointers)| *pointers) {
        let duration = state.pointer_mut(pointer).unwrap_or_else(|| panic!("{kind} has nothing at {pointer}"));
        *duration = seconds(duration.as_str().unwrap_or_else(|| panic!("{kind} has no text at {pointer}"))).into();
    }
    if QUOTED.contains(&kind) {
        unquote(&mut state);
    }
    for pointer in SIZES.iter().filter(|(entry, _)| *entry == kind).flat_map(|(_, pointers)| *pointers) {
        let size = state.pointer_mut(pointer).unwrap_or_else(|| panic!("{kind} has nothing at {pointer}"));
        *size = bytes(size.as_str().unwrap_or_else(|| panic!("{kind} has no text at {pointer}"))).into();
    }
    let attributes = state.as_object_mut().expect("a state is an object");
    for (_, name, meaning) in SPELLED.iter().filter(|(entry, ..)| *entry == kind) {
        assert!(attributes.contains_key(*meaning), "{kind} has no {meaning}");
        attributes.remove(*name);
    }
    for (_, names) in RENEWED.iter().filter(|(entry, _)| *entry == kind) {
        names.iter().for_each(|name| drop(attributes.remove(*name).unwrap_or_else(|| panic!("{kind} has no {name}"))));
    }
    state
}

/// Takes the quotation marks off all texts inside.
fn unquote(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.trim_matches('"').to_owned(),
        Value::Array(values) => values.iter_mut().for_each(unquote),
        Value::Object(values) => values.values_mut().for_each(unquote),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The bytes of a size such as `10 GiB`.
fn bytes(text: &str) -> u64 {
    let (number, unit) = text.split_once(' ').unwrap_or((text, ""));
    let power = match unit {
        "" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        "TiB" => 40,
        other => panic!("say here how many bytes `{other}` has"),
    };
    number.parse::<u64>().unwrap_or_else(|error| panic!("`{text}`: {error}")) << power
}

/// The seconds of a duration such as `12h`.
fn seconds(text: &str) -> u64 {
    let (number, unit) = text.split_at(text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len()));
    let unit = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        other => panic!("say here how many seconds `{other}` has"),
    };
    unit * number.parse::<u64>().unwrap_or_else(|error| panic!("`{text}`: {error}"))
}

/// An attribute as text.
fn word(state: &Value, name: &str) -> String {
    state[name].as_str().map_or_else(|| state[name].to_string(), str::to_owned)
}

/// GitLab marks groups and projects in its own time and removes them days later; the mark is what users see as gone.
fn marked(estate: &Estate, path: &str) {
    eventually(&format!("{path} is marked or gone"), || {
        let (status, object) = estate.gitlab().call("GET", path, &Value::Null);
        status == 404 || !object["marked_for_deletion_on"].is_null()
    });
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
