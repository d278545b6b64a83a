//! Libraries: the modules that can be rendered, from a folder or from the binary itself.

use super::{Description, parse};
use crate::parallel;
use crate::problem::{Place, Problem};
use crate::template::Compiled;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use walkdir::WalkDir;

/// The folder of descriptions in a repository of modules.
pub const FOLDER: &str = "codegen/modules";

/// Paths below `codegen/modules` and their texts, from the time of the build.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/modules.rs"));

/// Modules by name.
#[derive(Clone, Debug, Default)]
pub struct Library {
    modules: BTreeMap<String, Module>,
}

/// A description with its templates.
#[derive(Clone, Debug)]
pub struct Module {
    /// What `module.hcl` says.
    pub description: Description,
    /// The templates in the order of their names.
    pub templates: Vec<Template>,
    /// The folder as headers name it.
    pub folder: PathBuf,
}

/// A handlebars file of a module.
#[derive(Clone, Debug)]
pub struct Template {
    /// The file as errors name it.
    pub file: PathBuf,
    /// The path of the output below the module, such as `main.tf`.
    pub output: PathBuf,
    /// The text.
    pub text: String,
    compiled: OnceLock<Result<Compiled, Vec<Problem>>>,
}

impl Template {
    /// The template of HCL, read on first use; `declared` are the features of its module.
    ///
    /// # Errors
    /// What is wrong in it.
    pub fn compiled(&self, declared: &[&str]) -> Result<&Compiled, Vec<Problem>> {
        let read = || Compiled::new(&self.file, &self.text, declared);
        self.compiled.get_or_init(read).as_ref().map_err(Clone::clone)
    }
}

/// A file of a module: where it is for errors, its path below the module's folder, its text.
struct Source {
    file: PathBuf,
    name: PathBuf,
    text: String,
}

impl Library {
    /// The modules that this binary was built with.
    ///
    /// # Errors
    /// What is wrong in their descriptions.
    pub fn embedded() -> Result<Self, Vec<Problem>> {
        Self::default().with_embedded()
    }

    /// These modules, and those that this binary was built with where there is none of the same name.
    ///
    /// # Errors
    /// What is wrong in the descriptions that come with the binary.
    pub fn with_embedded(self) -> Result<Self, Vec<Problem>> {
        let mut sources: BTreeMap<String, Vec<Source>> = BTreeMap::new();
        for (path, text) in EMBEDDED {
            if let Some((module, name)) = path.split_once('/').filter(|(module, _)| self.get(module).is_none()) {
                let file = Path::new(FOLDER).join(path);
                let source = Source { file, name: name.into(), text: (*text).to_owned() };
                sources.entry(module.to_owned()).or_default().push(source);
            }
        }
        Ok(self.over(&Self::load(Path::new(FOLDER), sources)?))
    }

    /// The modules that a repository describes; `None` where it has no folder for descriptions.
    ///
    /// # Errors
    /// What cannot be read, and what is wrong in the descriptions.
    pub fn described(root: &Path) -> Result<Option<Self>, Vec<Problem>> {
        root.join(FOLDER).is_dir().then(|| Self::folder(root, Path::new(FOLDER))).transpose()
    }

    /// The modules described below `root`'s folder `folder`, one folder each.
    ///
    /// # Errors
    /// What cannot be read, and what is wrong in the descriptions.
    pub fn folder(root: &Path, folder: &Path) -> Result<Self, Vec<Problem>> {
        let path = root.join(folder);
        let mut sources: BTreeMap<String, Vec<Source>> = BTreeMap::new();
        for entry in WalkDir::new(&path).min_depth(2).sort_by_file_name() {
            let entry =
                entry.map_err(|error| vec![Problem::new(format!("cannot read {}: {error}", path.display()))])?;
            let below = entry.path().strip_prefix(&path).unwrap_or(entry.path());
            let known = below.extension().is_some_and(|extension| extension == "hbs" || extension == "hcl");
            let mut parts = below.components();
            let (Some(module), true) = (parts.next(), entry.file_type().is_file() && known) else { continue };
            let text = read(entry.path())?;
            let source = Source { file: entry.path().to_owned(), name: parts.as_path().to_owned(), text };
            sources.entry(module.as_os_str().to_string_lossy().into_owned()).or_default().push(source);
        }
        Self::load(folder, sources)
    }

    /// These modules, and those of `other` where there is none of the same name.
    pub fn over(mut self, other: &Self) -> Self {
        for (name, module) in &other.modules {
            self.modules.entry(name.clone()).or_insert_with(|| module.clone());
        }
        self
    }

    /// The module with this name.
    pub fn get(&self, name: &str) -> Option<&Module> {
        self.modules.get(name)
    }

    /// All modules in the order of their names.
    pub fn modules(&self) -> impl Iterator<Item = &Module> {
        self.modules.values()
    }

    /// All names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.modules.keys().map(String::as_str)
    }

    fn load(folder: &Path, sources: BTreeMap<String, Vec<Source>>) -> Result<Self, Vec<Problem>> {
        let mut library = Self::default();
        let mut problems = Vec::new();
        let sources: Vec<_> = sources.into_iter().collect();
        let read = parallel::map(&sources, |(name, sources)| module(name, folder.join(name), sources));
        for ((name, _), module) in sources.into_iter().zip(read) {
            match module {
                Ok(module) => {
                    library.modules.insert(name, module);
                }
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() { Ok(library) } else { Err(problems) }
    }
}

fn read(path: &Path) -> Result<String, Vec<Problem>> {
    fs::read_to_string(path).map_err(|error| vec![Problem::new(format!("cannot read {}: {error}", path.display()))])
}

fn module(name: &str, folder: PathBuf, sources: &[Source]) -> Result<Module, Vec<Problem>> {
    let Some(source) = sources.iter().find(|source| source.name == Path::new("module.hcl")) else {
        return Err(vec![Problem::new(format!("{} has templates and no module.hcl", folder.display()))]);
    };
    let description = parse(&source.file, &source.text)?;
    let mut problems = Vec::new();
    if description.name != name {
        let place = Place { file: source.file.clone(), line: 1, column: 1 };
        let text = format!("the module is called `{}` and its folder `{name}`", description.name);
        problems.push(Problem::at(place, text).hint("both have one name"));
    }
    let templates: Vec<Template> = sources.iter().filter_map(template).collect();
    if !templates.iter().any(|template| template.output == Path::new("main.tf")) {
        problems.push(Problem::new(format!("{} has no main.tf.hbs", folder.display())));
    }
    if problems.is_empty() { Ok(Module { description, templates, folder }) } else { Err(problems) }
}

fn template(source: &Source) -> Option<Template> {
    let output = source.name.with_extension("");
    (source.name.extension()? == "hbs").then_some(Template {
        file: source.file.clone(),
        output,
        text: source.text.clone(),
        compiled: OnceLock::new(),
    })
}
