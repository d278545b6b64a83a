//! The repository's tasks, run as `cargo xtask <command>`.

#![expect(clippy::print_stdout, reason = "these commands talk to people")]

mod api;
mod bench;
mod command;
mod generated;
mod generator;
mod install;
mod proc;
mod progress;
mod quickstart;
mod refreshes;
mod release;
mod schemas;
mod test;
mod tidy;

const COMMANDS: &[&command::Command] = &[
    &bench::COMMAND,
    &generated::DOCS,
    &install::COMMAND,
    &generated::PROTO,
    &quickstart::COMMAND,
    &release::COMMAND,
    &schemas::COMMAND,
    &test::COMMAND,
    &tidy::COMMAND,
];

fn main() -> std::process::ExitCode {
    command::main(COMMANDS)
}
