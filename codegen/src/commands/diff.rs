//! `substrate diff`: what an upgrade of a module changes.

use super::output::print;
use crate::diff::{self, Class, Surface};
use crate::problem::Problem;
use std::path::PathBuf;
use std::process::ExitCode;

/// Compares two versions of a module: what breaks its callers, what is new, and the version that says so.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder of the old version.
    old: PathBuf,
    /// The folder of the new version.
    new: PathBuf,
    /// The old version's number, such as 1.4.2; the next one is proposed.
    #[arg(long)]
    version: Option<String>,
}

/// Compares and prints.
///
/// # Errors
/// Folders without a module, and a version that is none.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Vec<Problem>> {
    let text = report(arguments).and_then(|text| print(&text)).map_err(|problem| vec![problem]);
    text.map(|()| ExitCode::SUCCESS)
}

fn report(arguments: &Arguments) -> Result<String, Problem> {
    let changes = diff::compare(&Surface::read(&arguments.old)?, &Surface::read(&arguments.new)?);
    let mut text: String = changes.iter().map(|change| format!("{change}\n")).collect();
    if changes.is_empty() {
        text.push_str("nothing changed for callers\n");
    }
    text.push_str(&match &arguments.version {
        Some(version) => format!("{version} -> {}\n", diff::proposed(version, &changes)?),
        None => format!("{}\n", step(changes.first().map_or(Class::Internal, |change| change.class))),
    });
    Ok(text)
}

fn step(class: Class) -> &'static str {
    match class {
        Class::Breaking => "a major version",
        Class::Addition => "a minor version",
        Class::Internal => "a patch version",
    }
}
