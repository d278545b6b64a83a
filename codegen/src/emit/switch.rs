//! Switches: each block of a feature has one `for_each` over an input of the feature, so that the input turns it off.

use super::parsed::Parsed;
use crate::module::Module;
use crate::problem::Problem;
use crate::template;
use hcl_edit::Span;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::structure::Block;
use hcl_edit::visit::{Visit, visit_traversal};
use std::collections::{BTreeMap, BTreeSet};

/// The addresses of the blocks that features switch.
///
/// # Errors
/// Blocks with `count`, and blocks of a feature that no input of the feature turns off.
pub fn switched(module: &Module, files: &[Parsed<'_>]) -> Result<Vec<String>, Vec<Problem>> {
    let sources = sources(files);
    let mut addresses = Vec::new();
    let mut problems = Vec::new();
    for file in files {
        let features = features_of_lines(module, file);
        for block in file.body.blocks().filter(|block| is_object(block)) {
            if let Some(count) = block.body.get_attribute("count") {
                let place = file.file.place(count.span().unwrap_or_default().start);
                let problem = Problem::at(place, "a module repeats by name and never by `count`");
                problems.push(problem.hint("write `for_each` over a map or a set, so that one more shifts no other"));
                continue;
            }
            let Some(feature) = features.get(file.line(block)).and_then(Option::as_deref) else {
                problems.extend(inside(module, file, &features, &sources, block));
                continue;
            };
            let inputs = inputs(module, feature);
            if reaches(&sources, [address(block)], &inputs) {
                addresses.push(address(block));
            } else {
                let what = format!("{} belongs to the feature `{feature}`", address(block));
                problems.push(always_on(file, block, &what, &inputs));
            }
        }
    }
    if problems.is_empty() { Ok(addresses) } else { Err(problems) }
}

/// The inputs of a feature as expressions name them.
fn inputs(module: &Module, feature: &str) -> BTreeSet<String> {
    let inputs = module.description.inputs.iter().filter(|input| input.feature.as_deref() == Some(feature));
    inputs.map(|input| format!("var.{}", input.name)).collect()
}

fn always_on(file: &Parsed<'_>, node: &impl Span, what: &str, inputs: &BTreeSet<String>) -> Problem {
    let place = file.file.place(node.span().unwrap_or_default().start);
    let names: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let problem = Problem::at(place, format!("{what}, and none of its inputs turns it off"));
    problem.hint(format!("`for_each` over {}", names.join(" or ")))
}

/// What a feature adds to a block that is there without it, and that no input of the feature turns off.
fn inside(
    module: &Module,
    file: &Parsed<'_>,
    features: &[Option<String>],
    sources: &BTreeMap<String, BTreeSet<String>>,
    block: &Block,
) -> Vec<Problem> {
    let feature = |line: usize| features.get(line).and_then(Option::as_deref);
    let mut problems = Vec::new();
    for attribute in block.body.attributes() {
        let Some(feature) = feature(file.line(attribute)) else { continue };
        let inputs = inputs(module, feature);
        if !reaches(sources, names(&attribute.value), &inputs) {
            let what = format!("`{}` belongs to the feature `{feature}`", attribute.key.as_str());
            let problem = always_on(file, attribute, &what, &inputs);
            let names: Vec<&str> = inputs.iter().map(String::as_str).collect();
            problems.push(problem.hint(format!("a value that reads {}", names.join(" or "))));
        }
    }
    // `lifecycle` cannot be dynamic.
    for inner in block.body.blocks().filter(|inner| !inner.has_ident("lifecycle")) {
        let Some(feature) = feature(file.line(inner)) else {
            problems.extend(inside(module, file, features, sources, inner));
            continue;
        };
        let inputs = inputs(module, feature);
        let repeated = inner.body.get_attribute("for_each").filter(|_| inner.has_ident("dynamic"));
        if !repeated.is_some_and(|each| reaches(sources, names(&each.value), &inputs)) {
            let label = inner.labels.first().map_or(inner.ident.as_str(), |label| label.as_str());
            problems.push(always_on(file, inner, &format!("`{label}` belongs to the feature `{feature}`"), &inputs));
        }
    }
    problems
}

/// For each line of a rendered file, counted from 0, the feature around it.
fn features_of_lines(module: &Module, file: &Parsed<'_>) -> Vec<Option<String>> {
    let Some(template) = module.templates.iter().find(|template| template.output == file.file.path) else {
        return Vec::new();
    };
    let names = module.description.feature_names();
    let features = template::feature_of_lines(&template.file, &template.text, &names);
    let origins = file.file.origins.iter();
    origins.map(|origin| features.get(origin.line - 1).cloned().flatten()).collect()
}

fn is_object(block: &Block) -> bool {
    ["resource", "data", "module"].contains(&block.ident.as_str())
}

/// The address of a block, as in `data.aws_iam_policy_document.this`.
fn address(block: &Block) -> String {
    let labels: Vec<&str> = block.labels.iter().map(|label| label.as_str()).collect();
    match block.ident.as_str() {
        "resource" => labels.join("."),
        word => format!("{word}.{}", labels.join(".")),
    }
}

/// What each local and each block's `for_each` refers to.
fn sources(files: &[Parsed<'_>]) -> BTreeMap<String, BTreeSet<String>> {
    let mut sources = BTreeMap::new();
    for block in files.iter().flat_map(|file| file.body.blocks()) {
        if block.ident.as_str() == "locals" {
            for local in block.body.attributes() {
                sources.insert(format!("local.{}", local.key.as_str()), names(&local.value));
            }
        } else if let Some(for_each) = block.body.get_attribute("for_each").filter(|_| is_object(block)) {
            sources.insert(address(block), names(&for_each.value));
        }
    }
    sources
}

fn reaches(
    sources: &BTreeMap<String, BTreeSet<String>>,
    from: impl IntoIterator<Item = String>,
    inputs: &BTreeSet<String>,
) -> bool {
    let mut seen = BTreeSet::new();
    let mut open: Vec<String> = from.into_iter().collect();
    while let Some(name) = open.pop() {
        if inputs.contains(&name) {
            return true;
        }
        if seen.insert(name.clone()) {
            open.extend(sources.get(&name).into_iter().flatten().cloned());
        }
    }
    false
}

/// The names that an expression refers to: `var.x`, `local.x`, and addresses of blocks.
fn names(expression: &Expression) -> BTreeSet<String> {
    #[derive(Default)]
    struct Names(BTreeSet<String>);

    impl Visit for Names {
        fn visit_traversal(&mut self, traversal: &Traversal) {
            visit_traversal(self, traversal);
            let Expression::Variable(first) = &traversal.expr else { return };
            let length = if first.as_str() == "data" { 3 } else { 2 };
            let rest = traversal.operators.iter().map_while(|operator| match operator.value() {
                TraversalOperator::GetAttr(name) => Some(name.as_str()),
                _ => None,
            });
            let parts: Vec<&str> = std::iter::once(first.as_str()).chain(rest).take(length).collect();
            self.0.insert(parts.join("."));
        }
    }

    let mut names = Names::default();
    names.visit_expr(expression);
    names.0
}
