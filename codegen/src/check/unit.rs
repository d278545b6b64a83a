//! What is checked together: the files of one module or one root.

use crate::problem::{Place, Problem};
use crate::rendered::Rendered;
use hcl_edit::Span;
use hcl_edit::structure::{Block, Body};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The files of one folder, and what is known of them from outside.
#[derive(Clone, Debug)]
pub struct Unit<'a> {
    /// The folder's files; those whose names end with `.tf` are checked.
    pub files: &'a [Rendered],
    /// What the folder is for.
    pub role: Role,
    /// Inputs whose keys are known when planning, so that they may stand in `for_each`.
    pub static_inputs: BTreeSet<String>,
    /// The modules that the folder calls, by their `source`.
    pub modules: BTreeMap<String, Interface>,
}

/// What a folder of configuration is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is called by others: no provider and backend of its own, nothing from a registry.
    Module,
    /// Terraform runs in it.
    Root,
}

/// What a module's callers see of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Inputs, and whether a caller must set them.
    pub inputs: BTreeMap<String, bool>,
    /// Outputs.
    pub outputs: BTreeSet<String>,
}

impl Interface {
    /// The interface of a module with these files; files that are no HCL add nothing.
    pub fn of(files: &[Rendered]) -> Interface {
        let mut interface = Interface::default();
        for body in files.iter().filter_map(|file| hcl_edit::parser::parse_body(&file.text).ok()) {
            for block in body.blocks() {
                let Some(name) = block.labels.first().map(|label| label.as_str().to_owned()) else { continue };
                if block.has_ident("variable") {
                    interface.inputs.insert(name, !block.body.has_attribute("default"));
                } else if block.has_ident("output") {
                    interface.outputs.insert(name);
                }
            }
        }
        interface
    }
}

/// A file that is HCL.
#[derive(Debug)]
pub(super) struct File<'a> {
    pub(super) rendered: &'a Rendered,
    pub(super) body: Body,
}

impl File<'_> {
    pub(super) fn place(&self, span: Option<Range<usize>>) -> Place {
        self.rendered.place(span.map_or(0, |span| span.start))
    }

    pub(super) fn problem(&self, span: Option<Range<usize>>, text: impl Into<String>) -> Problem {
        Problem::at(self.place(span), text)
    }
}

/// Parses the unit's files; what is no HCL is a problem at its place.
pub(super) fn parse<'a>(unit: &Unit<'a>, problems: &mut Vec<Problem>) -> Vec<File<'a>> {
    let mut files = Vec::new();
    for rendered in unit.files.iter().filter(|file| file.path.extension().is_some_and(|ending| ending == "tf")) {
        match hcl_edit::parser::parse_body(&rendered.text) {
            Ok(body) => files.push(File { rendered, body }),
            Err(error) => {
                let place = rendered.place(error.location().offset());
                problems.push(Problem::at(place, format!("this is no HCL: {}", error.message())));
            }
        }
    }
    files
}

/// The place of a block's first word.
pub(super) fn header(block: &Block) -> Option<Range<usize>> {
    block.ident.span()
}
