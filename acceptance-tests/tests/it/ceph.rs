//! A Ceph cluster that loses its active manager in the midst of an apply, and one that is asked for data to be kept.

use crate::estate::{ceph_at, eventually};
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::{REQUIRED_PROVIDERS, Workdir};
use lab::blocking::Ceph;
use serde_json::Value;
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
