//! What the files declare.

use super::constraint::declared;
use super::references::Reference;
use super::unit::{File, header};
use crate::problem::Problem;
use crate::schema::{Mode, Type};
use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::structure::Block;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A block and the file that it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Declared<'a> {
    pub(super) file: &'a File<'a>,
    pub(super) block: &'a Block,
}

impl<'a> Declared<'a> {
    pub(super) fn value(&self, name: &str) -> Option<&'a Expression> {
        self.block.body.get_attribute(name).map(|attribute| &attribute.value)
    }

    pub(super) fn label(&self, at: usize) -> &'a str {
        self.block.labels.get(at).map_or("", |label| label.as_str())
    }

    pub(super) fn problem(&self, text: impl Into<String>) -> Problem {
        self.file.problem(header(self.block), text)
    }
}

/// One entry of a `locals` block.
#[derive(Clone, Debug)]
pub(super) struct Local<'a> {
    pub(super) file: &'a File<'a>,
    pub(super) span: Option<Range<usize>>,
    pub(super) value: &'a Expression,
}

/// A variable and its type.
#[derive(Clone, Debug)]
pub(super) struct Variable<'a> {
    pub(super) declared: Declared<'a>,
    pub(super) kind: Type,
    pub(super) ephemeral: bool,
}

/// Everything that names can mean.
#[derive(Debug, Default)]
pub(super) struct Declarations<'a> {
    pub(super) variables: BTreeMap<&'a str, Variable<'a>>,
    pub(super) locals: BTreeMap<&'a str, Local<'a>>,
    pub(super) typed: BTreeMap<(Mode, &'a str, &'a str), Declared<'a>>,
    pub(super) modules: BTreeMap<&'a str, Declared<'a>>,
    /// Sources by local name, of the providers that `terraform` blocks require.
    pub(super) providers: BTreeMap<&'a str, String>,
    /// Configurations beside the default ones, such as `aws.west`.
    pub(super) aliases: BTreeSet<String>,
}

/// The mode of a block with a type.
pub(super) fn mode(block: &Block) -> Option<Mode> {
    [Mode::Resource, Mode::Data, Mode::Ephemeral].into_iter().find(|mode| block.has_ident(mode.keyword()))
}

/// Collects the declarations; a name that is declared twice is a problem.
pub(super) fn collect<'a>(files: &'a [File<'a>], problems: &mut Vec<Problem>) -> Declarations<'a> {
    let mut declarations = Declarations::default();
    for file in files {
        for block in file.body.blocks() {
            declarations.add(Declared { file, block }, problems);
        }
    }
    declarations
}

impl<'a> Declarations<'a> {
    fn add(&mut self, declared: Declared<'a>, problems: &mut Vec<Problem>) {
        let twice = match declared.block.ident.as_str() {
            "variable" => self.variables.insert(declared.label(0), variable(declared)).is_some(),
            "module" => self.modules.insert(declared.label(0), declared).is_some(),
            "locals" => self.add_locals(declared, problems),
            "terraform" => self.add_providers(declared.block),
            "provider" => {
                let alias = declared.value("alias").and_then(Expression::as_str);
                self.aliases.extend(alias.map(|alias| format!("{}.{alias}", declared.label(0))));
                false
            }
            // A data source may stand inside of a check.
            "check" => {
                declared.block.body.blocks().for_each(|block| self.add(Declared { block, ..declared }, problems));
                false
            }
            _ => match mode(declared.block) {
                Some(mode) => {
                    let key = (mode, declared.label(0), declared.label(1));
                    self.typed.insert(key, declared).is_some()
                }
                None => false,
            },
        };
        if twice {
            let labels: Vec<&str> = declared.block.labels.iter().map(|label| label.as_str()).collect();
            let text = format!("{} {} is declared twice", declared.block.ident.as_str(), labels.join("."));
            problems.push(declared.problem(text));
        }
    }

    fn add_locals(&mut self, declared: Declared<'a>, problems: &mut Vec<Problem>) -> bool {
        for attribute in declared.block.body.attributes() {
            let span = attribute.key.span();
            let local = Local { file: declared.file, span: span.clone(), value: &attribute.value };
            if self.locals.insert(attribute.key.as_str(), local).is_some() {
                let text = format!("local {} is declared twice", attribute.key.as_str());
                problems.push(declared.file.problem(span, text));
            }
        }
        false
    }

    fn add_providers(&mut self, block: &'a Block) -> bool {
        for attribute in block.body.get_blocks("required_providers").flat_map(|block| block.body.attributes()) {
            let entries = || attribute.value.as_object().into_iter().flat_map(|object| object.iter());
            let expected = entries().filter_map(|(_, value)| value.expr().as_array()).flat_map(|list| list.iter());
            self.aliases.extend(expected.filter_map(configuration));
            let source = entries()
                .filter(|(key, _)| key.as_ident().is_some_and(|key| key.as_str() == "source"))
                .find_map(|(_, value)| value.expr().as_str().map(str::to_owned));
            let name = attribute.key.as_str();
            self.providers.insert(name, source.unwrap_or_else(|| format!("hashicorp/{name}")));
        }
        false
    }
}

/// The configuration of a provider that an expression names, such as `aws.west`; `None` for the default one.
pub(super) fn configuration(expression: &Expression) -> Option<String> {
    let traversal = expression.as_traversal()?;
    let reference =
        Reference { root: traversal.expr.as_variable()?.as_str(), span: None, operators: &traversal.operators };
    Some(format!("{}.{}", reference.root, reference.step(0)?))
}

fn variable(declared_block: Declared<'_>) -> Variable<'_> {
    let source = &declared_block.file.rendered.text;
    let kind = declared_block.value("type").map_or(Type::Dynamic, |kind| declared(kind, source));
    let ephemeral = declared_block.value("ephemeral").and_then(Expression::as_bool) == Some(true);
    Variable { declared: declared_block, kind, ephemeral }
}
