//! A Ceph cluster that loses its active manager in the midst of an apply, and one that is asked for data to be kept.

use crate::estate::{ceph_at, eventually};
use acceptance_tests::leaks::{Secrets, Traces};
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::{REQUIRED_PROVIDERS, Workdir};
use lab::blocking::Ceph;
use lab::machine::announce;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Stdio;

/// Ten pools, and ten images in one of them.
const TWENTY: &str = r#"
resource "substrate_ceph_pool" "this" {
  count = 10

  name         = "pool-${count.index}"
  pg_num       = 1
  applications = ["rbd"]
}

resource "substrate_ceph_rbd_image" "this" {
  count = 10

  pool = substrate_ceph_pool.this[0].name
  name = "disk-${count.index}"
  size = "4 MiB"
}
"#;

fn workdir(tool: &Tool, endpoints: &[String], text: &str) -> Workdir {
    let workdir = ceph_at(Workdir::new(tool), endpoints);
    workdir.file("provider.tf", REQUIRED_PROVIDERS).file("main.tf", text);
    workdir
}

/// The pools that the configuration names, as the cluster lists them: each as often as it is there.
fn pools(ceph: &Ceph) -> Vec<String> {
    let list = ceph.act("GET", "/pool?attrs=pool_name", &Value::Null);
    let names = list.as_array().into_iter().flatten().filter_map(|pool| pool["pool_name"].as_str());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("pool-")).map(str::to_owned).collect();
    names.sort();
    names
}

fn images(ceph: &Ceph) -> usize {
    let found = |index: &usize| ceph.call("GET", &format!("/block/image/pool-0%2Fdisk-{index}"), &Value::Null).0 == 200;
    (0..10).filter(found).count()
}

/// The manager is killed, and nobody answers where it was; Ceph notices after six seconds here, and after thirty as it is
/// installed.
#[test]
fn an_apply_outlives_the_active_manager() {
    for tool in tools() {
        let ceph = Ceph::build(lab::Ceph::builder().standby()).unwrap_or_else(|error| panic!("{error}"));
        let workdir = workdir(tool, &ceph.dashboards(), TWENTY);
        let mut apply = workdir.command(&["apply", "-auto-approve", "-parallelism=4"]);
        let mut child = apply.stdout(Stdio::null()).spawn().expect("the tool starts");
        eventually("four pools are made", || pools(&ceph).len() >= 4);
        ceph.kill_manager();
        let status = child.wait().expect("the tool ends");
        let label = tool.label();
        let state: BTreeSet<String> = workdir.state().into_keys().collect();
        if !status.success() {
            let existing = pools(&ceph).len() + images(&ceph);
            assert_eq!(state.len(), existing, "{label}: what exists and what is in the state differ: {state:?}");
            workdir.apply();
        }
        assert_eq!(workdir.state().len(), 20, "{label}");
        let expected: Vec<String> = (0..10).map(|index| format!("pool-{index}")).collect();
        assert_eq!((pools(&ceph), images(&ceph)), (expected, 10), "{label}: nothing is orphaned or doubled");
        workdir.plans_nothing();
        workdir.destroy();
        assert_eq!(pools(&ceph), [""; 0], "{label}");
    }
}

/// What a pool holds outlives its updates, and a destroy that nobody meant.
#[test]
fn data_survives_updates_and_a_destroy_that_nobody_meant() {
    for tool in tools() {
        let ceph = Ceph::start();
        let pool = |name: &str, more: &str| {
            format!("resource \"substrate_ceph_pool\" \"p\" {{\n  name = \"{name}\"\n{more}}}\n")
        };
        let workdir = workdir(tool, std::slice::from_ref(&ceph.url), &pool("one", "  size = 2\n"));
        workdir.apply();
        ceph.write_object("one", "o", &"content".repeat(1000));
        workdir.file("main.tf", &pool("two", "  size = 3\n  quota_max_objects = 9\n  compression_mode = \"force\"\n"));
        workdir.apply();
        let kept = || ceph.object("two", "o").is_some_and(|content| content.len() == 7000);
        assert!(kept(), "{}", tool.label());
        eventually("the object is counted", || {
            ceph.act("GET", "/pool/two?stats=true", &Value::Null)["stats"]["objects"]["latest"] != 0
        });
        let output = workdir.run(&["destroy", "-auto-approve", "-json"]).exits(1);
        let errors: String = output.errors().iter().map(|error| error.text()).collect();
        assert!(errors.contains("force_destroy = true"), "{}: {errors}", tool.label());
        assert!(kept(), "{}", tool.label());
    }
}

/// A user that is made, and one that is there and whose key is opened.
/// A user, and the key of another one.
pub const USERS: &str = r#"
resource "substrate_ceph_user" "made" {
  entity = "client.made"
  caps   = { mon = "allow r" }
}

ephemeral "substrate_ceph_user_key" "there" {
  entity = "client.there"
}
"#;

/// The password, what the login brought, and the keys that Ceph makes.
#[test]
fn no_secret_is_in_a_log_a_plan_or_a_state() {
    let lacking = lab::ceph::reef_unavailable();
    lacking.iter().for_each(|reason| announce(&format!("skipped: keys of users in logs: {reason}")));
    for tool in tools() {
        let users = lacking.is_none();
        let builder = if users { lab::Ceph::builder().reef() } else { lab::Ceph::builder() };
        let ceph = Ceph::build(builder).unwrap_or_else(|error| panic!("{error}"));
        let text = format!("{TWENTY}{}", if users { USERS } else { "" }).replace("= 10", "= 1");
        let workdir = workdir(tool, std::slice::from_ref(&ceph.url), &text).env("TF_LOG", "TRACE");
        if users {
            let caps = json!([{ "entity": "mon", "cap": "allow r" }]);
            ceph.act("POST", "/cluster/user", &json!({ "user_entity": "client.there", "capabilities": caps }));
        }
        let mut traces = Traces::new();
        traces.output(&workdir.run(&["plan", "-out=plan.bin"]).success());
        traces.output(&workdir.apply());
        traces.output(&workdir.plans_nothing());
        traces.directory(&workdir.path());
        let mut secrets = Secrets::new().with("the password", lab::Ceph::PASSWORD);
        let login = json!({ "username": lab::Ceph::USER, "password": lab::Ceph::PASSWORD });
        let token = ceph.act("POST", "/auth", &login)["token"].as_str().expect("a login brings a token").to_owned();
        // All tokens of a cluster begin alike.
        secrets = secrets.with("a token", token.split('.').next().unwrap_or_default());
        for user in ["client.made", "client.there"].into_iter().filter(|_| users) {
            let keyring = ceph.act("POST", "/cluster/user/export", &json!({ "entities": [user] }));
            let keyring = keyring.as_str().expect("a keyring is a text");
            let key = keyring.lines().find_map(|line| line.trim().strip_prefix("key = ")).expect("a keyring has a key");
            secrets = secrets.with(user, key.trim());
        }
        secrets.stay_out_of(&traces, &tool.label());
        workdir.destroy();
    }
}
