//! All files of one module.

use super::contract::contract;
use super::example::example;
use super::moved::moved;
use super::parsed::{Parsed, is_hcl};
use super::readme::{data, readme};
use super::references::References;
use super::switch::switched;
use super::test::tests;
use super::variable::{outputs, variables};
use super::version::versions;
use crate::module::{Description, Module, Template};
use crate::problem::{Place, Problem};
use crate::rendered::Rendered;
use crate::template;
use std::path::{Path, PathBuf};

/// What a module is rendered for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Form {
    /// A module of its own, with tests, examples and a contract.
    Published,
    /// A copy inside of a root; the path is the estate's file, which the headers name.
    Copy(PathBuf),
}

/// The files of a module with the given features, paths below the module's folder.
///
/// # Errors
/// What is wrong in the templates, each with the template's file and line.
pub fn module(module: &Module, features: &[&str], form: &Form) -> Result<Vec<Rendered>, Vec<Problem>> {
    let description = module.description.pruned(features);
    let description_file = module.folder.join("module.hcl");
    let mut files = configuration(module, features)?;
    let parsed = Parsed::all(&files)?;
    let switched = switched(module, &parsed)?;
    let mut references = References::default();
    parsed.iter().for_each(|file| references.add(&file.body));
    files.extend(documents(module, &description, &description_file, form)?);
    if *form == Form::Published {
        files.extend(tests(&description, &references, &switched));
        files.extend(description.examples.iter().flat_map(|shown| example(&description, shown)));
        files.push(contract(&description, &description_file));
    }
    for file in &mut files {
        match form {
            Form::Copy(estate) => file.source.clone_from(estate),
            Form::Published if file.source == description.file => file.source.clone_from(&description_file),
            Form::Published => {}
        }
    }
    let problems = displaced(module, &files);
    if !problems.is_empty() {
        return Err(problems);
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// The templates in whose place something else is written.
fn displaced(module: &Module, files: &[Rendered]) -> Vec<Problem> {
    let twice = |template: &&Template| files.iter().filter(|file| file.path == template.output).count() > 1;
    let problem = |template: &Template| {
        let place = Place { file: template.file.clone(), line: 1, column: 1 };
        let text =
            format!("{} is written from the description, and a template cannot write it", template.output.display());
        Problem::at(place, text).hint("say it in module.hcl, or give the template another name")
    };
    module.templates.iter().filter(twice).map(problem).collect()
}

/// What Terraform reads of a module with the given features: its templates of HCL, and what is data.
///
/// # Errors
/// What is wrong in the templates, each with the template's file and line.
pub fn configuration(module: &Module, features: &[&str]) -> Result<Vec<Rendered>, Vec<Problem>> {
    let description = module.description.pruned(features);
    let declared = module.description.feature_names();
    let mut problems = Vec::new();
    let mut files = Vec::new();
    for template in module.templates.iter().filter(|template| is_hcl(&template.output)) {
        match template.compiled(&declared).and_then(|compiled| compiled.render(features)) {
            // All that it says belongs to features that are off.
            Ok((text, _)) if text.trim().is_empty() => {}
            Ok((text, origins)) => {
                let source = source(module, template);
                files.push(Rendered { path: template.output.clone(), text, origins, source });
            }
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    files.push(variables(&description));
    files.push(outputs(&description));
    files.push(versions(&description.file, &description.terraform, &description.providers));
    files.extend(moved(&description));
    Ok(files)
}

/// The module's own documents, and the page that every module has unless it writes its own.
fn documents(
    module: &Module,
    description: &Description,
    description_file: &Path,
    form: &Form,
) -> Result<Vec<Rendered>, Vec<Problem>> {
    let copy = *form != Form::Published;
    let mut files = Vec::new();
    for template in module.templates.iter().filter(|template| !is_hcl(&template.output)) {
        let text = template::render_prose(&template.file, &template.text, &data(description, copy));
        let text = text.map_err(|problem| vec![problem])?;
        let source = source(module, template);
        files.push(Rendered { path: template.output.clone(), text, origins: Vec::new(), source });
    }
    if !files.iter().any(|file| file.path == Path::new("README.md")) {
        files.push(readme(description, description_file, copy).map_err(|problem| vec![problem])?);
    }
    Ok(files)
}

/// A template as headers name it.
fn source(module: &Module, template: &Template) -> PathBuf {
    module.folder.join(format!("{}.hbs", template.output.display()))
}
