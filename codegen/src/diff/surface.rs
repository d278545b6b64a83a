//! What a version of a module is: its inputs, outputs, objects and moves, read from its files.

use crate::check::declared_type;
use crate::hcl::one_line;
use crate::problem::{Place, Problem};
use crate::schema::Type;
use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The parts of a module that its callers depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surface {
    pub(super) inputs: BTreeMap<String, Input>,
    pub(super) outputs: BTreeMap<String, Output>,
    pub(super) objects: BTreeMap<String, Object>,
    /// Code by the local's name.
    pub(super) locals: BTreeMap<String, String>,
    /// From old to new address.
    pub(super) moves: BTreeMap<String, String>,
    /// Constraints by what they constrain: `terraform` or a provider's name.
    pub(super) versions: BTreeMap<String, String>,
}

/// A variable; texts are code without comments and layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) kind: Type,
    pub(super) written: String,
    pub(super) default: Option<String>,
    pub(super) nullable: bool,
    pub(super) hidden: bool,
    pub(super) checks: BTreeSet<String>,
}

/// An output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) value: String,
    /// The type that the module's contract promises.
    pub(super) promised: Option<String>,
    pub(super) hidden: bool,
}

/// A resource or a call of another module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Object {
    /// `for_each` or `count` with its expression.
    pub(super) repetition: Option<String>,
    /// Values by name, those of nested blocks by `block.name`.
    pub(super) arguments: BTreeMap<String, String>,
    /// Nested blocks by name, and whether every one of them is dynamic.
    pub(super) blocks: BTreeMap<String, bool>,
}

impl Surface {
    /// Reads the `.tf` files of a module's folder, and the types of its outputs from `contract.json` where it has one.
    ///
    /// # Errors
    /// A folder without such files, and files that cannot be read.
    pub fn read(folder: &Path) -> Result<Surface, Problem> {
        let refused = |error: &dyn std::fmt::Display| {
            Problem::new(format!("cannot read the module in {}: {error}", folder.display()))
        };
        let mut surface = Surface::default();
        let entries = fs::read_dir(folder).map_err(|error| refused(&error))?;
        let files = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<BTreeSet<_>, _>>();
        let mut found = false;
        for file in files.map_err(|error| refused(&error))? {
            if file.extension().is_some_and(|ending| ending == "tf") {
                let text = fs::read_to_string(&file).map_err(|error| refused(&error))?;
                surface.add(&file, &text)?;
                found = true;
            }
        }
        if !found {
            return Err(refused(&"it has no .tf files"));
        }
        let contract = folder.join("contract.json");
        if contract.is_file() {
            let text = fs::read_to_string(&contract).map_err(|error| refused(&error))?;
            let contract: Value =
                serde_json::from_str(&text).map_err(|error| refused(&format!("{}: {error}", contract.display())))?;
            for (name, output) in &mut surface.outputs {
                output.promised = contract["outputs"][name]["type"].as_str().map(str::to_owned);
            }
        }
        Ok(surface)
    }

    fn add(&mut self, file: &Path, text: &str) -> Result<(), Problem> {
        let body = hcl_edit::parser::parse_body(text).map_err(|error| {
            let place = Place::at_offset(file, text, error.location().offset());
            Problem::at(place, format!("this is no HCL: {}", error.message()))
        })?;
        let source = Source(text);
        for block in body.blocks() {
            let label = |at: usize| block.labels.get(at).map_or("", |label| label.as_str());
            match block.ident.as_str() {
                "variable" => drop(self.inputs.insert(label(0).to_owned(), source.input(block))),
                "output" => drop(self.outputs.insert(label(0).to_owned(), source.output(block))),
                "resource" => drop(self.objects.insert(format!("{}.{}", label(0), label(1)), source.object(block))),
                "module" => drop(self.objects.insert(format!("module.{}", label(0)), source.object(block))),
                "locals" => self.locals.extend(source.locals(block)),
                "moved" => self.moves.extend(source.value(block, "from").zip(source.value(block, "to"))),
                "terraform" => self.versions.extend(source.versions(block)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The text that a file's expressions are taken from.
struct Source<'a>(&'a str);

impl Source<'_> {
    /// An expression's code, without comments and layout.
    fn code(&self, expression: &Expression) -> String {
        one_line(expression.span().and_then(|span| self.0.get(span)).unwrap_or_default())
    }

    fn value(&self, block: &Block, name: &str) -> Option<String> {
        block.body.get_attribute(name).map(|attribute| self.code(&attribute.value))
    }

    fn locals(&self, block: &Block) -> Vec<(String, String)> {
        let attributes = block.body.attributes();
        attributes.map(|local| (local.key.as_str().to_owned(), self.code(&local.value))).collect()
    }

    fn says(&self, block: &Block, name: &str, default: bool) -> bool {
        block.body.get_attribute(name).and_then(|attribute| attribute.value.as_bool()).unwrap_or(default)
    }

    fn input(&self, block: &Block) -> Input {
        let kind = block.body.get_attribute("type").map(|kind| declared_type(&kind.value, self.0));
        Input {
            kind: kind.unwrap_or(Type::Dynamic),
            written: self.value(block, "type").unwrap_or_default(),
            default: self.value(block, "default"),
            nullable: self.says(block, "nullable", true),
            hidden: self.says(block, "sensitive", false) || self.says(block, "ephemeral", false),
            checks: block.body.get_blocks("validation").filter_map(|check| self.value(check, "condition")).collect(),
        }
    }

    fn output(&self, block: &Block) -> Output {
        let hidden = self.says(block, "sensitive", false) || self.says(block, "ephemeral", false);
        Output { value: self.value(block, "value").unwrap_or_default(), promised: None, hidden }
    }

    fn object(&self, block: &Block) -> Object {
        let repetition =
            ["for_each", "count"].into_iter().find_map(|name| Some(format!("{name} = {}", self.value(block, name)?)));
        let mut object = Object { repetition, ..Object::default() };
        self.contents(&block.body, "", &mut object);
        ["for_each", "count", "depends_on"].into_iter().for_each(|name| drop(object.arguments.remove(name)));
        object
    }

    fn contents(&self, body: &Body, prefix: &str, object: &mut Object) {
        for attribute in body.attributes() {
            object.arguments.insert(format!("{prefix}{}", attribute.key.as_str()), self.code(&attribute.value));
        }
        for block in body.blocks() {
            let dynamic = block.has_ident("dynamic");
            let label = block.labels.first().filter(|_| dynamic);
            let name = format!("{prefix}{}", label.map_or(block.ident.as_str(), |label| label.as_str()));
            let all_dynamic = object.blocks.entry(name.clone()).or_insert(true);
            *all_dynamic &= dynamic;
            let content = block.body.get_blocks("content").next().filter(|_| dynamic);
            self.contents(content.map_or(&block.body, |content| &content.body), &format!("{name}."), object);
        }
    }

    fn versions(&self, block: &Block) -> Vec<(String, String)> {
        let own = self.value(block, "required_version").map(|version| ("terraform".to_owned(), version));
        let required = block.body.get_blocks("required_providers").flat_map(|required| required.body.attributes());
        own.into_iter()
            .chain(required.map(|provider| (provider.key.as_str().to_owned(), self.code(&provider.value))))
            .collect()
    }
}
