//! tflint with all of its rules.

use crate::variants::{variants, write};
use acceptance_tests::environment::repository;
use acceptance_tests::output::Output;
use acceptance_tests::tool::tflint;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

const RULES: &str = "plugin \"terraform\" {\n  enabled = true\n  preset  = \"all\"\n}\n";

/// Every variant with its examples and tests, in a folder each.
pub fn everything() -> &'static TempDir {
    static WRITTEN: OnceLock<TempDir> = OnceLock::new();
    WRITTEN.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a scratch directory can be made");
        for variant in variants() {
            write(&folder.path().join(variant.name()), &variant.files());
        }
        folder
    })
}

/// The modules that are committed.
pub fn modules_folder() -> PathBuf {
    repository().join("modules")
}

fn lint(folder: &Path) -> Output {
    let rules = tempfile::tempdir().expect("a scratch directory can be made");
    let file = rules.path().join("tflint.hcl");
    fs::write(&file, RULES).expect("the file can be written");
    let program = tflint().ensure().unwrap_or_else(|error| panic!("{error}"));
    let mut command = Command::new(program);
    command.arg("--recursive").arg("--config").arg(&file).current_dir(folder);
    // The user's own plugins and rules are elsewhere.
    command.env("HOME", rules.path());
    Output::new("tflint --recursive".to_owned(), &command.output().expect("tflint starts"))
}

#[test]
fn the_linter_finds_nothing() {
    for folder in [everything().path(), modules_folder().as_path()] {
        let output = lint(folder);
        assert_eq!(output.code, Some(0), "{}", output.text());
    }
}

#[test]
fn the_linter_would_find_something() {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    let inner = folder.path().join("module");
    fs::create_dir(&inner).expect("the folder can be made");
    fs::write(inner.join("main.tf"), "variable \"a-b\" {}\n").expect("the file can be written");
    let said = lint(folder.path()).exits(2).stdout;
    for rule in ["terraform_unused_declarations", "terraform_naming_convention", "terraform_documented_variables"] {
        assert!(said.contains(rule), "{rule} is not in\n{said}");
    }
}
