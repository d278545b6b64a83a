//! Reads the bodies of a description: every attribute and block by its name, all that is unknown reported.

use super::{Code, Shape};
use crate::problem::{Place, Problem};
use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Attribute, Block, Body, Structure};
use std::path::PathBuf;

/// The source of a description and what was wrong in it so far.
pub struct Reader<'a> {
    /// The file as errors name it.
    pub file: PathBuf,
    /// Its text.
    pub source: &'a str,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Where the lines begin: everything that is read has a place.
    lines: Vec<usize>,
}

impl<'a> Reader<'a> {
    /// Reads this text.
    pub fn new(file: PathBuf, source: &'a str) -> Self {
        let lines = source.match_indices('\n').map(|(at, _)| at + 1);
        Self { file, source, problems: Vec::new(), lines: std::iter::once(0).chain(lines).collect() }
    }

    /// The place of a byte offset.
    pub fn place(&self, offset: usize) -> Place {
        let line = self.lines.partition_point(|begin| *begin <= offset);
        let before = self.source.get(self.lines[line - 1]..offset).unwrap_or_default();
        Place { file: self.file.clone(), line, column: before.chars().count() + 1 }
    }

    /// The place of a node of the tree.
    pub fn place_of(&self, node: &impl Span) -> Place {
        self.place(node.span().map_or(0, |span| span.start))
    }

    /// Notes a problem at a node.
    pub fn refuse(&mut self, node: &impl Span, text: impl Into<String>) {
        let place = self.place_of(node);
        self.problems.push(Problem::at(place, text));
    }

    /// Reports the attributes and blocks that do not belong into a body.
    pub fn allow(&mut self, what: &str, body: &Body, attributes: &[&str], blocks: &[&str]) {
        for structure in body {
            let (kind, name, place, allowed, others) = match structure {
                Structure::Attribute(attribute) => {
                    ("argument", attribute.key.as_str(), self.place_of(&attribute.key), attributes, blocks)
                }
                Structure::Block(block) => {
                    ("block", block.ident.as_str(), self.place_of(&block.ident), blocks, attributes)
                }
            };
            if allowed.contains(&name) {
                continue;
            }
            let problem = Problem::at(place, format!("{what} has no {kind} `{name}`"));
            self.problems.push(if others.contains(&name) {
                problem.hint(if kind == "block" {
                    format!("write `{name} = …`")
                } else {
                    format!("write `{name} {{ … }}`")
                })
            } else {
                problem.names(name, allowed.iter().copied())
            });
        }
    }

    /// The one label of a block.
    pub fn label(&mut self, block: &Block) -> String {
        match block.labels.as_slice() {
            [label] => label.as_str().to_owned(),
            _ => {
                self.refuse(&block.ident, format!("`{}` takes one name: `{0} \"name\" {{ … }}`", block.ident.as_str()));
                String::new()
            }
        }
    }

    /// An attribute's value, verbatim.
    pub fn code(&self, value: &Expression) -> Code {
        let span = value.span().unwrap_or_default();
        Code { text: self.source.get(span.clone()).unwrap_or_default().to_owned(), place: self.place(span.start) }
    }

    /// The attribute `name`, verbatim.
    pub fn optional_code(&self, body: &Body, name: &str) -> Option<Code> {
        body.get_attribute(name).map(|attribute| self.code(&attribute.value))
    }

    /// The attribute `name`, which must be there.
    pub fn required<'b>(&mut self, block: &'b Block, name: &str) -> Option<&'b Attribute> {
        let found = block.body.get_attribute(name);
        if found.is_none() {
            self.refuse(&block.ident, format!("`{}` needs `{name}`", header(block)));
        }
        found
    }

    /// A string without interpolation.
    pub fn optional_text(&mut self, body: &Body, name: &str) -> Option<String> {
        let value = &body.get_attribute(name)?.value;
        self.text(value)
    }

    /// A string without interpolation, which must be there and not be empty.
    pub fn required_text(&mut self, block: &Block, name: &str) -> String {
        let Some(attribute) = self.required(block, name) else { return String::new() };
        let text = self.text(&attribute.value).unwrap_or_else(|| " ".into());
        if text.is_empty() {
            self.refuse(&attribute.value, format!("`{name}` is empty"));
        }
        text
    }

    fn text(&mut self, value: &Expression) -> Option<String> {
        if let Some(text) = value.as_str() {
            return Some(text.to_owned());
        }
        if let Some(heredoc) = value.as_heredoc_template() {
            let text = heredoc.template.iter().map(|element| element.as_literal().map(|text| text.to_string()));
            if let Some(text) = text.collect::<Option<String>>() {
                return Some(unindented(&text));
            }
        }
        self.refuse(value, "this must be a string without `${…}`");
        None
    }

    /// `true` or `false`.
    pub fn optional_flag(&mut self, body: &Body, name: &str) -> Option<bool> {
        let value = &body.get_attribute(name)?.value;
        let flag = value.as_bool();
        if flag.is_none() {
            self.refuse(value, format!("`{name}` must be true or false"));
        }
        flag
    }

    /// A list of strings.
    pub fn texts(&mut self, body: &Body, name: &str) -> Vec<(String, Place)> {
        let Some(attribute) = body.get_attribute(name) else { return Vec::new() };
        let Some(array) = attribute.value.as_array() else {
            self.refuse(&attribute.value, format!("`{name}` must be a list of strings"));
            return Vec::new();
        };
        array.iter().filter_map(|element| self.text(element).map(|text| (text, self.place_of(element)))).collect()
    }

    /// The elements of a list, verbatim.
    pub fn codes(&mut self, body: &Body, name: &str) -> Vec<Code> {
        let Some(attribute) = body.get_attribute(name) else { return Vec::new() };
        let Some(array) = attribute.value.as_array() else {
            self.refuse(&attribute.value, format!("`{name}` must be a list, one element for each value"));
            return Vec::new();
        };
        array.iter().map(|element| self.code(element)).collect()
    }

    /// The entries of an object, verbatim.
    pub fn entries(&mut self, value: &Expression) -> Vec<(String, Code)> {
        let Some(object) = value.as_object() else {
            self.refuse(value, "this must be an object, `{ name = value }`");
            return Vec::new();
        };
        object.iter().map(|(key, value)| (key_text(key), self.code(value.expr()))).collect()
    }

    /// A type, with its text.
    pub fn shape(&mut self, block: &Block) -> Option<(Shape, Code)> {
        let value = &self.required(block, "type")?.value;
        match Shape::parse(value, self.source) {
            Ok(shape) => Some((shape, self.code(value))),
            Err((offset, text)) => {
                let place = self.place(offset);
                self.problems.push(
                    Problem::at(place, text)
                        .hint("allowed: string, number, bool, list, set, map, object, tuple, optional"),
                );
                None
            }
        }
    }
}

/// A block's header, as in `input "cidr"`.
fn header(block: &Block) -> String {
    let labels: String = block.labels.iter().map(|label| format!(" \"{}\"", label.as_str())).collect();
    format!("{}{labels}", block.ident.as_str())
}

/// A key of an object, with quotes or without.
pub fn key_text(key: &ObjectKey) -> String {
    match key {
        ObjectKey::Ident(name) => name.as_str().to_owned(),
        ObjectKey::Expression(Expression::Variable(name)) => name.as_str().to_owned(),
        ObjectKey::Expression(other) => other.as_str().unwrap_or_default().to_owned(),
    }
}

/// A heredoc's text without the indentation that all of its lines share.
fn unindented(text: &str) -> String {
    let indentation =
        text.lines().filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start().len()).min();
    let lines: Vec<&str> =
        text.trim_end().lines().map(|line| line.get(indentation.unwrap_or_default()..).unwrap_or_default()).collect();
    lines.join("\n")
}
