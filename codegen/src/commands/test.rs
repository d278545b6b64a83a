//! `substrate test`: plans, applies, plans again and destroys a tree without any provider.

use super::output::print;
use crate::problem::Problem;
use crate::verify::{self, Catalog, Engine, Outputs, Request};
use std::path::PathBuf;
use std::process::ExitCode;

/// Tests a module, its examples, or a root, offline: every provider is played by a stand-in.
///
/// The folder is copied and never written. In the copy, its modules are installed, then it is initialised, validated,
/// and its own tests run; its examples, or itself where it has none, are planned, applied, planned again (nothing may
/// change) and destroyed. Roots beside it whose states it reads are applied before.
#[derive(clap::Args)]
pub struct Arguments {
    /// A module or a root.
    folder: PathBuf,
    /// Values for the folder's own variables; it is then planned although it has examples.
    #[arg(long)]
    var_file: Option<PathBuf>,
    /// What a `terraform_remote_state` reads, where no folder beside this one makes it: its name, and a file as
    /// `terraform output -json` prints it.
    #[arg(long, value_name = "NAME=FILE", value_parser = outputs)]
    outputs: Vec<Outputs>,
    /// The program that plans and applies: `terraform`, `tofu`, or a path to one of them.
    #[arg(long, default_value = "terraform")]
    engine: PathBuf,
    /// A folder for each plan as JSON, which policy checkers read: `examples.minimal.json`, or `plan.json` of the folder
    /// itself.
    #[arg(long)]
    plans: Option<PathBuf>,
}

/// Runs the test and tells its steps.
///
/// # Errors
/// What is missing: values, types, schemas; or what failed.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Vec<Problem>> {
    let one = |problem| vec![problem];
    let catalog = Catalog::at_hand().map_err(one)?;
    let engine = Engine::new(&arguments.engine).map_err(one)?;
    let request = Request {
        folder: &arguments.folder,
        var_file: arguments.var_file.as_deref(),
        outputs: &arguments.outputs,
        engine: &engine,
        catalog: &catalog,
        standin: None,
        plans: arguments.plans.as_deref(),
    };
    let mut unheard = None;
    verify::run(&request, &mut |line| {
        unheard = unheard.take().or(print(&format!("{line}\n")).err());
    })?;
    unheard.map_or(Ok(ExitCode::SUCCESS), |problem| Err(vec![problem]))
}

fn outputs(text: &str) -> Result<Outputs, String> {
    let (name, file) = text.split_once('=').ok_or("write it as NAME=FILE")?;
    Ok(Outputs { name: name.to_owned(), file: file.into() })
}
