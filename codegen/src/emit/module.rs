//! All files of one module.

use super::contract::contract;
use super::example::example;
use super::readme::{data, readme};
use super::references::References;
use super::test::tests;
use super::variable::{outputs, variables};
use super::version::versions;
use crate::module::{Description, Module, Template};
use crate::problem::{Place, Problem};
use crate::rendered::Rendered;
use crate::template;
use hcl_edit::structure::Body;
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
    let mut problems = Vec::new();
    let mut files = Vec::new();
    for template in &module.templates {
        match rendered(module, template, &description, features, form) {
            Ok(mut file) => {
                file.source = module.folder.join(format!("{}.hbs", template.output.display()));
                files.push(file);
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
    let references = references(&files)?;
    if !files.iter().any(|file| file.path == Path::new("README.md")) {
        files.push(readme(&description, &description_file, *form != Form::Published).map_err(|problem| vec![problem])?);
    }
    if *form == Form::Published {
        files.extend(tests(&description, &references, &switched(module, &files)));
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
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

fn rendered(
    module: &Module,
    template: &Template,
    description: &Description,
    features: &[&str],
    form: &Form,
) -> Result<Rendered, Vec<Problem>> {
    let (text, origins) = if is_hcl(&template.output) {
        template::render(&template.file, &template.text, &module.description.feature_names(), features)?
    } else {
        let data = data(description, *form != Form::Published);
        (template::render_prose(&template.file, &template.text, &data).map_err(|problem| vec![problem])?, Vec::new())
    };
    Ok(Rendered { path: template.output.clone(), text, origins, source: template.file.clone() })
}

fn is_hcl(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "tf" || extension == "hcl")
}

/// What the module's files read, from the parsed output.
fn references(files: &[Rendered]) -> Result<References, Vec<Problem>> {
    let mut references = References::default();
    let mut problems = Vec::new();
    for file in files.iter().filter(|file| is_hcl(&file.path)) {
        match parse(file) {
            Ok(body) => references.add(&body),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(references) } else { Err(problems) }
}

fn parse(file: &Rendered) -> Result<Body, Problem> {
    hcl_edit::parser::parse_body(&file.text).map_err(|error| {
        let place = file.place(error.location().offset());
        Problem::at(
            Place { column: error.location().column(), ..place },
            format!("this is not HCL: {}", error.message()),
        )
    })
}

/// The addresses of the blocks that stand inside of features; with `for_each` they are empty by default.
fn switched(module: &Module, files: &[Rendered]) -> Vec<String> {
    let declared = module.description.feature_names();
    let mut addresses = Vec::new();
    for template in module.templates.iter().filter(|template| is_hcl(&template.output)) {
        let features = template::feature_of_lines(&template.file, &template.text, &declared);
        let Some(file) = files.iter().find(|file| file.path == template.output) else { continue };
        for (line, origin) in file.text.lines().zip(&file.origins) {
            let mut words = line.split('"');
            let (Some("resource "), Some(kind), Some(_), Some(name)) =
                (words.next(), words.next(), words.next(), words.next())
            else {
                continue;
            };
            if features.get(origin.line - 1).is_some_and(Option::is_some) {
                addresses.push(format!("{kind}.{name}"));
            }
        }
    }
    addresses
}
