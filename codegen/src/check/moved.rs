//! Moves: they lead from where nothing is to what there is.

use super::declarations::Declared;
use super::hint::spelling;
use super::infer::Scope;
use super::unit::File;
use crate::problem::Problem;
use crate::schema::Mode;
use hcl_edit::Span;
use hcl_edit::expr::{Expression, TraversalOperator};
use std::collections::BTreeMap;

/// An address of a module's own object, such as `aws_vpc.this` or `module.x["a"].aws_vpc.this`.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    /// The block in this module, such as `aws_vpc.this` or `module.x`.
    block: String,
    /// Whether the address goes on: to an instance, or into the called module.
    goes_on: bool,
}

/// Checks all `moved` blocks of a module together.
pub(super) fn check(scope: &Scope<'_>, moves: &[Declared<'_>], problems: &mut Vec<Problem>) {
    let mut from: BTreeMap<String, usize> = BTreeMap::new();
    for before in moves.iter().filter_map(|one| one.value("from")) {
        *from.entry(normal(before)).or_default() += 1;
    }
    for one in moves {
        let (Some(before), Some(after)) = (one.value("from"), one.value("to")) else { continue };
        let read = |value| address(value).ok_or_else(|| not_an_address(one.file, value));
        match (read(before), read(after)) {
            (Ok(old), Ok(new)) => {
                problems.extend(departure(scope, one.file, before, &old, &from));
                problems.extend(arrival(scope, one.file, after, &new, &from));
            }
            (old, new) => problems.extend([old.err(), new.err()].into_iter().flatten()),
        }
    }
}

fn not_an_address(file: &File<'_>, value: &Expression) -> Problem {
    file.problem(value.span(), "a move names objects")
        .hint("an object is written like aws_vpc.this, one of several like aws_subnet.this[\"public\"]")
}

/// What is wrong with where a move begins.
fn departure(
    scope: &Scope<'_>,
    file: &File<'_>,
    value: &Expression,
    old: &Address,
    from: &BTreeMap<String, usize>,
) -> Option<Problem> {
    let name = normal(value);
    if from.get(&name).is_some_and(|count| *count > 1) {
        return Some(file.problem(value.span(), format!("{name} is moved twice")));
    }
    if !old.goes_on && is_declared(scope, &old.block) {
        let problem = file.problem(value.span(), format!("{name} is still here, so it cannot be moved away"));
        return Some(problem.hint("a move begins at an address that an earlier version had"));
    }
    None
}

/// What is wrong with where a move ends: there must be something, or the beginning of the next move.
fn arrival(
    scope: &Scope<'_>,
    file: &File<'_>,
    value: &Expression,
    new: &Address,
    from: &BTreeMap<String, usize>,
) -> Option<Problem> {
    if is_declared(scope, &new.block) || from.contains_key(&normal(value)) {
        return None;
    }
    let declarations = scope.declarations;
    let resources = declarations.typed.keys().filter(|(mode, ..)| *mode == Mode::Resource);
    let there: Vec<String> = resources
        .map(|(_, kind, name)| format!("{kind}.{name}"))
        .chain(declarations.modules.keys().map(|name| format!("module.{name}")))
        .collect();
    let problem = file.problem(value.span(), format!("nothing is at {}", new.block));
    Some(spelling(problem, &new.block, there.iter().map(String::as_str)))
}

fn is_declared(scope: &Scope<'_>, block: &str) -> bool {
    match block.split_once('.') {
        Some(("module", name)) => scope.declarations.modules.contains_key(name),
        Some((kind, name)) => scope.declarations.typed.contains_key(&(Mode::Resource, kind, name)),
        None => false,
    }
}

/// The address as text, without its layout.
fn normal(value: &Expression) -> String {
    value.to_string().split_whitespace().collect()
}

fn address(value: &Expression) -> Option<Address> {
    let traversal = value.as_traversal()?;
    let root = traversal.expr.as_variable()?.as_str();
    let (first, rest) = traversal.operators.split_first()?;
    let TraversalOperator::GetAttr(name) = first.value() else { return None };
    let address = Address { block: format!("{root}.{}", name.as_str()), goes_on: !rest.is_empty() };
    // What follows a resource is at most the key of one instance.
    let is_instance =
        matches!(rest, [] | [_]) && rest.iter().all(|one| matches!(one.value(), TraversalOperator::Index(_)));
    (root == "module" || (root != "data" && is_instance)).then_some(address)
}
