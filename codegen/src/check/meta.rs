//! Blocks that are Terraform's own: what can stand in them.

use super::arguments::{Own, mismatch};
use super::declarations::Declared;
use super::hint::spelling;
use super::infer::{Inside, Scope};
use super::unit::{File, Role, Unit};
use crate::problem::Problem;
use crate::schema::Block as Schema;
use hcl_edit::Span;
use hcl_edit::expr::{Expression, TraversalOperator};
use hcl_edit::structure::{Attribute, Block, Body, Structure};

/// What stands in a block of Terraform's own.
struct Form {
    word: &'static str,
    labels: usize,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    blocks: &'static [&'static str],
}

const fn form(word: &'static str, labels: usize) -> Form {
    Form { word, labels, required: &[], optional: &[], blocks: &[] }
}

/// Blocks at the top of a file; those with a type have a schema beside.
const TOP: &[Form] = &[
    Form { blocks: &["assert", "data"], ..form("check", 1) },
    form("data", 2),
    form("ephemeral", 2),
    Form { required: &["to"], optional: &["for_each", "id", "identity", "provider"], ..form("import", 0) },
    form("locals", 0),
    form("module", 1),
    Form { required: &["from", "to"], ..form("moved", 0) },
    Form {
        required: &["value"],
        optional: &["depends_on", "description", "ephemeral", "sensitive"],
        blocks: &["precondition"],
        ..form("output", 1)
    },
    form("provider", 1),
    Form { required: &["from"], blocks: &["lifecycle", "provisioner"], ..form("removed", 0) },
    form("resource", 2),
    Form {
        optional: &["experiments", "required_version"],
        blocks: &["backend", "cloud", "provider_meta", "required_providers"],
        ..form("terraform", 0)
    },
    Form {
        optional: &["default", "description", "ephemeral", "nullable", "sensitive", "type"],
        blocks: &["validation"],
        ..form("variable", 1)
    },
];

/// Blocks inside of those.
const INNER: &[Form] = &[
    Form { required: CONDITION, ..form("assert", 0) },
    Form {
        optional: &["create_before_destroy", "destroy", "ignore_changes", "prevent_destroy", "replace_triggered_by"],
        blocks: &["postcondition", "precondition"],
        ..form("lifecycle", 0)
    },
    Form { required: CONDITION, ..form("postcondition", 0) },
    Form { required: CONDITION, ..form("precondition", 0) },
    Form { required: CONDITION, ..form("validation", 0) },
];

const CONDITION: &[&str] = &["condition", "error_message"];

/// What a resource has beside its schema.
pub(super) const RESOURCE: Own = Own {
    arguments: &["count", "depends_on", "for_each", "provider"],
    blocks: &["connection", "lifecycle", "provisioner"],
};

/// What a data source or an ephemeral resource has beside its schema.
pub(super) const READ: Own =
    Own { arguments: &["count", "depends_on", "for_each", "provider"], blocks: &["lifecycle"] };

/// What a provider's configuration has beside its schema.
pub(super) const PROVIDER: Own = Own { arguments: &["alias", "version"], blocks: &[] };

const CALL: &[&str] = &["count", "depends_on", "for_each", "providers", "source", "version"];

/// Checks the form of a top-level block; `false` where there is no such block.
pub(super) fn block(declared: Declared<'_>, problems: &mut Vec<Problem>) -> bool {
    let word = declared.block.ident.as_str();
    let Some(form) = TOP.iter().find(|form| form.word == word) else {
        let problem = declared.problem(format!("there is no block `{word}`"));
        problems.push(spelling(problem, word, TOP.iter().map(|form| form.word)));
        return false;
    };
    if declared.block.labels.len() != form.labels {
        let count = declared.block.labels.len();
        problems.push(declared.problem(format!("`{word}` has {} labels, and here are {count}", form.labels)));
        return false;
    }
    let has_schema = form.labels == 2 || ["locals", "module", "provider"].contains(&word);
    if !has_schema {
        contents(declared.file, declared.block, form, problems);
    }
    for inner in declared.block.body.get_blocks("lifecycle") {
        formed(declared.file, inner, problems);
    }
    true
}

fn contents(file: &File<'_>, block: &Block, form: &Form, problems: &mut Vec<Problem>) {
    let known: Vec<&str> = form.required.iter().chain(form.optional).chain(form.blocks).copied().collect();
    for structure in &block.body {
        let (name, span, right) = match structure {
            Structure::Attribute(Attribute { key, .. }) => {
                (key.as_str(), key.span(), form.required.iter().chain(form.optional).any(|name| *name == key.as_str()))
            }
            Structure::Block(inner) => {
                formed(file, inner, problems);
                (inner.ident.as_str(), inner.ident.span(), form.blocks.contains(&inner.ident.as_str()))
            }
        };
        if !right {
            let text = format!("`{}` has no `{name}`", form.word);
            problems.push(spelling(file.problem(span, text), name, known.iter().copied()));
        }
    }
    for name in form.required.iter().filter(|name| !block.body.has_attribute(name)) {
        problems.push(file.problem(block.ident.span(), format!("`{}` needs `{name}`", form.word)));
    }
}

fn formed(file: &File<'_>, block: &Block, problems: &mut Vec<Problem>) {
    if let Some(form) = INNER.iter().find(|form| block.has_ident(form.word)) {
        contents(file, block, form, problems);
    }
}

/// Checks that what a resource ignores is in its schema.
pub(super) fn ignored(declared: Declared<'_>, schema: &Schema, what: &str, problems: &mut Vec<Problem>) {
    let lifecycles = declared.block.body.get_blocks("lifecycle");
    let lists = lifecycles.filter_map(|block| block.body.get_attribute("ignore_changes")?.value.as_array());
    for entry in lists.flat_map(|list| list.iter()) {
        let named = match entry {
            Expression::Variable(name) => Some(name.as_str()),
            Expression::Traversal(traversal) => traversal.expr.as_variable().map(|name| name.as_str()),
            _ => None,
        };
        let Some(name) = named else { continue };
        if !schema.attributes.contains_key(name) && !schema.blocks.contains_key(name) {
            let problem = declared.file.problem(entry.span(), format!("{what} has no `{name}` to ignore"));
            let all = schema.attributes.keys().chain(schema.blocks.keys()).map(String::as_str);
            problems.push(spelling(problem, name, all));
        }
    }
}

/// Checks a variable's default against its type, and that a module has no switch that only creates.
pub(super) fn variable(scope: &Scope<'_>, unit: &Unit<'_>, declared: Declared<'_>, problems: &mut Vec<Problem>) {
    let name = declared.label(0);
    let Some(variable) = scope.declarations.variables.get(name) else { return };
    if let Some(default) = declared.block.body.get_attribute("default") {
        let found = scope.infer(&default.value, &Inside::default());
        if let Some(text) = mismatch(&variable.kind, &found, &default.value) {
            problems.push(declared.file.problem(default.key.span(), format!("the input `{name}` {text}")));
        }
    }
    if unit.role == Role::Module && name.starts_with("create_") && variable.kind == crate::schema::Type::Bool {
        let problem = declared.problem(format!("the input `{name}` only switches blocks on and off"));
        problems.push(problem.hint("let null, an empty map or \"none\" in the feature's own input switch it off"));
    }
}

/// Checks what a module must not hold, so that its callers can use it.
pub(super) fn borders(unit: &Unit<'_>, declared: Declared<'_>, problems: &mut Vec<Problem>) {
    if unit.role == Role::Root {
        return;
    }
    match declared.block.ident.as_str() {
        "provider" => {
            let problem = declared.problem("a module configures no provider: its callers do");
            problems.push(problem.hint("leave the configuration to the root"));
        }
        "terraform" => {
            let own =
                declared.block.body.blocks().filter(|block| block.has_ident("backend") || block.has_ident("cloud"));
            for block in own {
                problems.push(declared.file.problem(block.ident.span(), "a module has no state of its own"));
            }
        }
        "module" => {
            let source = declared.value("source").and_then(Expression::as_str).unwrap_or_default();
            if !source.starts_with("./") && !source.starts_with("../") {
                let problem =
                    declared.problem(format!("a module calls only its neighbours, and this calls `{source}`"));
                problems
                    .push(problem.hint("begin the source with `./` or `../`; a registry cannot be reached everywhere"));
            }
        }
        _ => {}
    }
}

/// Checks a call of a module whose interface is known.
pub(super) fn call(unit: &Unit<'_>, declared: Declared<'_>, problems: &mut Vec<Problem>) {
    let Some(source) = declared.value("source").and_then(Expression::as_str) else {
        problems.push(declared.problem("a module needs a `source`, a text without interpolation"));
        return;
    };
    let Some(interface) = unit.modules.get(source) else { return };
    let name = declared.label(0);
    for attribute in declared.block.body.attributes() {
        let key = attribute.key.as_str();
        if !CALL.contains(&key) && !interface.inputs.contains_key(key) {
            let text = format!("the module `{name}` has no input `{key}`");
            let inputs = interface.inputs.keys().map(String::as_str);
            problems.push(spelling(declared.file.problem(attribute.key.span(), text), key, inputs));
        }
    }
    let set = |input: &str| declared.block.body.has_attribute(input);
    for (input, _) in interface.inputs.iter().filter(|(input, required)| **required && !set(input)) {
        problems.push(declared.problem(format!("the module `{name}` needs the input `{input}`")));
    }
}

/// What `depends_on` lists have to be addresses.
pub(super) fn addresses(file: &File<'_>, body: &Body, problems: &mut Vec<Problem>) {
    let Some(list) = body.get_attribute("depends_on") else { return };
    for entry in list.value.as_array().into_iter().flat_map(|list| list.iter()) {
        let is_address = entry.as_traversal().is_some_and(|traversal| {
            let keyword =
                traversal.expr.as_variable().is_some_and(|root| ["data", "ephemeral"].contains(&root.as_str()));
            let names = traversal.operators.iter();
            let names = names.filter(|operator| matches!(operator.value(), TraversalOperator::GetAttr(_))).count();
            names == if keyword { 2 } else { 1 }
        });
        if !is_address {
            let problem = file.problem(entry.span(), "`depends_on` lists whole blocks, such as aws_vpc.this");
            problems.push(problem);
        }
    }
}
