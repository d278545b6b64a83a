//! Configurations in HCL: their resources and data sources, parents first.

use std::collections::{BTreeMap, BTreeSet};

use hcl::{Body, Expression, Structure};

use super::evaluation::{LOCAL, Scope, evaluate, references};
use crate::value::Object;
use crate::{Error, Result};

/// Arguments that belong to core and not to the provider.
const META: [&str; 4] = ["depends_on", "count", "for_each", "provider"];

/// A configuration.
#[derive(Clone, Debug, Default)]
pub struct Document {
    entries: BTreeMap<String, Entry>,
    outputs: BTreeMap<String, Expression>,
    locals: Object,
}

/// A resource or data source with its arguments.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub address: String,
    pub type_name: String,
    pub is_data: bool,
    pub arguments: BTreeMap<String, Expression>,
    pub locals: Object,
}

impl Document {
    /// Reads a text. Locals hold values and locals above them. Blocks that are no resource, data source, output or local
    /// belong to core and are passed over.
    pub fn parse(text: &str) -> Result<Document> {
        let body: Body = hcl::parse(text).map_err(|error| Error::new(format!("it is not HCL: {error}")))?;
        let mut document = Document::default();
        for block in body.into_iter().filter_map(Structure::into_block) {
            let labels: Vec<String> = block.labels.iter().map(|label| label.as_str().to_owned()).collect();
            match (block.identifier.as_str(), labels.as_slice()) {
                (kind @ ("resource" | "data"), [type_name, name]) => {
                    let entry = Entry::new(kind == "data", type_name, name, block.body)?;
                    let address = entry.address.clone();
                    if document.entries.insert(address.clone(), entry).is_some() {
                        return Err(Error::new(format!("`{address}` stands there twice")));
                    }
                }
                ("output", [name]) => {
                    let value = block.body.into_attributes().find(|attribute| attribute.key.as_str() == "value");
                    let value = value.ok_or_else(|| Error::new(format!("the output `{name}` has no value")))?;
                    document.outputs.insert(name.clone(), value.expr);
                }
                ("locals", []) => document.define(block.body)?,
                _ => {}
            }
        }
        let Document { entries, locals, .. } = &mut document;
        entries.values_mut().for_each(|entry| entry.locals.clone_from(locals));
        Ok(document)
    }

    fn define(&mut self, body: Body) -> Result<()> {
        for local in body.into_attributes() {
            let value = evaluate(&local.expr, &Scope::from([(LOCAL, &self.locals)]))?;
            if !value.is_wholly_known() {
                return Err(Error::new(format!(
                    "the local `{}` refers to no value and no local above it",
                    local.key.as_str()
                )));
            }
            self.locals.insert(local.key.to_string(), value);
        }
        Ok(())
    }

    /// The same without one argument.
    #[must_use]
    pub fn without(&self, address: &str, argument: &str) -> Document {
        let mut copy = self.clone();
        if let Some(entry) = copy.entries.get_mut(address) {
            entry.arguments.remove(argument);
        }
        copy
    }

    /// The same without one resource.
    #[must_use]
    pub fn except(&self, address: &str) -> Document {
        let mut copy = self.clone();
        copy.entries.remove(address);
        copy
    }

    /// The names of the arguments that are set at an address.
    pub fn arguments(&self, address: &str) -> Vec<String> {
        self.entries.get(address).map(|entry| entry.arguments.keys().cloned().collect()).unwrap_or_default()
    }

    /// Every text that stands somewhere in the arguments of an address.
    pub fn texts(&self, address: &str) -> BTreeSet<String> {
        let mut texts = BTreeSet::new();
        if let Some(entry) = self.entries.get(address) {
            entry.arguments.values().for_each(|argument| collect_texts(argument, &mut texts));
        }
        texts
    }

    /// What the outputs are, unevaluated.
    pub(super) fn outputs(&self) -> impl Iterator<Item = (&String, &Expression)> {
        self.outputs.iter()
    }

    /// The locals by name.
    pub(super) fn locals(&self) -> &Object {
        &self.locals
    }

    pub(super) fn entry(&self, address: &str) -> Option<&Entry> {
        self.entries.get(address)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// The entries in waves: each refers to earlier waves only.
    pub(super) fn waves(&self) -> Result<Vec<Vec<&Entry>>> {
        let mut left: BTreeMap<&str, (&Entry, BTreeSet<String>)> = BTreeMap::new();
        for entry in self.entries.values() {
            let parents = entry.parents();
            if let Some(missing) = parents.iter().find(|parent| !self.entries.contains_key(*parent)) {
                return Err(Error::new(format!("`{}` refers to `{missing}`, which is not there", entry.address)));
            }
            left.insert(&entry.address, (entry, parents));
        }
        let mut waves = Vec::new();
        while !left.is_empty() {
            let ready: Vec<&Entry> = left
                .values()
                .filter(|(_, parents)| parents.iter().all(|parent| !left.contains_key(parent.as_str())))
                .map(|(entry, _)| *entry)
                .collect();
            if ready.is_empty() {
                return Err(Error::new(format!("there is a cycle among {:?}", left.keys())));
            }
            for entry in &ready {
                left.remove(entry.address.as_str());
            }
            waves.push(ready);
        }
        Ok(waves)
    }
}

impl Entry {
    fn new(is_data: bool, type_name: &str, name: &str, body: Body) -> Result<Entry> {
        let prefix = if is_data { "data." } else { "" };
        let address = format!("{prefix}{type_name}.{name}");
        let mut arguments = BTreeMap::new();
        for structure in body {
            match structure {
                Structure::Attribute(argument) if META.contains(&argument.key.as_str()) => {}
                Structure::Attribute(argument) => drop(arguments.insert(argument.key.to_string(), argument.expr)),
                Structure::Block(block) if block.identifier.as_str() == "lifecycle" => {}
                Structure::Block(block) => {
                    return Err(Error::new(format!("`{address}` has a block `{}`", block.identifier.as_str())));
                }
            }
        }
        Ok(Entry { address, type_name: type_name.to_owned(), is_data, arguments, locals: Object::new() })
    }

    /// The addresses that the arguments refer to.
    pub(super) fn parents(&self) -> BTreeSet<String> {
        self.arguments.values().flat_map(references).collect()
    }
}

fn collect_texts(expression: &Expression, texts: &mut BTreeSet<String>) {
    match expression {
        Expression::String(text) => drop(texts.insert(text.clone())),
        Expression::Array(elements) => elements.iter().for_each(|element| collect_texts(element, texts)),
        Expression::Object(members) => members.values().for_each(|member| collect_texts(member, texts)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
terraform {}
locals { word = "child" }
resource "x_project" "child" {
  parent     = x_group.top.id
  name       = local.word
  title      = "in ${x_group.top.name}"
  depends_on = [x_group.top]
  lifecycle {
    prevent_destroy = true
  }
}
resource "x_group" "top" { name = "a" }
data "x_group" "same" { id = x_project.child.parent }
"#;

    #[test]
    fn parents_come_first() {
        let document = Document::parse(TEXT).unwrap();
        let waves = document.waves().unwrap();
        let names: Vec<Vec<&str>> =
            waves.iter().map(|wave| wave.iter().map(|entry| entry.address.as_str()).collect()).collect();
        assert_eq!(names, [vec!["x_group.top"], vec!["x_project.child"], vec!["data.x_group.same"]]);
        assert_eq!(document.arguments("x_project.child"), ["name", "parent", "title"]);
    }

    #[test]
    fn locals_are_values() {
        let document = Document::parse("locals {\n  a = 1\n  b = \"${local.a}st\"\n}").unwrap();
        assert_eq!(document.locals()["b"], "1st".into());
        let late = Document::parse("locals { b = x.top.id }").unwrap_err();
        assert_eq!(late.message(), "the local `b` refers to no value and no local above it");
    }

    #[test]
    fn cycles_and_missing_parents_are_errors() {
        let cycle = Document::parse("resource \"a\" \"x\" { n = a.y.n }\nresource \"a\" \"y\" { n = a.x.n }").unwrap();
        assert!(cycle.waves().unwrap_err().message().contains("cycle"));
        let missing = Document::parse("resource \"a\" \"x\" { n = a.y.n }").unwrap();
        assert_eq!(missing.waves().unwrap_err().message(), "`a.x` refers to `a.y`, which is not there");
    }
}
