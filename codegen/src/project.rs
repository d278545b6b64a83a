//! Projects: what a folder has for the generator, and everything that is rendered from it.

use crate::emit::{self, Form};
use crate::estate::{self, Estate, State};
use crate::graph;
use crate::module::{FOLDER, Library};
use crate::parallel;
use crate::problem::Problem;
use crate::proof::Prover;
use crate::rendered::Rendered;
use crate::template;
use crate::tree::{Finished, Tree};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// Folders in which nobody keeps an estate.
const SKIPPED: &[&str] = &["node_modules", "target"];

/// Where rendered modules stand.
const MODULES: &str = "modules";

/// Where an estate's roots stand.
const ROOTS: &str = "roots";

const ROOTS_PAGE: &str = include_str!("../templates/roots.md.hbs");

/// A folder with descriptions, estates, or both.
#[derive(Debug)]
pub struct Project {
    folder: PathBuf,
    /// What the folder describes.
    own: Option<Library>,
    /// What its estates can use: that, and what comes with the generator.
    library: Library,
    estates: Vec<PathBuf>,
}

impl Project {
    /// Looks what a folder has: descriptions in `codegen/modules`, and every `estate.yaml` below it.
    ///
    /// # Errors
    /// Where there is neither, and what is wrong in the descriptions.
    pub fn find(folder: &Path) -> Result<Self, Vec<Problem>> {
        let own = Library::described(folder)?;
        let estates = estates(folder)?;
        if own.is_none() && estates.is_empty() {
            let text = format!("{} has no {} and no {FOLDER}", folder.display(), estate::FILE);
            return Err(vec![Problem::new(text).hint("`substrate new estate NAME` begins one")]);
        }
        let library = own.clone().unwrap_or_default().with_embedded()?;
        Ok(Self { folder: folder.to_owned(), own, library, estates })
    }

    /// Every estate of the project.
    ///
    /// # Errors
    /// What is wrong in them.
    pub fn estates(&self) -> Result<Vec<(PathBuf, Estate)>, Vec<Problem>> {
        let read = |folder: &PathBuf| estate::read(folder, &self.library).map(|estate| (folder.clone(), estate));
        gather(self.estates.iter().map(read))
    }

    /// Everything that is rendered from the project: the modules, and the roots of each estate.
    ///
    /// # Errors
    /// Everything that is wrong in descriptions, templates and estates, and what the schemas refuse.
    pub fn trees(&self, prover: &Prover) -> Result<Vec<Tree>, Vec<Problem>> {
        let mut trees = Vec::new();
        let mut problems = Vec::new();
        if let Some(own) = &self.own {
            collect(self.modules(own, prover), &mut trees, &mut problems);
        }
        for folder in &self.estates {
            let estate = estate::read(folder, &self.library);
            collect(estate.and_then(|estate| estate_tree(folder, &estate, prover)), &mut trees, &mut problems);
        }
        // Roots with the same module have the same problems in its template.
        problems.sort();
        problems.dedup();
        if problems.is_empty() { Ok(trees) } else { Err(problems) }
    }

    /// What is wrong in variants of the project's own modules.
    pub fn variants(&self, prover: &Prover) -> Vec<Problem> {
        let variants: Vec<_> = self
            .own
            .iter()
            .flat_map(Library::modules)
            .flat_map(|module| module.description.variants().into_iter().map(move |features| (module, features)))
            .collect();
        let found = parallel::map(&variants, |(module, features)| prover.variant(module, features));
        let mut problems: Vec<Problem> = found.into_iter().flatten().collect();
        problems.sort();
        problems.dedup();
        problems
    }

    fn modules(&self, own: &Library, prover: &Prover) -> Result<Tree, Vec<Problem>> {
        let mut tree = Tree::new(&self.folder);
        tree.manage(MODULES);
        let modules: Vec<_> = own.modules().collect();
        let files = parallel::map(&modules, |module| {
            let files = emit::module(module, &module.description.feature_names(), &Form::Published)?;
            proven(prover.module(&module.description, &files))?;
            let folder = Path::new(MODULES).join(&module.description.name);
            Ok(files.into_iter().map(|file| Finished::from(file.below(&folder))).collect::<Vec<_>>())
        });
        let files = gather(files.into_iter())?;
        files.into_iter().flatten().for_each(|file| tree.add(file));
        let schema = format!("{:#}\n", estate::schema(&self.library));
        let path = Path::new(MODULES).join("estate.schema.json");
        tree.add(Rendered { path, text: schema, origins: Vec::new(), source: FOLDER.into() }.into());
        Ok(tree)
    }
}

/// The tree of an estate: its roots, the page about them and the picture.
fn estate_tree(folder: &Path, estate: &Estate, prover: &Prover) -> Result<Tree, Vec<Problem>> {
    let mut tree = Tree::new(folder);
    tree.manage(ROOTS);
    let files = parallel::map(&estate.roots, |root| {
        let files = emit::root(estate, root)?;
        proven(prover.root(root, &files))?;
        let folder = Path::new(ROOTS).join(&root.name);
        Ok(files.into_iter().map(|file| Finished::from(file.below(&folder))).collect::<Vec<_>>())
    });
    let files = gather(files.into_iter())?;
    files.into_iter().flatten().for_each(|file| tree.add(file));
    let page = template::render_prose(Path::new("templates/roots.md.hbs"), ROOTS_PAGE, &page(estate));
    let whole = [("README.md", page.map_err(|problem| vec![problem])?), ("graph.svg", graph::svg(estate))];
    for (name, text) in whole {
        let path = Path::new(ROOTS).join(name);
        tree.add(Rendered { path, text, origins: Vec::new(), source: estate.file.clone() }.into());
    }
    Ok(tree)
}

/// What the page about the roots says.
fn page(estate: &Estate) -> Value {
    let dependencies = estate.dependencies();
    let order = estate.order();
    let roots = order.iter().map(|root| {
        let modules: BTreeSet<String> = root.calls.iter().map(|call| format!("`{}`", call.description.name)).collect();
        let modules: Vec<String> = modules.into_iter().collect();
        let needed: Vec<&str> = dependencies.get(root.name.as_str()).into_iter().flatten().copied().collect();
        json!({
            "account": root.account.name, "modules": modules.join(", "), "name": root.name,
            "needs": needed.join(", "), "region": root.region,
        })
    });
    let bucket = match (&estate.state, estate.state_root()) {
        (State::S3 { bucket, .. }, Some(root)) => {
            json!({"bucket": bucket, "local": root.state == State::Local, "name": root.name})
        }
        _ => Value::Null,
    };
    json!({"estate": estate.name, "roots": roots.collect::<Vec<_>>(), "state": bucket})
}

/// The folders below which an estate's file stands, in order.
fn estates(folder: &Path) -> Result<Vec<PathBuf>, Vec<Problem>> {
    let mut found = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(|entry| !is_skipped(entry)) {
        let entry = entry.map_err(|error| vec![Problem::new(format!("cannot read {}: {error}", folder.display()))])?;
        if entry.file_type().is_file() && entry.file_name() == estate::FILE {
            found.extend(entry.path().parent().map(Path::to_owned));
        }
    }
    Ok(found)
}

fn is_skipped(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.depth() > 0 && (name.starts_with('.') || (entry.file_type().is_dir() && SKIPPED.contains(&&*name)))
}

fn proven(problems: Vec<Problem>) -> Result<(), Vec<Problem>> {
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// All results, or all problems.
fn gather<T>(results: impl Iterator<Item = Result<T, Vec<Problem>>>) -> Result<Vec<T>, Vec<Problem>> {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for result in results {
        collect(result, &mut found, &mut problems);
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn collect<T>(result: Result<T, Vec<Problem>>, found: &mut Vec<T>, problems: &mut Vec<Problem>) {
    match result {
        Ok(value) => found.push(value),
        Err(more) => problems.extend(more),
    }
}
