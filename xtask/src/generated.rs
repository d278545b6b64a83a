//! `docs` and `proto`: files that are written from others, each by the test that keeps it fresh.

use crate::command::{Arguments, Command};
use crate::progress::alive;
use acceptance_tests::environment::cargo;
use anyhow::{Context as _, Result, bail};

/// The command that writes the manual.
pub const DOCS: Command = Command {
    name: "docs",
    summary: "Writes the registry's pages in docs from the schema and the examples",
    help: "
Each page comes from the struct of a resource, data source or function and from its file in examples.
The test that rewrites what is stale is provider/tests/docs.rs; `cargo xtask test` runs it too.",
    run: |arguments| write(arguments, "the manual", ["provider", "docs", "the_pages_are_fresh"]),
};

/// The command that writes the wire's code.
pub const PROTO: Command = Command {
    name: "proto",
    summary: "Writes the wire's Rust code in tfplugin/src/proto from the proto files",
    help: "
Needs no protoc. The test that rewrites what is stale is xtask/tests/proto.rs; `cargo xtask test` runs it too.",
    run: |arguments| write(arguments, "the wire's code", ["xtask", "proto", "the_code_is_fresh"]),
};

/// Runs the test that rewrites stale files and fails then; when there were some, it passes the second time.
fn write(arguments: &mut Arguments, what: &str, [package, file, test]: [&str; 3]) -> Result<()> {
    arguments.finish()?;
    let run = || {
        let mut generate = cargo();
        generate.args(["test", "--quiet", "--package", package, "--test", file, test]);
        alive(&format!("writing {what}"), || generate.output()).context("cargo does not start")
    };
    if run()?.status.success() {
        println!("{what} is fresh");
        return Ok(());
    }
    let again = run()?;
    if again.status.success() {
        println!("{what} was stale and is rewritten; commit the change");
        return Ok(());
    }
    print!("{}", String::from_utf8_lossy(&again.stdout));
    eprint!("{}", String::from_utf8_lossy(&again.stderr));
    bail!("{what} cannot be written")
}
