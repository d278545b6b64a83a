//! A cluster of Proxmox VE: how often it is asked, how many work on it at once, and where its secrets are.

use crate::estate::{PROJECT, workdir_in};
use crate::logins::ephemeral;
use acceptance_tests::leaks::{Secrets, Traces};
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::{REQUIRED_PROVIDERS, Workdir};
use lab::Fault;
use lab::blocking::{Estate, Proxmox};
use serde_json::Value;

/// A hundred machines in ten pools.
const HUNDRED: &str = r#"
resource "substrate_proxmox_pool" "this" {
  count = 10

  pool_id = "pool-${count.index}"
}

resource "substrate_proxmox_vm" "this" {
  count = 100

  node_name = "pve${count.index % 3 + 1}"
  vm_id     = 200 + count.index
  name      = "vm-${count.index}"
  pool_id   = substrate_proxmox_pool.this[count.index % 10].pool_id
  agent     = { enabled = true }
}
"#;

/// A template, and twenty machines that are made of it.
const TWENTY: &str = r#"
resource "substrate_proxmox_vm" "template" {
  node_name = "pve1"
  template  = true
  disk      = { scsi0 = { datastore_id = "ceph", size = "4G" } }
}

resource "substrate_proxmox_vm" "this" {
  count = 20

  node_name = "pve1"
  name      = "clone-${count.index}"
  clone     = { vm_id = substrate_proxmox_vm.template.vm_id }
}
"#;

/// What is given a secret: a user, two storages, a machine and a container, whose password stays what it was.
pub const GIVEN: &str = r##"
resource "substrate_proxmox_user" "ci" {
  user_id             = "ci@pve"
  password_wo         = var.password
  password_wo_version = 1
}

resource "substrate_proxmox_storage" "backups" {
  id                  = "backups"
  type                = "pbs"
  server              = "10.0.0.7"
  datastore           = "main"
  username            = "ci@pbs"
  password_wo         = var.password
  password_wo_version = 1
}

resource "substrate_proxmox_storage" "images" {
  id                 = "images"
  type               = "rbd"
  pool               = "vms"
  monhost            = ["10.0.0.8"]
  username           = "proxmox"
  keyring_wo         = "[client.proxmox]\n\tkey = ${var.keyring}\n"
  keyring_wo_version = 1
}

resource "substrate_proxmox_vm" "web" {
  node_name            = "pve1"
  initialization       = { datastore_id = "nfs" }
  user_data_wo         = "#cloud-config\npassword: ${var.first_login}\n"
  user_data_wo_version = 1
}

resource "substrate_proxmox_download" "debian" {
  node_name    = "pve1"
  datastore_id = "local"
  content_type = "vztmpl"
  file_name    = "debian-12-standard_12.7-1_amd64.tar.zst"
  url          = "http://download.proxmox.com/images/system/debian-12-standard_12.7-1_amd64.tar.zst"
}

resource "substrate_proxmox_container" "web" {
  node_name           = "pve1"
  template_file_id    = "local:vztmpl/${substrate_proxmox_download.debian.file_name}"
  disk                = { datastore_id = "local-lvm", size = "4G" }
  password_wo         = var.password
  password_wo_version = 7
}
"##;

/// What comes with a secret, which goes to a variable of GitLab's.
const DELIVERED: &str = r#"
resource "substrate_proxmox_token" "ci" {
  user_id    = substrate_proxmox_user.ci.user_id
  token_name = "pipelines"

  deliver = {
    gitlab_variable = {
      project = substrate_gitlab_project.parent.id
      key     = "PROXMOX_VE_API_TOKEN"
    }
  }
}
"#;

/// Where GitLab has it.
const VARIABLE: &str = "/projects/infra%2Fweb/variables/PROXMOX_VE_API_TOKEN";

/// What the variables hold.
const VARIABLES: [(&str, &str); 3] = [
    ("password", "our \"horse\" & <battery>/staple+1"),
    ("keyring", "AQBvbmUtaG9yc2UtYmF0dGVyeS1zdGFwbGU="),
    ("first_login", "login-horse-battery-staple"),
];

fn workdir(tool: &Tool, lab: &Proxmox, text: &str) -> Workdir {
    let workdir = Workdir::new(tool);
    workdir.file("provider.tf", REQUIRED_PROVIDERS).file("main.tf", text);
    lab.environment().into_iter().fold(workdir, |workdir, (name, value)| workdir.env(name, &value))
}

/// The list of everything, the list of pools, and the configuration of each machine.
#[test]
fn a_hundred_machines_and_ten_pools_are_refreshed_by_a_hundred_and_two_calls() {
    for tool in tools() {
        let lab = Proxmox::start();
        let workdir = workdir(tool, &lab, HUNDRED);
        workdir.apply();
        lab.catch_up();
        lab.clear_log();
        workdir.plans_nothing();
        let requests = lab.requests();
        assert!(requests.iter().all(|request| request.method == "GET"), "{}: {requests:?}", tool.label());
        assert_eq!(requests.len(), 102, "{}", tool.label());
        assert_eq!(lab.violations(), [""; 0], "{}", tool.label());
    }
}

/// A node answers more than three writers with errors, and a template has one lock for all who clone it.
#[test]
fn twenty_clones_at_once_meet_no_lock() {
    for tool in tools() {
        let lab = Proxmox::start();
        let workdir = workdir(tool, &lab, TWENTY);
        workdir.run(&["apply", "-auto-approve", "-parallelism=30"]).success();
        assert_eq!(lab.guests().len(), 21, "{}", tool.label());
        assert!(lab.most_writers("pve1") <= 3, "{}: {} writers", tool.label(), lab.most_writers("pve1"));
        let refused = lab.requests().into_iter().filter(|request| request.method != "GET" && request.status >= 400);
        assert_eq!(refused.map(|request| request.to_string()).collect::<Vec<_>>(), [""; 0], "{}", tool.label());
        workdir.plans_nothing();
        assert_eq!(lab.violations(), [""; 0], "{}", tool.label());
    }
}

/// Who logs in, what is given, what is delivered, and what a login brings; the server repeats one in a refusal.
#[test]
fn no_secret_is_in_a_log_a_plan_or_a_state() {
    let variables: String = VARIABLES.iter().map(|(name, _)| ephemeral(name)).collect();
    let text = format!("{PROJECT}{variables}{GIVEN}{DELIVERED}");
    for tool in tools() {
        let estate = Estate::of(&[&text]);
        let lab = estate.proxmox();
        let workdir = workdir_in(tool, &estate, &text).env("TF_LOG", "TRACE");
        let workdir =
            VARIABLES.iter().fold(workdir, |workdir, (name, secret)| workdir.env(&format!("TF_VAR_{name}"), secret));
        let mut traces = Traces::new();
        lab.fault(Fault::on("POST", "/access/users").status(500, "").reason(&format!("cannot use {}", VARIABLES[0].1)));
        traces.output(&workdir.run(&["apply", "-auto-approve"]).exits(1));
        traces.output(&workdir.run(&["plan", "-out=plan.bin"]).success());
        traces.output(&workdir.run(&["show", "-json", "plan.bin"]).success());
        traces.output(&workdir.apply());
        workdir.file("main.tf", &text.replace("version = 1", "version = 2"));
        traces.output(&workdir.apply());
        traces.output(&workdir.plans_nothing());
        traces.directory(&workdir.path());
        secrets(&estate).stay_out_of(&traces, &tool.label());
        let machine = &workdir.state()["substrate_proxmox_vm.web"];
        let volume = machine["initialization_image"].as_str().expect("it has an image");
        let image = lab.file("pve1", volume).expect("the image was uploaded");
        assert!(String::from_utf8_lossy(&image).contains(VARIABLES[2].1), "{}: the machine has it", tool.label());
        workdir.destroy();
        assert_eq!(estate.violations(), [""; 0], "{}", tool.label());
    }
}

/// The API token that the provider uses, where there is one.
#[test]
fn the_api_token_is_in_no_log() {
    for tool in tools() {
        let lab = Proxmox::start();
        let workdir = workdir(tool, &lab, HUNDRED.replace("100", "1").as_str()).env("TF_LOG", "TRACE");
        let mut traces = Traces::new();
        traces.output(&workdir.run(&["plan", "-out=plan.bin"]).success());
        traces.output(&workdir.apply());
        traces.directory(&workdir.path());
        let secret = lab.token.split('=').nth(1).expect("a token has a secret");
        Secrets::new().with("the API token", secret).stay_out_of(&traces, &tool.label());
    }
}

/// What must not be found.
fn secrets(estate: &Estate) -> Secrets {
    let lab = estate.proxmox();
    let variable = estate.gitlab().call("GET", VARIABLE, &Value::Null).1;
    let token = variable["value"].as_str().expect("the token was delivered");
    let secret = token.split('=').nth(1).expect("a token has a secret");
    let requests = lab.requests();
    let header = |name: &str| requests.iter().find_map(|request| request.header(name)).expect("it was logged in");
    // All tickets of a user begin alike: his name and the time.
    let ticket = header("cookie").rsplit("::").next().expect("a ticket is signed").to_owned();
    let known = Secrets::new().with("the password", &lab.password).with("the token that was issued", secret);
    let known = known.with("the ticket", &ticket).with("what proves the ticket", header("csrfpreventiontoken"));
    VARIABLES.iter().fold(known, |known, (name, secret)| known.with(&format!("variable {name}"), secret))
}
