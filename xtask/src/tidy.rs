//! `tidy`: the repository's own rules, which are tests of this crate.

use crate::command::{Arguments, Command};
use crate::progress;
use acceptance_tests::environment::repository;
use anyhow::Result;
use std::process;

/// The command.
pub const COMMAND: Command = Command {
    name: "tidy",
    summary: "Checks names, sizes, layers and headings against the rules of the repository",
    help: "The same as `cargo test --package xtask`; each rule is a test with its limit and its list of exceptions.",
    run,
};

fn run(arguments: &mut Arguments) -> Result<()> {
    arguments.finish()?;
    let mut test = process::Command::new("cargo");
    progress::run("tidy", test.current_dir(repository()).args(["test", "--quiet", "--package", "xtask"]))
}
