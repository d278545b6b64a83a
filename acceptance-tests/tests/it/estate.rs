//! What the tests build on: a lab, a directory that talks to it, and a project to put things in.

use acceptance_tests::tool::Tool;
use acceptance_tests::workdir::{REQUIRED_PROVIDERS, Workdir};
use lab::Ceph;
use lab::blocking::{Estate, GitLab};
use serde_json::Value;
use std::thread;
use std::time::{Duration, Instant};

/// A group with a project in it.
pub const PROJECT: &str = r#"
resource "substrate_gitlab_group" "parent" {
  name = "Infra"
  path = "infra"
}

resource "substrate_gitlab_project" "parent" {
  name         = "web"
  path         = "web"
  namespace_id = substrate_gitlab_group.parent.id
}
"#;

/// A directory whose provider talks to this lab, with `text` as its configuration.
pub fn workdir(tool: &Tool, gitlab: &GitLab, text: &str) -> Workdir {
    let workdir = Workdir::new(tool).gitlab(&gitlab.api(), &gitlab.token);
    workdir.file("provider.tf", REQUIRED_PROVIDERS).file("main.tf", text);
    workdir
}

/// The same for a provider that talks to each server of this estate.
pub fn workdir_in(tool: &Tool, estate: &Estate, text: &str) -> Workdir {
    let workdir = Workdir::new(tool);
    workdir.file("provider.tf", REQUIRED_PROVIDERS).file("main.tf", text);
    let workdir = match &estate.gitlab {
        Some(gitlab) => workdir.gitlab(&gitlab.api(), &gitlab.token),
        None => workdir,
    };
    let workdir = match &estate.vault {
        Some(vault) => workdir.vault(&vault.url, &vault.root_token),
        None => workdir,
    };
    let workdir = match &estate.ceph {
        Some(ceph) => ceph_at(workdir, std::slice::from_ref(&ceph.url)),
        None => workdir,
    };
    let aws = estate.aws.iter().flat_map(|aws| aws.environment());
    let edge = estate.haproxy.iter().flat_map(|edge| edge.environment());
    // A token may not set passwords.
    let proxmox = estate.proxmox.iter().flat_map(|proxmox| proxmox.login());
    workdir.envs(aws.chain(edge).chain(proxmox))
}

/// The directory with the variables that lead to a Ceph cluster whose dashboards are at these addresses.
pub fn ceph_at(workdir: Workdir, endpoints: &[String]) -> Workdir {
    let workdir = workdir.env("CEPH_ENDPOINTS", &endpoints.join(","));
    workdir.env("CEPH_USERNAME", Ceph::USER).env("CEPH_PASSWORD", Ceph::PASSWORD)
}

/// What GitLab has at the path, seen without the provider.
#[track_caller]
pub fn look(gitlab: &GitLab, path: &str) -> Value {
    let (status, body) = gitlab.call("GET", path, &Value::Null);
    assert_eq!(status, 200, "GET {path}: {body}");
    body
}

/// Waits for a state that something else brings about, and fails where it does not come.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(30), "after 30 s it still does not hold that {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
