//! Proof: what is rendered is read back and held against the providers' schemas, folder by folder.

use crate::check::{Interface, Role, Unit, check};
use crate::emit;
use crate::estate::Root;
use crate::module::{Description, Module};
use crate::problem::Problem;
use crate::rendered::Rendered;
use crate::schema::Schemas;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Holds rendered files against schemas.
#[derive(Debug)]
pub struct Prover {
    schemas: &'static Schemas,
}

impl Prover {
    /// With the schemas in the folder that `SUBSTRATE_SCHEMAS` names, else with the committed lock.
    ///
    /// # Errors
    /// A folder that cannot be read or has no schemas.
    pub fn new() -> Result<Self, Problem> {
        Schemas::at_hand().map(|schemas| Self { schemas }).map_err(Problem::clone)
    }

    /// What is wrong in a module and its examples.
    pub fn module(&self, description: &Description, files: &[Rendered]) -> Vec<Problem> {
        let folders = folders(files);
        let own = folders.get(Path::new("")).map(|files| Interface::of(files)).unwrap_or_default();
        let mut problems = Vec::new();
        for (folder, files) in &folders {
            let (role, keys, modules) = if folder.as_os_str().is_empty() {
                (Role::Module, static_inputs(description), BTreeMap::new())
            } else {
                (Role::Root, BTreeSet::new(), BTreeMap::from([("../..".to_owned(), own.clone())]))
            };
            problems.extend(check(&Unit { files, role, static_inputs: keys, modules }, self.schemas));
        }
        problems
    }

    /// What is wrong in a module that has some of its features.
    pub fn variant(&self, module: &Module, features: &[&str]) -> Vec<Problem> {
        match emit::configuration(module, features) {
            Ok(files) => self.module(&module.description.pruned(features), &files),
            Err(problems) => problems,
        }
    }

    /// What is wrong in a root and its copies of modules.
    pub fn root(&self, root: &Root, files: &[Rendered]) -> Vec<Problem> {
        let folders = folders(files);
        let called = folders.iter().filter(|(folder, _)| !folder.as_os_str().is_empty());
        let modules: BTreeMap<String, Interface> =
            called.map(|(folder, files)| (format!("./{}", folder.display()), Interface::of(files))).collect();
        let copies = emit::copies(root);
        let mut problems = Vec::new();
        for (folder, files) in &folders {
            let call = root.calls.iter().find(|call| {
                copies.get(call.name.as_str()).is_some_and(|copy| Path::new("modules").join(copy) == *folder)
            });
            let unit = match call {
                Some(call) => Unit {
                    files,
                    role: Role::Module,
                    static_inputs: static_inputs(&call.description),
                    modules: BTreeMap::new(),
                },
                None => Unit { files, role: Role::Root, static_inputs: BTreeSet::new(), modules: modules.clone() },
            };
            problems.extend(check(&unit, self.schemas));
        }
        problems
    }
}

fn static_inputs(description: &Description) -> BTreeSet<String> {
    description.inputs.iter().filter(|input| input.static_keys).map(|input| input.name.clone()).collect()
}

/// Terraform's files by the folder that they stand in.
fn folders(files: &[Rendered]) -> BTreeMap<PathBuf, Vec<Rendered>> {
    let mut folders: BTreeMap<PathBuf, Vec<Rendered>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.path.extension().is_some_and(|extension| extension == "tf")) {
        folders.entry(file.path.parent().unwrap_or(Path::new("")).to_owned()).or_default().push(file.clone());
    }
    folders
}
