//! `substrate new`: begins an estate or a module.

use super::output::print;
use crate::estate;
use crate::module::FOLDER;
use crate::problem::{Problem, shown};
use crate::template;
use clap::Subcommand;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const ESTATE: &str = include_str!("../../templates/estate.yaml.hbs");
const MODULE: &str = include_str!("../../templates/module.hcl.hbs");
const MAIN: &str = include_str!("../../templates/main.tf.hbs");

/// Begins an estate or a module that can be rendered as it is.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Writes `estate.yaml`.
    Estate(Named),
    /// Writes `codegen/modules/<name>/module.hcl` and its template.
    Module(Named),
}

#[derive(clap::Args)]
struct Named {
    /// The name: small letters, digits and dashes, beginning with a letter.
    name: String,
    /// The folder.
    #[arg(default_value = ".")]
    folder: PathBuf,
}

/// Writes the files; one that is there already is an error, and then none is written.
///
/// # Errors
/// A name that cannot be, and files that are there.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Vec<Problem>> {
    begin(arguments).map(|()| ExitCode::SUCCESS).map_err(|problem| vec![problem])
}

fn begin(arguments: &Arguments) -> Result<(), Problem> {
    let (named, files) = match &arguments.what {
        What::Estate(named) => (named, vec![(PathBuf::from(estate::FILE), "estate.yaml.hbs", ESTATE)]),
        What::Module(named) => {
            let folder = Path::new(FOLDER).join(&named.name);
            let files = vec![
                (folder.join("module.hcl"), "module.hcl.hbs", MODULE),
                (folder.join("main.tf.hbs"), "main.tf.hbs", MAIN),
            ];
            (named, files)
        }
    };
    let mut letters = named.name.chars();
    let fits = letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    if !fits {
        let problem = Problem::new(format!("`{}` is no name for an estate or a module", named.name));
        return Err(problem.hint("small letters, digits and dashes, beginning with a letter"));
    }
    if let Some((path, ..)) = files.iter().find(|(path, ..)| named.folder.join(path).exists()) {
        return Err(Problem::new(format!("{} is there already", shown(&named.folder.join(path)))));
    }
    for (path, name, text) in files {
        let text = template::render_prose(&Path::new("templates").join(name), text, &json!({"name": named.name}))?;
        let path = named.folder.join(path);
        let folder = path.parent().unwrap_or(&named.folder);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| Problem::new(format!("cannot write {}: {error}", path.display())))?;
        print(&format!("create {}\n", shown(&path)))?;
    }
    Ok(())
}
