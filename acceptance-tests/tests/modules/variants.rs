//! Every variant of every module, as the generator renders it.

use acceptance_tests::environment::repository;
use codegen::emit::{self, Form};
use codegen::module::{FOLDER, Library, Module};
use codegen::rendered::Rendered;
use codegen::tree::Tree;
use std::path::Path;
use std::sync::OnceLock;

/// A module with some of its features.
pub struct Variant {
    pub module: &'static Module,
    pub features: Vec<&'static str>,
}

impl Variant {
    /// The module's name and the features, such as `networking.nat+flow_logs`.
    pub fn name(&self) -> String {
        let features = if self.features.is_empty() { "none".to_owned() } else { self.features.join("+") };
        format!("{}.{features}", self.module.description.name)
    }

    /// Whether it is what stands in `modules`.
    pub fn is_published(&self) -> bool {
        self.features.len() == self.module.description.features.len()
    }

    /// All files of a module of its own.
    pub fn files(&self) -> Vec<Rendered> {
        self.rendered(self.module)
    }

    /// The tests that the published module does not have. A check is a condition by itself, so each value is refused or
    /// accepted where all checks are; here are the checks for want of a feature, and the first example. The others are
    /// calls of the variant.
    pub fn own_tests(&self) -> Vec<Rendered> {
        let mut module = self.module.clone();
        for input in &mut module.description.inputs {
            input.checks.retain(|check| check.without.is_some());
        }
        module.description.examples.truncate(1);
        let mut files = self.rendered(&module);
        files.retain(|file| file.path.starts_with("tests"));
        files
    }

    fn rendered(&self, module: &Module) -> Vec<Rendered> {
        let files = emit::module(module, &self.features, &Form::Published);
        files.unwrap_or_else(|problems| panic!("{} does not render: {problems:?}", self.name()))
    }
}

/// The modules that the repository describes.
pub fn modules() -> impl Iterator<Item = &'static Module> {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    let read = || Library::folder(&repository(), Path::new(FOLDER));
    let library = LIBRARY.get_or_init(|| read().unwrap_or_else(|problems| panic!("{problems:?}")));
    library.modules()
}

/// Each module in each variant in which `substrate check` proves it.
pub fn variants() -> Vec<Variant> {
    let of = |module: &'static Module| {
        let variants = module.description.variants().into_iter();
        variants.map(move |features| Variant { module, features })
    };
    modules().flat_map(of).collect()
}

/// Writes files as `render` writes them.
pub fn write(folder: &Path, files: &[Rendered]) {
    let mut tree = Tree::new(folder);
    files.iter().cloned().for_each(|file| tree.add(file.into()));
    let changes = tree.changes().unwrap_or_else(|problems| panic!("{problems:?}"));
    tree.write(&changes).unwrap_or_else(|problem| panic!("{problem}"));
}
