//! Inputs, locals and data sources that nothing reads.

use super::declarations::Declarations;
use super::references::{expressions, uses};
use super::unit::File;
use crate::problem::Problem;
use crate::schema::Mode;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body};
use std::collections::BTreeSet;

/// Finds what is declared and never read.
pub(super) fn find(files: &[File<'_>], declarations: &Declarations<'_>, problems: &mut Vec<Problem>) {
    let read = read(files);
    for (name, variable) in &declarations.variables {
        if !read.contains(&format!("var.{name}")) {
            let problem = variable.declared.problem(format!("nothing reads the input `{name}`"));
            problems.push(problem.hint("remove it, or move it into the feature that reads it"));
        }
    }
    for (name, local) in &declarations.locals {
        if !read.contains(&format!("local.{name}")) {
            problems.push(local.file.problem(local.span.clone(), format!("nothing reads the local `{name}`")));
        }
    }
    for ((mode, kind, name), declared) in &declarations.typed {
        if *mode == Mode::Data && !read.contains(&format!("data.{kind}.{name}")) {
            problems.push(declared.problem(format!("nothing reads the data source `{kind}.{name}`")));
        }
    }
}

/// The names that anything reads: `var.x`, `local.x`, `data.x.y`.
fn read(files: &[File<'_>]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files {
        for block in file.body.blocks() {
            let own = own_name(block);
            names.extend(block_reads(&block.body).filter(|name| Some(name) != own.as_ref()));
        }
    }
    names
}

/// A variable's own checks do not count as reading it.
fn own_name(block: &Block) -> Option<String> {
    let name = block.labels.first().filter(|_| block.has_ident("variable"))?;
    Some(format!("var.{}", name.as_str()))
}

fn block_reads(body: &Body) -> impl Iterator<Item = String> {
    expressions(body).into_iter().flat_map(expression_reads)
}

fn expression_reads(expression: &Expression) -> Vec<String> {
    let references = uses(expression).references;
    let name = |reference: &super::references::Reference<'_>| match reference.root {
        root @ ("var" | "local") => Some(format!("{root}.{}", reference.step(0)?)),
        "data" => Some(format!("data.{}.{}", reference.step(0)?, reference.step(1)?)),
        _ => None,
    };
    references.iter().filter_map(name).collect()
}
