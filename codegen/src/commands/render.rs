//! `substrate render`: writes what the descriptions and estates of a folder say.

use super::output::print;
use crate::problem::{Problem, shown};
use crate::project::Project;
use crate::proof::Prover;
use std::path::PathBuf;
use std::process::ExitCode;

/// Renders everything below a folder: the modules of its `codegen/modules` into `modules`, and the roots of each
/// `estate.yaml` into `roots` beside it.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder.
    #[arg(default_value = ".")]
    folder: PathBuf,
}

/// Writes what differs and names it; with a problem nothing is written.
///
/// # Errors
/// Everything that is wrong in the sources, and files that are in the way.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Vec<Problem>> {
    let prover = Prover::new().map_err(|problem| vec![problem])?;
    let trees = Project::find(&arguments.folder)?.trees(&prover)?;
    let mut pending = Vec::new();
    let mut problems = Vec::new();
    for tree in &trees {
        match tree.changes() {
            Ok(changes) => pending.push((tree, changes)),
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    for (tree, changes) in pending {
        tree.write(&changes).map_err(|problem| vec![problem])?;
        let lines: String = changes
            .iter()
            .map(|change| format!("{} {}\n", change.verb(), shown(&tree.folder().join(&change.path))))
            .collect();
        print(&lines).map_err(|problem| vec![problem])?;
    }
    Ok(ExitCode::SUCCESS)
}
