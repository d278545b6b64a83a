//! The command line.

use crate::commands::{check, diff, graph, new, output, render, schema, test};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Renders Terraform modules and roots from descriptions and one estate file.
#[derive(Parser)]
#[command(name = "substrate", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Arguments),
    Diff(diff::Arguments),
    Graph(graph::Arguments),
    New(new::Arguments),
    Render(render::Arguments),
    Schema(schema::Arguments),
    Test(test::Arguments),
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Graph(arguments) => graph::run(&arguments),
        Command::New(arguments) => new::run(&arguments),
        Command::Render(arguments) => render::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
    };
    done.unwrap_or_else(|problems| output::fail(&problems))
}
