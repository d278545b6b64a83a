//! Names: every reference means something, and what it means can be read there.

use super::declarations::{Declared, mode};
use super::functions;
use super::hint::spelling;
use super::infer::{Inside, Scope};
use super::references::{Reference, uses};
use super::unit::File;
use crate::problem::Problem;
use crate::schema::Mode;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Body, Structure};

/// Arguments whose value is no expression to evaluate, by the kind of block; `*` is any block with a type.
const NOT_EVALUATED: &[(&str, &str)] = &[
    ("*", "provider"),
    ("import", "provider"),
    ("import", "to"),
    ("lifecycle", "ignore_changes"),
    ("module", "providers"),
    ("moved", "from"),
    ("moved", "to"),
    ("provisioner", "on_failure"),
    ("provisioner", "when"),
    ("removed", "from"),
    ("required_providers", ""),
    ("variable", "type"),
];

/// Checks all names in a top-level block.
pub(super) fn block<'a>(scope: &Scope<'a>, declared: Declared<'a>, problems: &mut Vec<Problem>) {
    let word = declared.block.ident.as_str();
    let kind = if mode(declared.block).is_some() { "*" } else { word };
    let inside =
        Inside { each: declared.value("for_each"), count: declared.value("count").is_some(), ..Inside::default() };
    body(scope, declared.file, kind, &declared.block.body, &inside, problems);
}

fn body<'a>(
    scope: &Scope<'a>,
    file: &File<'a>,
    kind: &str,
    body_of_block: &'a Body,
    inside: &Inside<'a>,
    problems: &mut Vec<Problem>,
) {
    for structure in body_of_block {
        match structure {
            Structure::Attribute(attribute) if is_evaluated(kind, attribute) => {
                let repeats = ["for_each", "count"].contains(&attribute.key.as_str()) && kind != "dynamic";
                let outside = Inside::default();
                expression(scope, file, &attribute.value, if repeats { &outside } else { inside }, problems);
            }
            Structure::Attribute(_) => {}
            Structure::Block(inner) => {
                let mut deeper = inside.clone();
                match inner.ident.as_str() {
                    "content" => {}
                    "dynamic" => deeper.iterators.push(iterator(inner)),
                    "provisioner" | "connection" | "postcondition" => deeper.this = true,
                    _ => {}
                }
                body(scope, file, inner.ident.as_str(), &inner.body, &deeper, problems);
            }
        }
    }
}

fn is_evaluated(kind: &str, attribute: &Attribute) -> bool {
    !NOT_EVALUATED.iter().any(|(block, name)| *block == kind && (name.is_empty() || *name == attribute.key.as_str()))
}

/// The name by which the content of a dynamic block reads its element.
fn iterator(dynamic: &hcl_edit::structure::Block) -> &str {
    let named = dynamic.body.get_attribute("iterator").and_then(|attribute| attribute.value.as_variable());
    match named {
        Some(name) => name.as_str(),
        None => dynamic.labels.first().map_or("", |label| label.as_str()),
    }
}

fn expression<'a>(
    scope: &Scope<'a>,
    file: &File<'a>,
    expression: &'a Expression,
    inside: &Inside<'a>,
    problems: &mut Vec<Problem>,
) {
    let uses = uses(expression);
    for (name, span) in uses.calls {
        if functions::returned(name).is_none() {
            let problem = file.problem(span, format!("there is no function `{name}`"));
            problems.push(spelling(problem, name, functions::names()));
        }
    }
    for reference in &uses.references {
        if let Err(unresolved) = scope.resolve(reference, inside) {
            let problem = file.problem(unresolved.span.or(reference.span.clone()), unresolved.text);
            problems.push(match unresolved.allowed.is_empty() {
                true => problem,
                false => spelling(problem, &unresolved.name, unresolved.allowed.iter().map(String::as_str)),
            });
        } else if let Some(name) = write_only(scope, reference) {
            let text = format!("`{name}` is write-only: its value is nowhere, and reading it is always null");
            problems.push(file.problem(reference.span.clone(), text));
        }
    }
}

/// The write-only attribute that a reference reads, if it reads one.
fn write_only<'r>(scope: &Scope<'_>, reference: &Reference<'r>) -> Option<&'r str> {
    let key = (Mode::Resource, reference.root, reference.step(0)?);
    let declared = scope.declarations.typed.get(&key)?;
    let schema = scope.providers().schema(Mode::Resource, declared)?;
    let name = [1, 2].into_iter().find_map(|at| reference.step(at))?;
    schema.attributes.get(name).filter(|attribute| attribute.write_only).map(|_| name)
}
