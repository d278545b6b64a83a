//! The command `substrate`.

use codegen::cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
