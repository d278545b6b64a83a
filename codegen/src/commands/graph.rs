//! `substrate graph`: draws an estate, or prints the order of its roots.

use super::output::print;
use crate::graph;
use crate::problem::Problem;
use crate::project::Project;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// Draws the estate of a folder as SVG: roots, modules, and what passes between them.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The file to write; standard output without.
    #[arg(short, long, conflicts_with = "order")]
    output: Option<PathBuf>,
    /// Prints the names of the roots instead, in the order in which they are applied.
    #[arg(long)]
    order: bool,
}

/// Draws or lists.
///
/// # Errors
/// What is wrong in the estate, and where the folder has none or several.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Vec<Problem>> {
    let estates = Project::find(&arguments.folder)?.estates()?;
    let [(_, estate)] = estates.as_slice() else {
        let folders: Vec<String> = estates.iter().map(|(folder, _)| folder.display().to_string()).collect();
        let text = format!("{} has {} estates", arguments.folder.display(), estates.len());
        return Err(vec![Problem::new(text).hint(format!("name the folder of one: {}", folders.join(", ")))]);
    };
    let text = if arguments.order {
        estate.order().iter().map(|root| format!("{}\n", root.name)).collect()
    } else {
        graph::svg(estate)
    };
    match &arguments.output {
        Some(path) => fs::write(path, text)
            .map_err(|error| vec![Problem::new(format!("cannot write {}: {error}", path.display()))])?,
        None => print(&text).map_err(|problem| vec![problem])?,
    }
    Ok(ExitCode::SUCCESS)
}
