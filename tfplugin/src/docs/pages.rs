//! The pages: one for the provider, and one for each thing that it offers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::backend::Backend;
use crate::docs::entry::{Place, entry, kind_name};
use crate::docs::existing::{self, hcl};
use crate::docs::prose::{paragraphs, sentence};
use crate::docs::reference::{Reference, link};
use crate::engine::Provider;
use crate::function::ErasedFunction;
use crate::schema::Table;

/// What kind of thing a page is about: its folder, its name, and the name of its example.
struct Section {
    folder: &'static str,
    what: &'static str,
    example: &'static str,
}

const RESOURCE: Section = Section { folder: "resources", what: "resource", example: "resource.tf" };
const DATA_SOURCE: Section = Section { folder: "data-sources", what: "data source", example: "data-source.tf" };
const FUNCTION: Section = Section { folder: "functions", what: "function", example: "function.tf" };
const EPHEMERAL: Section =
    Section { folder: "ephemeral-resources", what: "ephemeral resource", example: "ephemeral-resource.tf" };
const ACTION: Section = Section { folder: "actions", what: "action", example: "action.tf" };
const LIST: Section = Section { folder: "list-resources", what: "list resource", example: "list-resource.tf" };

/// Every page of the provider's manual, by its path in the folder of the manual.
///
/// `examples` is the folder of the example files; a page whose example is missing has no section about it.
pub fn pages(provider: &Provider, examples: &Path) -> BTreeMap<PathBuf, String> {
    let manual = Manual { provider, examples };
    let mut pages = BTreeMap::from([(PathBuf::from("index.md"), manual.index())]);
    for backend in &provider.backends {
        for resource in &backend.resources {
            pages.extend([manual.page(&RESOURCE, backend, resource.table())]);
        }
        for data_source in &backend.data_sources {
            pages.extend([manual.page(&DATA_SOURCE, backend, data_source.table())]);
        }
        for function in &backend.functions {
            pages.extend([manual.function(backend, &**function)]);
        }
        for ephemeral in &backend.ephemerals {
            pages.extend([manual.page(&EPHEMERAL, backend, ephemeral.table())]);
        }
        for action in &backend.actions {
            pages.extend([manual.page(&ACTION, backend, action.table())]);
        }
        for list in &backend.lists {
            pages.extend([manual.list(backend, list.table(), list.item())]);
        }
    }
    pages
}

struct Manual<'a> {
    provider: &'a Provider,
    examples: &'a Path,
}

impl Manual<'_> {
    /// The page of a type.
    fn page(&self, section: &Section, backend: &Backend, table: &'static Table) -> (PathBuf, String) {
        self.page_as(section, backend, table, table.name)
    }

    /// The page of a list resource, which is called as what it lists.
    fn list(&self, backend: &Backend, table: &'static Table, item: &Table) -> (PathBuf, String) {
        self.page_as(&LIST, backend, table, item.name)
    }

    fn page_as(&self, section: &Section, backend: &Backend, table: &'static Table, name: &str) -> (PathBuf, String) {
        let type_name = format!("{}_{name}", self.provider.name);
        let mut blocks = self.head(section, backend, &type_name, table.doc);
        blocks.extend(self.example(section.folder, &type_name, section.example));
        let is_resource = section.folder == RESOURCE.folder;
        let decider = is_resource.then_some(backend.title);
        let reference = Reference { backend: decider, rules: table.rules, timeouts: table.timeouts };
        blocks.extend(reference.section(table.fields));
        if is_resource {
            let import = self.file(section.folder, &type_name, "import.tf");
            blocks.extend(existing::sections(&type_name, table, import));
        }
        (Path::new(section.folder).join(name).with_extension("md"), text(&blocks))
    }

    fn function(&self, backend: &Backend, function: &dyn ErasedFunction) -> (PathBuf, String) {
        let table = function.table();
        let mut blocks = self.head(&FUNCTION, backend, table.name, table.doc);
        blocks.extend(self.example(FUNCTION.folder, table.name, FUNCTION.example));
        let parameters =
            table.fields.iter().map(|field| format!("{} {}", field.name, kind_name(&field.kind).to_lowercase()));
        let returned = kind_name(&function.output()).to_lowercase();
        let signature = format!("{}({}) {returned}", table.name, parameters.collect::<Vec<_>>().join(", "));
        blocks.push("## Signature".to_owned());
        blocks.push(format!("```text\n{signature}\n```"));
        if !table.fields.is_empty() {
            let place = Place { decided: false, siblings: table.fields, settable: true };
            let arguments = table.fields.iter().enumerate();
            let arguments =
                arguments.map(|(index, field)| format!("{}. {}{}", index + 1, entry(field, &place), link(&[], field)));
            blocks.push("## Arguments".to_owned());
            blocks.push(arguments.collect::<Vec<_>>().join("\n"));
            let reference = Reference { backend: None, rules: &[], timeouts: None };
            reference.nested(table.fields, &[], false, &mut blocks);
        }
        (Path::new(FUNCTION.folder).join(table.name).with_extension("md"), text(&blocks))
    }

    fn index(&self) -> String {
        let Provider { name, doc, .. } = self.provider;
        let mut blocks = vec![front_matter(&format!("{name} Provider"), "", doc), format!("# The {name} provider")];
        blocks.extend(paragraphs(doc));
        blocks.extend(self.example("provider", "", "provider.tf"));
        blocks.extend(self.provider.backends.iter().flat_map(|backend| self.contents(backend)));
        let reference = Reference { backend: None, rules: &[], timeouts: None };
        blocks.extend(reference.section(self.provider.config_fields));
        text(&blocks)
    }

    /// What there is for a backend, with the first sentence of each page.
    fn contents(&self, backend: &Backend) -> Vec<String> {
        let prefix = self.provider.name;
        let line = |what: &str, name: &str, doc: &str| format!("- {what} `{name}`: {}", first_paragraph(doc));
        let typed =
            |what: &'static str| move |table: &Table| line(what, &format!("{prefix}_{}", table.name), table.doc);
        let kinds: [Vec<String>; 5] = [
            backend.resources.iter().map(|one| typed("Resource")(one.table())).collect(),
            backend.data_sources.iter().map(|one| typed("Data source")(one.table())).collect(),
            backend.ephemerals.iter().map(|one| typed("Ephemeral resource")(one.table())).collect(),
            backend.actions.iter().map(|one| typed("Action")(one.table())).collect(),
            backend.functions.iter().map(|one| line("Function", one.table().name, one.table().doc)).collect(),
        ];
        let lines: Vec<String> = kinds
            .into_iter()
            .flat_map(|mut lines| {
                lines.sort();
                lines
            })
            .collect();
        match lines.is_empty() {
            true => Vec::new(),
            false => vec![format!("## {}", backend.title), lines.join("\n")],
        }
    }

    fn head(&self, section: &Section, backend: &Backend, name: &str, doc: &str) -> Vec<String> {
        let title = format!("{name} {} - {}", section.what, self.provider.name);
        let mut blocks = vec![front_matter(&title, backend.title, doc), format!("# {name} ({})", section.what)];
        blocks.extend(paragraphs(doc));
        blocks
    }

    /// The example, if there is one.
    fn example(&self, folder: &str, name: &str, file: &str) -> Vec<String> {
        let example = self.file(folder, name, file);
        example.map_or_else(Vec::new, |example| vec!["## Example usage".to_owned(), hcl(&example)])
    }

    fn file(&self, folder: &str, name: &str, file: &str) -> Option<String> {
        fs::read_to_string(self.examples.join(folder).join(name).join(file)).ok()
    }
}

fn front_matter(title: &str, subcategory: &str, doc: &str) -> String {
    format!(
        "---\npage_title: \"{title}\"\nsubcategory: \"{subcategory}\"\ndescription: |-\n  {}\n---",
        first_paragraph(doc)
    )
}

fn first_paragraph(doc: &str) -> String {
    paragraphs(doc).into_iter().next().unwrap_or_else(|| sentence(doc))
}

fn text(blocks: &[String]) -> String {
    format!("{}\n", blocks.join("\n\n"))
}
