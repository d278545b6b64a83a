//! Rendered files: the text, and the source line from which each of its lines came.

use crate::problem::Place;
use std::path::{Path, PathBuf};

/// One output file, before it is formatted, so that its lines are those of its sources.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rendered {
    /// The path below the output folder, with `/` between its parts.
    pub path: PathBuf,
    /// The text without the ownership header.
    pub text: String,
    /// For each line of `text`, where it came from; the line of the text itself where a line is missing here.
    pub origins: Vec<Origin>,
    /// What the header names as the source of this file.
    pub source: PathBuf,
}

/// The line of a template or a description.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Origin {
    /// The template or the description.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl Rendered {
    /// The same file in a folder.
    pub fn below(self, folder: &Path) -> Self {
        Self { path: folder.join(&self.path), ..self }
    }

    /// Where a byte of the text came from.
    pub fn place(&self, offset: usize) -> Place {
        let own = Place::at_offset(&self.path, &self.text, offset);
        match self.origins.get(own.line - 1) {
            Some(origin) => Place { file: origin.file.clone(), line: origin.line, column: own.column },
            None => own,
        }
    }
}
