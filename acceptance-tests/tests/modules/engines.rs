//! The lives of modules and variants: tests of their own, plan, apply, a second plan that is empty, the end.

use crate::lint::{everything, modules_folder};
use crate::proof::{Proof, published, rendered};
use acceptance_tests::environment::isolate;
use acceptance_tests::output::Output;
use acceptance_tests::tool::{Tool, tools};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The steps that every tree must have gone through; a module's own tests are the first, its examples have the others.
const STEPS: [&str; 7] =
    [": init (", ": validate (", ": test (", ": plan (", ": apply (", ": plan again (", ": destroy ("];

#[test]
fn every_module_lives_through_everything() {
    tools().iter().for_each(|tool| all_lived(tool, published(tool)));
}

#[test]
fn every_variant_lives_through_everything() {
    tools().iter().for_each(|tool| all_lived(tool, rendered(tool)));
}

fn all_lived(tool: &Tool, proof: &Proof) {
    assert!(!proof.trees.is_empty(), "there is nothing to prove");
    let mut failures = Vec::new();
    for tree in &proof.trees {
        failures.extend(tree.problems.iter().map(|problem| format!("{}: {problem}", tree.name)));
        let missing = STEPS.iter().filter(|step| !tree.steps.iter().any(|line| line.contains(*step)));
        let missing: Vec<&str> = missing.copied().collect();
        if tree.problems.is_empty() && !missing.is_empty() {
            failures.push(format!("{}: it was not taken through {missing:?}: {:?}", tree.name, tree.steps));
        }
        let tested = tree.steps.iter().find(|line| line.contains(": test ("));
        if tested.is_some_and(|line| line.contains(" 0 passed")) {
            failures.push(format!("{}: it has no test", tree.name));
        }
    }
    assert!(failures.is_empty(), "{}:\n{}", tool.label(), failures.join("\n\n"));
}

#[test]
fn what_is_rendered_has_the_layout_of_fmt() {
    for tool in tools() {
        let variants = everything();
        for folder in [variants.path(), modules_folder().as_path()] {
            let output = formats(tool, folder);
            assert_eq!((output.code, output.stdout.as_str()), (Some(0), ""), "{}: {}", tool.label(), output.text());
        }
        let crooked = tempfile::tempdir().expect("a scratch directory can be made");
        fs::write(crooked.path().join("main.tf"), "locals {\na=1\n}\n").expect("the file can be written");
        assert_eq!(formats(tool, crooked.path()).exits(3).stdout, "main.tf\n", "{}", tool.label());
    }
}

fn formats(tool: &Tool, folder: &Path) -> Output {
    let mut command = Command::new(&tool.path);
    isolate(&mut command);
    let output = command.args(["fmt", "-check", "-recursive"]).current_dir(folder).output();
    Output::new(format!("{} fmt", tool.kind.name()), &output.expect("the tool starts"))
}
