//! The estate in `examples/estates/techally`: its roots in the order of their application, their states in a bucket.
//!
//! The bucket is moto's, the provider is a stand-in. What moto needs of the configuration stands in the copy alone.

use acceptance_tests::binary;
use acceptance_tests::environment::{isolate, repository};
use acceptance_tests::modules::copy;
use acceptance_tests::output::Output;
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::Workdir;
use lab::Moto;
use lab::http::plain;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The root that makes the bucket.
const BOOTSTRAP: &str = "bootstrap";

/// The bucket for states.
const BUCKET: &str = "/techally-tfstate";

/// A copy of the estate, and a moto of its own.
struct Estate {
    workdir: Workdir,
    moto: Moto,
}

impl Estate {
    fn new(tool: &Tool) -> Self {
        let moto = Moto::start();
        let schemas = fs::read_to_string(repository().join("codegen/schemas/aws.json")).expect("the lock can be read");
        let mut schemas: Value = serde_json::from_str(&schemas).expect("the lock is JSON");
        let aws = schemas["provider_schemas"]["registry.terraform.io/hashicorp/aws"].take();
        let workdir = Workdir::with_standins(tool, &[("hashicorp/aws", &aws)])
            .env("AWS_ENDPOINT_URL_S3", &moto.url)
            .env("AWS_ENDPOINT_URL_STS", &moto.url)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ACCESS_KEY_ID", "anybody")
            .env("AWS_SECRET_ACCESS_KEY", "anything");
        copy(&repository().join("examples/estates/techally"), &workdir.path());
        let estate = Self { workdir, moto };
        estate.name_bucket_in_paths();
        estate
    }

    fn file(&self, path: &str) -> PathBuf {
        self.workdir.path().join(path)
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn substrate(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(binary::substrate());
        isolate(&mut command);
        let output = command.args(arguments).current_dir(self.workdir.path()).output().expect("substrate starts");
        Output::new(format!("substrate {}", arguments.join(" ")), &output).success()
    }

    /// The names of the roots, those first that are applied first.
    fn order(&self) -> Vec<String> {
        self.substrate(&["graph", "--order"]).stdout.lines().map(str::to_owned).collect()
    }

    /// Renders the estate with a change in its file.
    fn change(&self, from: &str, to: &str) {
        let text = self.text("estate.yaml");
        assert!(text.contains(from), "the estate has no {from:?}");
        self.workdir.file("estate.yaml", &text.replacen(from, to, 1));
        // What was written into rendered files for moto is undone.
        self.substrate(&["render"]);
        self.name_bucket_in_paths();
    }

    /// AWS finds a bucket by a host's name; moto is at an address, and finds it by the path.
    fn name_bucket_in_paths(&self) {
        for root in fs::read_dir(self.file("roots")).expect("the estate has roots") {
            let root = root.expect("the folder can be read").path();
            for path in ["backend.tf", "data.tf"].map(|name| root.join(name)).into_iter().filter(|path| path.is_file())
            {
                let text = fs::read_to_string(&path).expect("the file can be read");
                let line = |line: &str| match line.trim_start().starts_with("region ") {
                    true => format!("{line}\nuse_path_style = true\n"),
                    false => format!("{line}\n"),
                };
                fs::write(&path, text.lines().map(line).collect::<String>()).expect("the file can be written");
            }
        }
    }

    fn run(&self, root: &str, arguments: &[&str]) -> Output {
        self.workdir.run(&[&[format!("-chdir=roots/{root}").as_str()], arguments].concat())
    }

    fn s3(&self, method: &str, target: &str, body: &str) -> (u16, String) {
        // Of the signature moto reads whom it is for.
        let scope = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=b";
        let answer = plain::exchange(self.moto.address(), method, target, &[("Authorization", scope)], body.as_bytes());
        answer.unwrap_or_else(|error| panic!("{method} {target}: {error}"))
    }

    /// The state of a root as the bucket has it.
    fn state(&self, root: &str) -> Value {
        let (status, text) = self.s3("GET", &format!("{BUCKET}/{root}/terraform.tfstate"), "");
        assert_eq!(status, 200, "{root}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{root}: {error}: {text}"))
    }

    /// The names of all objects in the bucket.
    fn objects(&self) -> Vec<String> {
        let (_, text) = self.s3("GET", BUCKET, "");
        let names = text.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>"));
        names.map(|(name, _)| name.to_owned()).collect()
    }
}

fn output(state: &Value, name: &str) -> Value {
    state["outputs"][name]["value"].clone()
}

/// The attributes of the only resource of a type.
fn attributes<'a>(state: &'a Value, kind: &str) -> &'a Value {
    let mut found = state["resources"].as_array().into_iter().flatten().filter(|resource| resource["type"] == kind);
    let resource = found.next().unwrap_or_else(|| panic!("no {kind} in the state"));
    &resource["instances"][0]["attributes"]
}

fn sorted(values: &Value) -> Vec<String> {
    let listed: Vec<&Value> = match values {
        Value::Object(members) => members.values().collect(),
        values => values.as_array().into_iter().flatten().collect(),
    };
    let mut texts: Vec<String> = listed.into_iter().filter_map(Value::as_str).map(str::to_owned).collect();
    texts.sort();
    texts
}

/// The first root keeps its state in its folder until it has made the bucket, and then as the steps in the README say.
fn bootstrap(estate: &Estate, what: &str) {
    estate.run(BOOTSTRAP, &["init"]).success();
    estate.run(BOOTSTRAP, &["apply", "-auto-approve"]).success();
    let local: Value =
        serde_json::from_str(&estate.text("roots/bootstrap/terraform.tfstate")).expect("a state is JSON");
    assert_eq!(attributes(&local, "aws_s3_bucket")["bucket"], BUCKET.trim_start_matches('/'), "{what}");
    // What a stand-in makes is nowhere.
    let (status, text) = estate.s3("PUT", BUCKET, "");
    assert_eq!(status, 200, "{text}");

    let steps = estate.text("roots/README.md");
    for step in ["Take `state: local` away", "`terraform -chdir=bootstrap init -migrate-state`"] {
        assert!(steps.contains(step), "{step:?} is not in\n{steps}");
    }
    estate.change("    state: local\n", "");
    estate.run(BOOTSTRAP, &["plan"]).exits(1);
    estate.run(BOOTSTRAP, &["init", "-migrate-state", "-force-copy"]).success();
    assert_eq!(estate.state(BOOTSTRAP)["resources"], local["resources"], "{what}");
    fs::remove_file(estate.file("roots/bootstrap/terraform.tfstate")).expect("the file is left behind");
    estate.run(BOOTSTRAP, &["plan", "-detailed-exitcode"]).exits(0);
}

/// Values that one root gives are what another one works with.
fn values_arrive(estate: &Estate, what: &str) {
    let (network, cluster) = (estate.state("network-use1"), estate.state("cluster-use1"));
    let made = &attributes(&cluster, "aws_eks_cluster")["vpc_config"][0];
    let subnets = sorted(&output(&network, "main_subnet_ids")["private"]);
    assert_eq!((subnets.len(), sorted(&made["subnet_ids"])), (3, subnets), "{what}");
    let database = estate.state("database-use1");
    let keys = output(&estate.state("foundation-use1"), "keys_key_arns");
    assert_eq!(attributes(&database, "aws_rds_cluster")["kms_key_id"], keys["database"], "{what}");
    let replicas = attributes(&estate.state("storage-use1"), "aws_s3_bucket_replication_configuration")["rule"].clone();
    let key = &replicas[0]["destination"][0]["encryption_configuration"][0]["replica_kms_key_id"];
    assert_eq!(*key, output(&estate.state("foundation-usw2"), "keys_key_arns")["media"], "{what}");
}

/// A lock of somebody else keeps this one from writing.
fn locks_hold(estate: &Estate, root: &str) {
    let lock = format!("{BUCKET}/{root}/terraform.tfstate.tflock");
    let held = json!({
        "ID": "11111111-2222-3333-4444-555555555555", "Operation": "OperationTypeApply", "Info": "",
        "Who": "somebody@elsewhere", "Version": "1.11.0", "Created": "2026-01-01T00:00:00Z", "Path": lock,
    });
    assert_eq!(estate.s3("PUT", &lock, &held.to_string()).0, 200);
    let refused = estate.run(root, &["apply", "-auto-approve"]).exits(1);
    assert!(refused.text().contains("somebody@elsewhere"), "{}", refused.text());
    assert_eq!(estate.s3("DELETE", &lock, "").0, 204);
}

#[test]
fn the_roots_are_applied_and_destroyed_in_order_with_states_in_a_bucket() {
    for tool in tools() {
        let (estate, what) = (Estate::new(tool), tool.label());
        let order = estate.order();
        assert_eq!(order[0], BOOTSTRAP, "{what}");
        let others = &order[1..];
        let before: BTreeMap<&str, usize> = order.iter().enumerate().map(|(number, name)| (&**name, number)).collect();
        assert!(before["foundation-use1"] < before["network-use1"] && before["network-use1"] < before["cluster-use1"]);
        assert!(before["cluster-use1"] < before["database-use1"] && before["foundation-usw2"] < before["storage-use1"]);

        bootstrap(&estate, &what);
        let early = others.last().expect("there are other roots");
        estate.run(early, &["init"]).success();
        let refused = estate.run(early, &["plan"]).exits(1);
        assert!(refused.text().contains("Unable to find remote state"), "{what}: {}", refused.text());
        for root in others {
            estate.run(root, &["init"]).success();
            estate.run(root, &["apply", "-auto-approve"]).success();
        }
        let mut states: Vec<String> = order.iter().map(|root| format!("{root}/terraform.tfstate")).collect();
        states.sort();
        assert_eq!(estate.objects(), states, "{what}: nothing but states, and no lock is left");
        values_arrive(&estate, &what);
        locks_hold(&estate, "network-use1");
        for root in others {
            estate.run(root, &["plan", "-detailed-exitcode"]).exits(0);
        }
        for root in others.iter().rev() {
            estate.run(root, &["destroy", "-auto-approve"]).success();
            assert_eq!(estate.state(root)["resources"], json!([]), "{what}: {root}");
        }
        // The states would go with the bucket.
        let refused = estate.run(BOOTSTRAP, &["destroy", "-auto-approve"]).exits(1);
        assert!(refused.text().contains("prevent_destroy"), "{what}: {}", refused.text());
    }
}

#[test]
fn a_root_is_tested_by_itself_with_what_the_roots_before_it_make() {
    for tool in tools() {
        let folder = tempfile::tempdir().expect("a scratch directory can be made");
        copy(&repository().join("examples/estates/techally"), folder.path());
        let run = |arguments: &[&str]| {
            let mut command = Command::new(binary::substrate());
            isolate(&mut command);
            command.env_remove("SUBSTRATE_SCHEMAS").arg("test").args(arguments).arg("--engine").arg(&tool.path);
            let output = command.current_dir(folder.path()).output().expect("substrate starts");
            Output::new(format!("substrate test {}", arguments.join(" ")), &output)
        };
        let output = run(&["roots/network-usw2"]).success();
        let steps: Vec<&str> =
            output.stdout.lines().filter_map(|line| line.split_once(" (")).map(|(step, _)| step).collect();
        let expected = ["init", "validate", "plan", "apply", "plan again", "destroy"];
        let expected = expected.map(|step| format!("roots/network-usw2: {step}"));
        let before = ["init", "plan", "apply"].map(|step| format!("roots/foundation-usw2: {step}"));
        assert_eq!(steps, [before.as_slice(), expected.as_slice()].concat(), "{}", tool.label());

        // Where nobody makes the state, its outputs can be given, as they were printed.
        fs::remove_dir_all(folder.path().join("roots/foundation-usw2")).expect("the folder can be removed");
        let output = run(&["roots/network-usw2"]).exits(1);
        for line in [
            "roots/network-usw2/data.tf:3:1: no folder beside this one makes the state that `data.terraform_remote_state.foundation_usw2` reads",
            "  give what it holds with --outputs foundation_usw2=FILE, as `terraform output -json` prints it",
        ] {
            assert!(output.stderr.contains(line), "{}: {line:?} is not in\n{}", tool.label(), output.stderr);
        }
        let given = json!({ "logs_arn": { "sensitive": false, "type": "string", "value": "arn:aws:s3:::given" } });
        fs::write(folder.path().join("given.json"), given.to_string()).expect("the file can be written");
        let output = run(&["roots/network-usw2", "--outputs", "foundation_usw2=given.json"]).success();
        assert!(output.stdout.contains("roots/network-usw2: destroy"), "{}", output.stdout);
    }
}
