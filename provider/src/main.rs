//! The plugin's process.

use std::process::ExitCode;

fn main() -> ExitCode {
    provider::run()
}
