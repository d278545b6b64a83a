//! Manifests: the number of dependencies, the boundaries between crates, and the lints that each crate inherits.

use crate::tree::{File, files, report};

/// Direct dependencies of what users run; a higher number is a visible line in a review.
const DEPENDENCIES: &[(&str, usize)] = &[("provider", 23), ("tfplugin", 23)];

/// Crates that watch the provider from outside, so they cannot share its mistakes.
const OUTSIDERS: &[&str] = &["acceptance-tests", "lab"];

fn manifest(name: &str) -> File {
    let path = format!("{name}/Cargo.toml");
    files("toml").into_iter().find(|file| file.path == path).unwrap_or_else(|| panic!("there is no {path}"))
}

/// The names of the dependencies in the sections whose header `wanted` accepts.
fn dependencies(manifest: &File, wanted: fn(&str) -> bool) -> Vec<String> {
    let mut counting = false;
    let mut names = Vec::new();
    for line in manifest.text.lines().map(str::trim) {
        if line.starts_with('[') {
            counting = wanted(line);
        } else if counting && !line.starts_with('#') && line.contains('=') {
            names.push(line.split(['=', '.', ' ']).next().unwrap_or_default().to_owned());
        }
    }
    names
}

#[test]
fn the_number_of_dependencies_is_a_decision() {
    for (name, number) in DEPENDENCIES {
        let found = dependencies(&manifest(name), |section| section == "[dependencies]");
        assert_eq!(found.len(), *number, "{name} depends on {found:?}; change the number here on purpose");
    }
}

#[test]
fn what_watches_the_provider_does_not_link_it() {
    let mut findings = Vec::new();
    for name in OUTSIDERS {
        let found = dependencies(&manifest(name), |section| section.contains("dependencies"));
        let inside = ["provider", "tfplugin", "tfplugin-derive"];
        findings.extend(
            found.iter().filter(|found| inside.contains(&found.as_str())).map(|found| format!("{name}: {found}")),
        );
    }
    report("acceptance-tests and lab never depend on the provider or its framework", &findings);
}

#[test]
fn each_crate_inherits_the_lints() {
    let crates =
        files("toml").into_iter().filter(|file| file.path.ends_with("/Cargo.toml") && !file.path.contains("fuzz"));
    let without: Vec<String> =
        crates.filter(|file| !file.text.contains("[lints]\nworkspace = true")).map(|file| file.path).collect();
    report("add `[lints] workspace = true`", &without);
}
