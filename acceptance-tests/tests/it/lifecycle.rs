//! The lifecycle of every resource that has examples, with every tool.

use crate::estate::{delete, eventually, workdir};
use crate::minimal::cleared;
use acceptance_tests::environment::repository;
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::Workdir;
use lab::blocking::GitLab;
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
];

/// Attributes that the API spells in its own way, with the one that tells whether they mean the same.
const SPELLED: &[(&str, &str, &str)] =
    &[("substrate_gitlab_group_label", "color", "color_hex"), ("substrate_gitlab_project_label", "color", "color_hex")];

/// Attributes of what is issued with a secret: the first apply after an import issues a successor with its own.
const RENEWED: &[(&str, &[&str])] =
    &[("substrate_gitlab_project_access_token", &["created_at", "token_id", "user_id"])];

/// Runs the lifecycle of each folder below `examples/resources` with each tool, one per processor at a time.
///
/// `LIFECYCLE=gitlab_group` keeps the folders whose name contains the word.
#[test]
fn every_resource_lives_and_dies() {
    let only = env::var_os("LIFECYCLE").map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
    let kinds = kinds(&only);
    assert!(!kinds.is_empty(), "no folder below examples/resources is called like `{only}`");
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
    folder: PathBuf,
    gitlab: GitLab,
    workdir: Workdir,
}

impl<'a> Life<'a> {
    fn new(tool: &Tool, kind: &'a str) -> Self {
        let folder = examples().join(kind);
        let gitlab = GitLab::start();
        let workdir = workdir(tool, &gitlab, &read(&folder.join("resource.tf")));
        Self { kind, target: format!("{kind}.example"), folder, gitlab, workdir }
    }

    fn run(&self) {
        self.workdir.apply();
        self.workdir.plans_nothing();
        self.import();
        let update = read(&self.folder.join("resource_update.tf"));
        self.change(&update);
        let schema = self.workdir.json(&["providers", "schema", "-json"]);
        self.change(&cleared(&update, self.kind, &schema));
        self.vanish();
        self.workdir.apply();
        self.workdir.destroy();
        assert!(self.workdir.state().is_empty(), "destroy left something in the state");
        self.workdir.destroy();
        assert_eq!(self.gitlab.violations(), Vec::<String>::new(), "calls that GitLab would not understand");
    }

    fn state(&self) -> Value {
        self.workdir.state().remove(&self.target).unwrap_or_else(|| panic!("{} is not in the state", self.target))
    }

    /// Forgets the resource and imports it again, by `import.tf` of the example where there is one, else by its `id`.
    fn import(&self) {
        let before = self.state();
        self.workdir.run(&["state", "rm", &self.target]).success();
        let block = fs::read_to_string(self.folder.join("import.tf"))
            .unwrap_or_else(|_| format!("import {{\n  to = {}\n  id = \"{}\"\n}}\n", self.target, word(&before, "id")));
        self.workdir.file("import.tf", &block);
        let unread = UNREAD.iter().find(|(kind, _)| *kind == self.kind).map_or(&[][..], |(_, names)| *names);
        let missed: Vec<String> = self.workdir.changed(&self.target);
        assert!(missed.iter().all(|name| unread.contains(&name.as_str())), "the import missed {missed:?}");
        self.workdir.apply();
        assert_eq!(spelled(self.kind, self.state()), spelled(self.kind, before), "the imported state differs");
        self.workdir.without("import.tf");
        self.workdir.plans_nothing();
    }

    /// Applies another text; the object stays the same one.
    fn change(&self, text: &str) {
        let id = self.state()["id"].clone();
        self.workdir.file("main.tf", text);
        if let Some(actions) = self.workdir.planned().get(&self.target) {
            assert_eq!(actions, &["update"], "of {}", self.target);
        }
        self.workdir.apply();
        assert_eq!(self.state()["id"], id, "the update made another object");
        self.workdir.plans_nothing();
    }

    /// Deletes the object at GitLab; the next plan creates it.
    fn vanish(&self) {
        remove(&self.gitlab, self.kind, &self.state());
        let planned = self.workdir.planned().remove(&self.target);
        assert_eq!(planned, Some(vec!["create".to_owned()]), "after {} was deleted at GitLab", self.target);
    }
}

/// The state without attributes whose spelling is the API's after an import, or that a successor has anew.
fn spelled(kind: &str, mut state: Value) -> Value {
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

/// An attribute as text.
fn word(state: &Value, name: &str) -> String {
    state[name].as_str().map_or_else(|| state[name].to_string(), str::to_owned)
}

/// Deletes an object as a colleague would, in GitLab itself.
fn remove(gitlab: &GitLab, kind: &str, state: &Value) {
    let part = |name: &str| segment(&word(state, name));
    let scope = || format!("?filter%5Benvironment_scope%5D={}", part("environment_scope"));
    match kind {
        "substrate_gitlab_branch_protection" => {
            delete(gitlab, &format!("/projects/{}/protected_branches/{}", part("project"), part("branch")));
        }
        "substrate_gitlab_group" => {
            mark(gitlab, &format!("/groups/{}", part("id")));
        }
        "substrate_gitlab_group_label" => {
            delete(gitlab, &format!("/groups/{}/labels/{}", part("group"), part("name")));
        }
        "substrate_gitlab_group_variable" => {
            delete(gitlab, &format!("/groups/{}/variables/{}{}", part("group"), part("key"), scope()));
        }
        "substrate_gitlab_project" => {
            mark(gitlab, &format!("/projects/{}", part("id")));
        }
        "substrate_gitlab_project_access_token" => {
            delete(gitlab, &format!("/projects/{}/access_tokens/{}", part("project"), part("token_id")));
        }
        "substrate_gitlab_project_label" => {
            delete(gitlab, &format!("/projects/{}/labels/{}", part("project"), part("name")));
        }
        "substrate_gitlab_project_variable" => {
            delete(gitlab, &format!("/projects/{}/variables/{}{}", part("project"), part("key"), scope()));
        }
        other => panic!("say here how a colleague would delete a {other}"),
    }
}

/// GitLab marks groups and projects in its own time and removes them days later; the mark is what users see as gone.
fn mark(gitlab: &GitLab, path: &str) {
    delete(gitlab, path);
    eventually(&format!("{path} is marked or gone"), || {
        let (status, object) = gitlab.call("GET", path, &Value::Null);
        status == 404 || !object["marked_for_deletion_on"].is_null()
    });
}

/// A path segment with everything percent-encoded that a GitLab path or name may hold beside letters and digits.
fn segment(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
