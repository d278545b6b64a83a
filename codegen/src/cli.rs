//! The command line.

use clap::Parser;
use std::process::ExitCode;

/// Renders Terraform modules and roots from descriptions and one estate file.
#[derive(Parser)]
#[command(name = "substrate", version)]
struct Arguments {}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    Arguments::parse();
    ExitCode::SUCCESS
}
