//! Sizes: a long file is two files, or a missing word in the framework.

use crate::tree::{File, files, report};

const RESOURCE: usize = 120;
const CLIENT: usize = 300;
const ANY: usize = 600;

/// Files that may be longer, each with its limit and the reason.
const EXCEPTIONS: &[(&str, usize, &str)] = &[
    (
        "provider/src/aws/route53/record.rs",
        150,
        "Each of its routing policies needs a set identifier, which is a rule.",
    ),
    (
        "provider/src/ceph/pool.rs",
        175,
        "A pool has 20 attributes, and is made and destroyed in steps that can fail half way.",
    ),
    ("provider/src/gitlab/group.rs", 340, "A group has more than 50 attributes."),
    ("provider/src/gitlab/project.rs", 600, "A project has more than 100 attributes."),
    ("provider/src/haproxy/frontend.rs", 155, "Its binds, its rules and the maps of its routes are one section."),
    ("provider/src/proxmox/container/resource.rs", 240, "A container has more than 30 attributes."),
    (
        "provider/src/proxmox/storage.rs",
        250,
        "It is ten kinds of storage, each with attributes of its own among more than 25.",
    ),
    ("provider/src/proxmox/vm/machine.rs", 275, "A machine has more than 35 attributes."),
    ("provider/src/vault/kv_secret.rs", 180, "Its data, which nothing reads, and its metadata are two APIs."),
];

/// Folders whose files are generated.
const GENERATED: &[&str] = &["tfplugin/src/proto/"];

/// The lines that count, and how many may be there: tests at the end of a backend's file say nothing about its purpose.
fn size(file: &File) -> (usize, usize) {
    let limit = match file.under("provider/src/") {
        Some(_) if ["impl Resource for", "impl Generated for"].iter().any(|made| file.text.contains(made)) => RESOURCE,
        Some((_, "client.rs")) => CLIENT,
        _ => return (file.text.lines().count(), ANY),
    };
    let code = file.text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    (code.lines().count(), limit)
}

fn is_generated(file: &File) -> bool {
    GENERATED.iter().any(|folder| file.path.starts_with(folder)) && file.name() != "mod.rs"
}

#[test]
fn no_file_is_longer_than_its_kind_needs() {
    let mut findings = Vec::new();
    for file in files("rs").iter().filter(|file| !is_generated(file)) {
        let granted = EXCEPTIONS.iter().find(|(path, ..)| *path == file.path).map(|(_, limit, _)| *limit);
        let (lines, usual) = size(file);
        let limit = granted.unwrap_or(usual);
        if lines > limit {
            findings.push(format!("{}: {lines} lines, at most {limit}", file.path));
        }
    }
    report("split the file, or give it an exception with the reason in xtask/tests/tidy/sizes.rs", &findings);
}

#[test]
fn each_exception_is_still_needed() {
    let files = files("rs");
    let needed =
        |path: &str| files.iter().filter(|file| file.path == path).map(size).any(|(lines, usual)| lines > usual);
    let idle: Vec<String> =
        EXCEPTIONS.iter().filter(|(path, ..)| !needed(path)).map(|(path, ..)| (*path).to_owned()).collect();
    report("these files keep to the ordinary limit; take their exceptions away", &idle);
    let silent: Vec<String> =
        EXCEPTIONS.iter().filter(|(.., reason)| !reason.ends_with('.')).map(|(path, ..)| (*path).to_owned()).collect();
    report("an exception says why in a sentence", &silent);
}
