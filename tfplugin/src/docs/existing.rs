//! How objects that exist already come under management: import, and moves from another provider.

use crate::docs::prose::listed;
use crate::engine::shown_pattern;
use crate::schema::{Kind, Table};

/// The sections about import and moves as blocks of Markdown; `example` is an import block with a real id.
pub(super) fn sections(type_name: &str, table: &Table, example: Option<String>) -> Vec<String> {
    let mut blocks = Vec::new();
    if !table.key.is_empty() {
        blocks.extend(import(type_name, table, example));
    }
    if !table.moved_from.is_empty() {
        blocks.extend(moves(type_name, table));
    }
    blocks
}

fn import(type_name: &str, table: &Table, example: Option<String>) -> Vec<String> {
    let pattern = shown_pattern(table);
    // The last form is the natural key, where there is one: it is what a person knows.
    let id = pattern.rsplit(" or ").next().unwrap_or(&pattern).trim_matches('`').to_owned();
    let block = |body: &str| hcl(&format!("import {{\n  to = {type_name}.example\n{body}\n}}"));
    vec![
        "## Import".to_owned(),
        format!("The import id is {pattern}, with an `import` block (Terraform 1.5 and later, every OpenTofu):"),
        example.map_or_else(|| block(&format!("  id = \"{id}\"")), |example| hcl(&example)),
        "Or by the resource identity (Terraform 1.12, OpenTofu 1.12 and later):".to_owned(),
        block(&identity(table)),
        "Or on the command line:".to_owned(),
        format!("```shell\nterraform import {type_name}.example '{id}'\n```"),
    ]
}

/// The identity with a placeholder for each part of the key.
fn identity(table: &Table) -> String {
    let width = table.key.iter().map(|name| name.len()).max().unwrap_or_default();
    let parts = table.key.iter().map(|name| {
        let value = match table.field(name).map(|field| field.kind) {
            Some(Kind::Number(_)) => "42".to_owned(),
            Some(Kind::Bool) => "true".to_owned(),
            _ => format!("\"<{name}>\""),
        };
        format!("    {name:<width$} = {value}\n")
    });
    format!("  identity = {{\n{}  }}", parts.collect::<String>())
}

fn moves(type_name: &str, table: &Table) -> Vec<String> {
    let from = table.moved_from[0];
    vec![
        "## Move from another provider".to_owned(),
        format!(
            "The state of {} moves here with a `moved` block (Terraform 1.8, OpenTofu 1.10 and later); \
             nothing changes at the backend.",
            listed(table.moved_from, "or")
        ),
        hcl(&format!("moved {{\n  from = {from}.example\n  to   = {type_name}.example\n}}")),
    ]
}

/// A block of HCL.
pub(super) fn hcl(text: &str) -> String {
    format!("```terraform\n{}\n```", text.trim_end())
}
