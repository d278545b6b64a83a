//! `tidy`: the repository's own rules, which are tests of this crate.

use crate::command::{Arguments, Command};
use crate::progress;
use acceptance_tests::environment::cargo;
use anyhow::Result;

/// The command.
pub const COMMAND: Command = Command {
    name: "tidy",
    summary: "Checks names, sizes, layers and headings against the rules of the repository",
    help: "The same as `cargo test --package xtask`; each rule is a test with its limit and its list of exceptions.",
    run,
};

fn run(arguments: &mut Arguments) -> Result<()> {
    arguments.finish()?;
    let mut test = cargo();
    progress::run("tidy", test.args(["test", "--quiet", "--package", "xtask"]))
}
