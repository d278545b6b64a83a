//! Loopback servers for the tests, from the command line.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run(std::env::args().skip(1).collect())
}
