//! What the checker says of a module's and of a root's own files.

use crate::check::{Interface, Role, Unit, check};
use crate::module::Description;
use crate::problem::Problem;
use crate::rendered::Rendered;
use crate::schema::Schemas;
use std::collections::{BTreeMap, BTreeSet};

/// Checks the files that stand in a module's folder itself.
pub fn of_module(files: &[Rendered], description: &Description) -> Result<(), Vec<Problem>> {
    let inputs = description.inputs.iter().filter(|input| input.static_keys);
    let static_inputs = inputs.map(|input| input.name.clone()).collect();
    verdict(&Unit { files, role: Role::Module, static_inputs, modules: BTreeMap::new() })
}

/// Checks the files that stand in a root's folder itself; `modules` are those that it calls, by their sources.
pub fn of_root(files: &[Rendered], modules: BTreeMap<String, Interface>) -> Result<(), Vec<Problem>> {
    verdict(&Unit { files, role: Role::Root, static_inputs: BTreeSet::new(), modules })
}

fn verdict(unit: &Unit<'_>) -> Result<(), Vec<Problem>> {
    let schemas = Schemas::at_hand().map_err(|problem| vec![problem.clone()])?;
    let problems = check(unit, schemas);
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}
