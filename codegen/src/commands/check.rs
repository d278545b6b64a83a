//! `substrate check`: whether everything is right and rendered.

use super::output::print;
use crate::problem::Problem;
use crate::project::Project;
use crate::proof::Prover;
use crate::tree::diff;
use std::path::PathBuf;
use std::process::ExitCode;

/// Checks descriptions, templates and estates, and compares what is rendered with what is there; exit code 1 and a diff
/// where it differs.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder.
    #[arg(default_value = ".")]
    folder: PathBuf,
}

/// Prints the diff of what `render` would change; writes nothing.
///
/// # Errors
/// Everything that is wrong in the sources, and files that are in the way.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Vec<Problem>> {
    let prover = Prover::new().map_err(|problem| vec![problem])?;
    let project = Project::find(&arguments.folder)?;
    let trees = project.trees(&prover)?;
    let mut problems = project.variants(&prover);
    let mut text = String::new();
    for tree in &trees {
        match tree.changes() {
            Ok(changes) => text.push_str(&diff(&changes)),
            Err(found) => problems.extend(found),
        }
    }
    print(&text).map_err(|problem| vec![problem])?;
    if !text.is_empty() {
        problems
            .push(Problem::new("what is rendered is stale").hint("run `substrate render` and commit what it changes"));
    }
    if problems.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(problems) }
}
