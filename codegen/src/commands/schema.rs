//! `substrate schema`: the JSON Schema of estates, and the full schemas of the user's own providers.

use super::output::print;
use crate::emit;
use crate::estate;
use crate::module::{Library, Provider};
use crate::problem::Problem;
use crate::verify::located;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Prints the JSON Schema of `estate.yaml`, or writes the schemas of the providers that the modules use.
#[derive(clap::Args)]
pub struct Arguments {
    /// A folder with an estate or descriptions. Estates can also use the modules that come with the generator; their
    /// providers are asked for where the folder describes none.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Prints the JSON Schema of `estate.yaml` for editors.
    #[arg(long, conflicts_with_all = ["output", "engine"])]
    estate: bool,
    /// Writes `<provider>.json` for each provider into this folder; `SUBSTRATE_SCHEMAS` can then name it.
    #[arg(short, long, required_unless_present = "estate")]
    output: Option<PathBuf>,
    /// The program that installs the providers and prints their schemas: `terraform`, `tofu`, or a path to one of them.
    #[arg(long, default_value = "terraform")]
    engine: PathBuf,
}

/// Prints or writes schemas.
///
/// # Errors
/// What is wrong in the descriptions, and what the engine says.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Vec<Problem>> {
    let own = Library::described(&arguments.folder)?;
    let done = match &arguments.output {
        Some(output) => {
            let library = estate::usable(&arguments.folder, &own.map_or_else(Library::embedded, Ok)?)?;
            full(&library, &arguments.engine, output)
        }
        None => {
            let library = estate::usable(&arguments.folder, &own.unwrap_or_default().with_embedded()?)?;
            print(&format!("{:#}\n", estate::schema(&library)))
        }
    };
    done.map(|()| ExitCode::SUCCESS).map_err(|problem| vec![problem])
}

/// Installs the providers of the modules in a scratch folder and writes their schemas.
fn full(library: &Library, engine: &Path, output: &Path) -> Result<(), Problem> {
    let mut providers: Vec<Provider> = Vec::new();
    for provider in library.modules().flat_map(|module| &module.description.providers) {
        if !providers.contains(provider) {
            providers.push(provider.clone());
        }
    }
    let cannot = |what: &str, error: std::io::Error| Problem::new(format!("cannot {what}: {error}"));
    let scratch = tempfile::tempdir().map_err(|error| cannot("make a scratch folder", error))?;
    let versions = emit::versions(Path::new("schema"), "1.0", &providers);
    fs::write(scratch.path().join("versions.tf"), versions.text).map_err(|error| cannot("write versions.tf", error))?;
    run_engine(engine, scratch.path(), &["init", "-backend=false", "-input=false", "-no-color"])?;
    let printed = run_engine(engine, scratch.path(), &["providers", "schema", "-json"])?;
    let printed: Value = serde_json::from_slice(&printed).map_err(|error| {
        Problem::new(format!("`{} providers schema -json` gave no JSON: {error}", engine.display()))
    })?;
    fs::create_dir_all(output).map_err(|error| cannot("make the folder", error))?;
    for (address, schema) in printed["provider_schemas"].as_object().into_iter().flatten() {
        let name = address.rsplit('/').next().unwrap_or(address);
        let path = output.join(format!("{name}.json"));
        let text = json!({"format_version": printed["format_version"], "provider_schemas": {address: schema}});
        fs::write(&path, format!("{text}\n"))
            .map_err(|error| Problem::new(format!("cannot write {}: {error}", path.display())))?;
        print(&format!("{}\n", path.display()))?;
    }
    Ok(())
}

fn run_engine(engine: &Path, folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, Problem> {
    let output = Command::new(located(engine)?).args(arguments).current_dir(folder).output().map_err(|error| {
        Problem::new(format!("cannot start `{}`: {error}", engine.display()))
            .hint("install it, or name the other with --engine")
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Problem::new(format!("`{} {}` failed:\n{}", engine.display(), arguments.join(" "), said.trim_end())))
}
