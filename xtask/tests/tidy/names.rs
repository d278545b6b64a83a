//! Names: a thing that only has a name like these has no purpose yet.

use crate::tree::{files, report};

const FORBIDDEN: &[&str] = &[
    "base", "common", "core", "helper", "helpers", "misc", "model", "models", "shared", "type", "types", "util",
    "utils",
];

#[test]
fn files_folders_and_crates_are_named_for_what_they_do() {
    let mut findings = Vec::new();
    for file in files("rs").iter().chain(&files("toml")) {
        let parts = file.path.split('/').map(|part| part.split('.').next().unwrap_or_default());
        findings.extend(
            parts.filter(|part| FORBIDDEN.contains(part)).map(|part| format!("{}: `{part}` says nothing", file.path)),
        );
    }
    report("a file, module or crate needs a name that says what it is for", &findings);
}

#[test]
fn inline_modules_are_named_for_what_they_do() {
    let mut findings = Vec::new();
    for file in files("rs") {
        for word in FORBIDDEN {
            if file.text.contains(&format!("mod {word} {{")) {
                findings.push(format!("{}: module `{word}` says nothing", file.path));
            }
        }
    }
    report("a module needs a name that says what it is for", &findings);
}
