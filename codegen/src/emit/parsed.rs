//! Rendered HCL, read back.

use crate::problem::{Place, Problem};
use crate::rendered::Rendered;
use hcl_edit::Span;
use hcl_edit::structure::Body;
use std::path::Path;

/// A rendered file and its tree.
pub struct Parsed<'a> {
    /// The file.
    pub file: &'a Rendered,
    /// The tree, with the offsets of its nodes in the file's text.
    pub body: Body,
}

impl<'a> Parsed<'a> {
    /// Reads the files that are HCL.
    ///
    /// # Errors
    /// Each file that is not, at the line of its source.
    pub fn all(files: &'a [Rendered]) -> Result<Vec<Self>, Vec<Problem>> {
        let mut parsed = Vec::new();
        let mut problems = Vec::new();
        for file in files.iter().filter(|file| is_hcl(&file.path)) {
            match hcl_edit::parser::parse_body(&file.text) {
                Ok(body) => parsed.push(Self { file, body }),
                Err(error) => {
                    let place = file.place(error.location().offset());
                    let place = Place { column: error.location().column(), ..place };
                    problems.push(Problem::at(place, format!("this is not HCL: {}", error.message())));
                }
            }
        }
        if problems.is_empty() { Ok(parsed) } else { Err(problems) }
    }

    /// The line of a node in the rendered text, counted from 0.
    pub fn line(&self, node: &impl Span) -> usize {
        let offset = node.span().unwrap_or_default().start;
        self.file.text.get(..offset).unwrap_or_default().matches('\n').count()
    }
}

/// Whether a path is one of HCL.
pub fn is_hcl(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "tf" || extension == "hcl")
}
