//! The schema lock against the full schemas of the real provider, where they are at hand.

use codegen::schema::{Attribute, Block, Mode, Schemas, Type, named};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What the provider itself changed between the lock's version and the newest full schema, and not a fault of the lock.
const CHANGED_SINCE: &[(&str, &str)] = &[
    ("resource.aws_dynamodb_table.global_secondary_index.hash_key", "`key_schema` takes its place from 6.30 on"),
    ("resource.aws_eks_cluster.remote_network_config.remote_node_networks", "became optional"),
    ("resource.aws_route_table.route", "routes to an `odb_network_arn` came"),
    (
        "resource.aws_s3_bucket_server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.kms_master_key_id",
        "became computed",
    ),
    ("resource.aws_s3_bucket_server_side_encryption_configuration.rule.blocked_encryption_types", "became computed"),
    ("resource.aws_s3_bucket_server_side_encryption_configuration.rule.bucket_key_enabled", "became computed"),
    ("resource.aws_subnet.cidr_block", "a pool can allot it"),
    ("resource.aws_subnet.ipv6_cidr_block", "a pool can allot it"),
];

/// The folder that the user names, or the one beside the repository; a fresh clone has neither.
fn full_schemas() -> Option<PathBuf> {
    let beside =
        || Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/schemas")).filter(|path| path.is_dir());
    named().or_else(beside)
}

#[test]
fn the_lock_agrees_with_the_full_schema_in_every_flag() {
    let Some(folder) = full_schemas() else {
        // Past the test runner's capture.
        let told =
            "the lock was compared with nothing: SUBSTRATE_SCHEMAS names no folder, and there is no ../shared/schemas";
        writeln!(io::stderr(), "{told}").expect("standard error takes a line");
        return;
    };
    let full = Schemas::folder(&folder).unwrap_or_else(|error| panic!("{error}"));
    let full = full.provider("hashicorp/aws").expect("the folder has the schema of hashicorp/aws");
    let lock = Schemas::lock().unwrap();
    let mut differences = Differences::default();
    for (mode, name, block) in lock.provider("hashicorp/aws").unwrap().types() {
        let path = format!("{}.{name}", mode.keyword());
        match full.find(mode, name) {
            Some(other) => differences.compare(&path, block, other),
            None => differences.found.push(format!("{path}: not in the full schema")),
        }
    }
    assert!(differences.compared > 1000, "compared {} attributes", differences.compared);
    for (path, why) in CHANGED_SINCE {
        let known = differences.found.iter().position(|found| found.starts_with(&format!("{path}: ")));
        let known = known.unwrap_or_else(|| panic!("{path} ({why}) does not differ any more; remove it here"));
        differences.found.remove(known);
    }
    assert!(differences.found.is_empty(), "the lock differs:\n{}", differences.found.join("\n"));
}

#[derive(Default)]
struct Differences {
    compared: usize,
    found: Vec<String>,
}

impl Differences {
    fn compare(&mut self, path: &str, lock: &Block, full: &Block) {
        self.note(path, "deprecated", &lock.deprecated, &full.deprecated);
        for (name, attribute) in &lock.attributes {
            let path = format!("{path}.{name}");
            self.compared += 1;
            match full.attributes.get(name) {
                Some(other) => self.note(&path, "attribute", &flags(attribute), &flags(other)),
                None => self.found.push(format!("{path}: not in the full schema")),
            }
        }
        for (name, nested) in &lock.blocks {
            let path = format!("{path}.{name}");
            let Some(other) = full.blocks.get(name) else {
                self.found.push(format!("{path}: not in the full schema"));
                continue;
            };
            let shape = |nested: &codegen::schema::Nested| (nested.nesting, nested.min, nested.max);
            self.note(&path, "block", &shape(nested), &shape(other));
            self.compare(&path, &nested.block, &other.block);
        }
    }

    fn note<T: PartialEq + std::fmt::Debug>(&mut self, path: &str, what: &str, lock: &T, full: &T) {
        if lock != full {
            self.found.push(format!("{path}: {what} is {lock:?} in the lock and {full:?} in the full schema"));
        }
    }
}

fn flags(attribute: &Attribute) -> (Type, [bool; 6]) {
    let Attribute { kind, required, optional, computed, sensitive, write_only, deprecated } = attribute;
    (kind.clone(), [*required, *optional, *computed, *sensitive, *write_only, *deprecated])
}

#[test]
fn the_lock_holds_facts_and_no_prose() {
    for document in codegen::schema::lock() {
        assert!(!document.text.contains("description_kind"), "{} has descriptions", document.file.display());
    }
}

#[test]
fn every_type_in_the_lock_can_be_found() {
    let lock = Schemas::lock().unwrap();
    let aws = lock.provider("hashicorp/aws").unwrap();
    for mode in [Mode::Resource, Mode::Data] {
        assert!(aws.types().filter(|(other, ..)| *other == mode).count() > 5);
    }
}
