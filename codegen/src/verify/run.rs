//! The whole of `substrate test`.

use super::configuration::{Configuration, is_module};
use super::copy::{Tree, asked, modules};
use super::engine::Engine;
use super::lifecycle::{Stage, Step};
use super::needs::Needs;
use super::remote_state::{Outputs, makers, redirect};
use super::served::Catalog;
use super::{mirror, values};
use crate::problem::Problem;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What is to be tested, and with what.
#[derive(Debug)]
pub struct Request<'a> {
    /// A module with or without examples, or a root.
    pub folder: &'a Path,
    /// Values for the folder's own variables.
    pub var_file: Option<&'a Path>,
    /// Outputs of other roots that the folder reads, and that no folder beside it makes.
    pub outputs: &'a [Outputs],
    /// The program that plans and applies.
    pub engine: &'a Engine,
    /// The schemas at hand.
    pub catalog: &'a Catalog,
    /// The stand-in's program; the one beside this program, or on the PATH, where none is named.
    pub standin: Option<&'a Path>,
    /// The folder that takes each plan as JSON, such as `examples.minimal.json`, and `plan.json` of the folder itself.
    pub plans: Option<&'a Path>,
}

/// A folder in which the engine runs, with what it takes to run there.
struct Unit {
    /// The folder in the copy.
    folder: PathBuf,
    shown: PathBuf,
    var_file: Option<PathBuf>,
    work: Work,
    /// All folders of configuration that it is made of, its own first.
    modules: Vec<(PathBuf, Configuration)>,
}

/// What is done with a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// It is applied, since what is tested reads its state.
    Apply,
    /// It is validated and its tests run.
    Validate,
    /// The same, and it is planned, applied, planned again and destroyed.
    Whole,
}

/// Tests a tree; each step that succeeds is told in one line.
///
/// # Errors
/// All that is missing, before anything runs: values, schemas, types. Then what failed, a problem for each folder.
pub fn run(request: &Request<'_>, tell: &mut dyn FnMut(&str)) -> Result<(), Vec<Problem>> {
    let one = |problem| vec![problem];
    let kind = request.engine.kind;
    let asked = asked(request.folder).map_err(one)?;
    if !is_module(&asked, kind) {
        let text = format!("{} holds no configuration", request.folder.display());
        return Err(vec![Problem::new(text).hint("name the folder of a module or a root")]);
    }
    let makers = makers(&asked, kind, request.outputs).map_err(one)?;
    let tree = Tree::copy(request.folder, asked, &makers, kind).map_err(one)?;
    let units = units(request, &tree, &makers)?;
    let needs = Needs::of(units.iter().flat_map(|unit| &unit.modules).map(|(_, configuration)| configuration));
    let mut problems = missing(&units).map_err(one)?;
    for (folder, configuration) in units.iter().flat_map(|unit| &unit.modules) {
        problems.extend(redirect(&tree, folder, configuration, &makers, request.outputs, kind).map_err(one)?);
    }
    problems.extend(needs.problems(request.catalog));
    if !problems.is_empty() {
        problems.sort();
        problems.dedup();
        return Err(problems);
    }
    if let Some(plans) = request.plans {
        let refused = |error| one(Problem::new(format!("cannot make {}: {error}", plans.display())));
        fs::create_dir_all(plans).map_err(refused)?;
    }
    let standin = request.standin.map_or_else(mirror::standin, |standin| Ok(standin.to_owned())).map_err(one)?;
    let cli = mirror::build(tree.scratch(), &standin, request.engine, &needs, request.catalog).map_err(one)?;
    let providers: Vec<String> = needs.0.keys().map(ToString::to_string).collect();
    tell(&format!("{}, with a stand-in for {}", request.engine.label(), listed(&providers)));
    for unit in &units {
        if let Err(problem) = test(request, &cli, unit, tell) {
            problems.push(problem);
            if unit.work == Work::Apply {
                break;
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "no provider".to_owned() } else { names.join(", ") }
}

/// The roots whose states are read, the folder itself, and its examples.
fn units(request: &Request<'_>, tree: &Tree, makers: &[PathBuf]) -> Result<Vec<Unit>, Vec<Problem>> {
    let kind = request.engine.kind;
    let examples = tree.asked().join("examples");
    let examples =
        if examples.is_dir() { modules(&examples, kind).map_err(|problem| vec![problem])? } else { Vec::new() };
    let examples: Vec<PathBuf> = examples.into_iter().filter(|folder| !tree.callees.contains(folder)).collect();
    let var_file = request.var_file.map(fs::canonicalize).transpose().map_err(|error| {
        vec![Problem::new(format!("cannot read {}: {error}", request.var_file.unwrap_or(Path::new("")).display()))]
    })?;
    let work = if examples.is_empty() || var_file.is_some() { Work::Whole } else { Work::Validate };
    let mut problems = Vec::new();
    let mut units = Vec::new();
    let before = makers.iter().map(|maker| (maker.clone(), None, Work::Apply));
    let itself = std::iter::once((tree.asked().to_owned(), var_file, work));
    let after = examples.into_iter().map(|example| (example, None, Work::Whole));
    for (original, var_file, work) in before.chain(itself).chain(after) {
        let folder = tree.copied(&original);
        match unit_modules(request, tree, &folder) {
            Ok(modules) => {
                let shown = tree.shown(&folder);
                units.push(Unit { folder, shown, var_file, work, modules });
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(units) } else { Err(problems) }
}

/// The file in which the engine notes which modules it installed where.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Installed {
    modules: Vec<InstalledModule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InstalledModule {
    dir: PathBuf,
}

/// Installs the modules that a folder calls, from wherever they are, and reads them all.
fn unit_modules(request: &Request<'_>, tree: &Tree, folder: &Path) -> Result<Vec<(PathBuf, Configuration)>, Problem> {
    let kind = request.engine.kind;
    let own = Configuration::read(folder, &tree.shown(folder), kind)?;
    if own.has_backend {
        let path = folder.join("substrate_backend_override.tf");
        fs::write(&path, "terraform {\n  backend \"local\" {}\n}\n")
            .map_err(|error| Problem::new(format!("cannot write {}: {error}", path.display())))?;
    }
    let got = request.engine.run(folder, None, &["get".into()])?;
    if got.code != Some(0) {
        let said = format!("{}{}", got.stdout, got.stderr);
        let text = format!("{}: its modules cannot be installed:\n{}", tree.shown(folder).display(), said.trim_end());
        return Err(Problem::new(text));
    }
    let mut modules = BTreeSet::new();
    let manifest = folder.join(".terraform/modules/modules.json");
    // A folder that calls nothing has no manifest.
    if let Ok(text) = fs::read(&manifest) {
        let installed: Installed = serde_json::from_slice(&text)
            .map_err(|error| Problem::new(format!("cannot understand {}: {error}", manifest.display())))?;
        for module in installed.modules {
            let path = folder.join(&module.dir);
            let path = fs::canonicalize(&path)
                .map_err(|error| Problem::new(format!("cannot read {}: {error}", path.display())))?;
            modules.insert(path);
        }
    }
    let itself =
        fs::canonicalize(folder).map_err(|error| Problem::new(format!("cannot read {}: {error}", folder.display())))?;
    modules.remove(&itself);
    let others = modules.into_iter().map(|path| {
        let configuration = Configuration::read(&path, &tree.shown(&path), kind)?;
        Ok((path, configuration))
    });
    std::iter::once(Ok((itself, own))).chain(others).collect()
}

/// What folders lack to be planned: values, and configurations of providers that only callers have.
fn missing(units: &[Unit]) -> Result<Vec<Problem>, Problem> {
    let mut problems = Vec::new();
    for unit in units.iter().filter(|unit| unit.work != Work::Validate) {
        if let Some((_, configuration)) = unit.modules.first() {
            if configuration.has_aliases {
                let text = format!("{} takes configurations of providers from its callers", unit.shown.display());
                problems.push(Problem::new(text).hint("it is planned by an example, or by a root, that passes them"));
            }
            problems.extend(values::missing(configuration, &unit.folder, unit.var_file.as_deref())?);
        }
    }
    Ok(problems)
}

fn test(request: &Request<'_>, cli: &Path, unit: &Unit, tell: &mut dyn FnMut(&str)) -> Result<(), Problem> {
    let engine = request.engine;
    let (folder, shown) = (unit.folder.clone(), unit.shown.clone());
    let plan = request.plans.map(|plans| plans.join(plan_name(request.folder, &shown)));
    let stage = Stage { engine, cli, folder, shown, var_file: unit.var_file.clone(), plan };
    let mut done = |step: Step| {
        let said = if step.name == "test" { format!("  {}", step.said) } else { String::new() };
        tell(&format!("{}: {} ({:.2} s){said}", unit.shown.display(), step.name, step.time.as_secs_f64()));
    };
    for (folder, configuration) in &unit.modules {
        unprotect(folder, configuration)?;
    }
    done(stage.init()?);
    if unit.work == Work::Apply {
        done(stage.plan()?);
        done(stage.apply()?);
        return Ok(());
    }
    // A folder whose callers pass the providers cannot stand alone.
    if !unit.modules.iter().take(1).any(|(_, configuration)| configuration.has_aliases) {
        done(stage.validate()?);
    }
    if has_tests(engine, &unit.folder)? {
        done(stage.test()?);
    }
    if unit.work == Work::Whole {
        done(stage.plan()?);
        done(stage.apply()?);
        done(stage.plan_again()?);
        done(stage.destroy()?);
    }
    Ok(())
}

/// The name of the file for the plan of a folder, by its path below the one that is tested.
fn plan_name(tested: &Path, shown: &Path) -> String {
    let below = shown.strip_prefix(tested).unwrap_or(shown);
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    if parts.is_empty() { "plan.json".to_owned() } else { format!("{}.json", parts.join(".")) }
}

/// Lets go of what says that it must not be destroyed: here it was only played, and tests have to clean up too.
fn unprotect(folder: &Path, configuration: &Configuration) -> Result<(), Problem> {
    for (type_name, name) in &configuration.protected {
        let path = folder.join(format!("substrate_{type_name}_{name}_override.tf"));
        let block = "lifecycle {\n    prevent_destroy = false\n  }";
        fs::write(&path, format!("resource \"{type_name}\" \"{name}\" {{\n  {block}\n}}\n"))
            .map_err(|error| Problem::new(format!("cannot write {}: {error}", path.display())))?;
    }
    Ok(())
}

/// Whether there are test files where the engine looks for them: in the folder and in `tests`.
fn has_tests(engine: &Engine, folder: &Path) -> Result<bool, Problem> {
    for folder in [folder.to_owned(), folder.join("tests")].iter().filter(|folder| folder.is_dir()) {
        let refused = |error| Problem::new(format!("cannot read {}: {error}", folder.display()));
        for entry in fs::read_dir(folder).map_err(refused)? {
            let name = entry.map_err(refused)?.file_name().to_string_lossy().into_owned();
            if engine.kind.tests().iter().any(|extension| name.ends_with(extension)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
