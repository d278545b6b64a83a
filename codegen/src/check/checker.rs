//! The order of the checks.

use super::arguments::{Arguments, Own};
use super::declarations::{self, Declared, mode};
use super::infer::{Inside, Scope};
use super::unit::{File, Unit, header, parse};
use super::{keys, meta, moved, names, unused};
use crate::problem::Problem;
use crate::schema::{Mode, Schemas};
use std::collections::BTreeSet;

/// Checks the files of a unit, and returns everything that is wrong, each at its place in the template.
///
/// Blocks are held against the schemas of their types: unknown and misplaced arguments and blocks, what is required,
/// how often a block stands, types, what only the provider sets, what is deprecated or write-only.
/// Every name has to mean something, every input has to be read, and `for_each` and `count` have to be known when
/// planning.
pub fn check(unit: &Unit<'_>, schemas: &Schemas) -> Vec<Problem> {
    let mut problems = Vec::new();
    let files = parse(unit, &mut problems);
    // Half of the files would make names unknown that are not.
    if !problems.is_empty() {
        return problems;
    }
    let declarations = declarations::collect(&files, &mut problems);
    let scope = Scope { declarations: &declarations, schemas, modules: &unit.modules };
    let mut reported = BTreeSet::new();
    for file in &files {
        for attribute in file.body.attributes() {
            let text = format!("`{}` stands outside of a block", attribute.key.as_str());
            problems.push(file.problem(hcl_edit::Span::span(attribute), text));
        }
        for block in file.body.blocks() {
            top(&scope, unit, Declared { file, block }, &mut reported, &mut problems);
        }
    }
    let all = files.iter().flat_map(|file| file.body.blocks().map(move |block| Declared { file, block }));
    let moves: Vec<Declared<'_>> = all.filter(|declared| declared.block.has_ident("moved")).collect();
    moved::check(&scope, &moves, &mut problems);
    unused::find(&files, &declarations, &mut problems);
    problems.sort();
    problems.dedup();
    problems
}

fn top<'a>(
    scope: &Scope<'a>,
    unit: &Unit<'_>,
    declared: Declared<'a>,
    reported: &mut BTreeSet<String>,
    problems: &mut Vec<Problem>,
) {
    if !meta::block(declared, problems) {
        return;
    }
    meta::borders(unit, declared, problems);
    meta::addresses(declared.file, &declared.block.body, problems);
    match (declared.block.ident.as_str(), mode(declared.block)) {
        (_, Some(mode)) => typed(scope, mode, declared, reported, problems),
        ("check", _) => {
            for block in declared.block.body.get_blocks("data") {
                typed(scope, Mode::Data, Declared { block, ..declared }, reported, problems);
            }
        }
        ("module", _) => meta::call(unit, declared, problems),
        ("provider", _) => provider(scope, declared, problems),
        ("variable", _) => meta::variable(scope, unit, declared, problems),
        _ => {}
    }
    if declared.block.has_ident("module") || mode(declared.block).is_some() {
        problems.extend(scope.providers().unknown_configurations(&declared));
    }
    keys::block(scope, unit, declared, problems);
    names::block(scope, declared, problems);
}

/// A block with a type, against its schema.
fn typed<'a>(
    scope: &Scope<'a>,
    mode: Mode,
    declared: Declared<'a>,
    reported: &mut BTreeSet<String>,
    problems: &mut Vec<Problem>,
) {
    let providers = scope.providers();
    let Some(schema) = providers.schema(mode, &declared) else {
        problems.extend(providers.missing(mode, &declared, reported));
        return;
    };
    let what = match mode {
        Mode::Resource => declared.label(0).to_owned(),
        mode => format!("{}.{}", mode.keyword(), declared.label(0)),
    };
    if schema.deprecated {
        problems.push(declared.problem(format!("{what} is deprecated")));
    }
    let inside =
        Inside { each: declared.value("for_each"), count: declared.value("count").is_some(), ..Inside::default() };
    let own = if mode == Mode::Resource { meta::RESOURCE } else { meta::READ };
    arguments(scope, declared.file, &inside, mode == Mode::Ephemeral, problems).body(
        &declared.block.body,
        schema,
        own,
        &what,
        header(declared.block),
    );
    meta::ignored(declared, schema, &what, problems);
}

/// A provider's configuration, if its schema is at hand.
fn provider<'a>(scope: &Scope<'a>, declared: Declared<'a>, problems: &mut Vec<Problem>) {
    let address = scope.providers().address(declared.label(0));
    let Some(provider) = scope.schemas.provider(&address) else { return };
    let what = format!("the provider {}", declared.label(0));
    let own: Own = meta::PROVIDER;
    let inside = Inside::default();
    arguments(scope, declared.file, &inside, true, problems).body(
        &declared.block.body,
        &provider.config,
        own,
        &what,
        header(declared.block),
    );
}

fn arguments<'a, 'p>(
    scope: &'p Scope<'a>,
    file: &'p File<'a>,
    inside: &'p Inside<'a>,
    ephemeral: bool,
    problems: &'p mut Vec<Problem>,
) -> Arguments<'a, 'p> {
    Arguments { scope, file, inside, ephemeral, problems }
}
