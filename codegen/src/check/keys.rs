//! Keys: `for_each` and `count` are known when planning, whatever else is not.

use super::declarations::Declared;
use super::functions;
use super::infer::Scope;
use super::references::uses;
use super::unit::Unit;
use crate::problem::Problem;
use hcl_edit::Span;
use hcl_edit::expr::Expression;

/// Checks `for_each` and `count` of a resource, a data source or a module.
pub(super) fn block(scope: &Scope<'_>, unit: &Unit<'_>, declared: Declared<'_>, problems: &mut Vec<Problem>) {
    for name in ["for_each", "count"] {
        let Some(attribute) = declared.block.body.get_attribute(name) else { continue };
        let mut path = Vec::new();
        if let Some(reason) = unknown(scope, unit, &attribute.value, &mut path) {
            let through: String = path.iter().map(|local| format!("local.{local}, which reads ")).collect();
            let text = format!("`{name}` reads {through}{}", reason.what);
            let span = attribute.value.span().or_else(|| attribute.key.span());
            problems.push(declared.file.problem(span, text).hint(reason.hint));
        }
    }
}

/// What makes an expression unknown when planning.
struct Reason {
    what: String,
    hint: String,
}

const KNOWN: &str = "`for_each` and `count` are built from literals, static inputs and locals of those";

/// Follows locals; `path` holds those on the way to what is found.
fn unknown<'a>(scope: &Scope<'a>, unit: &Unit<'_>, value: &Expression, path: &mut Vec<&'a str>) -> Option<Reason> {
    let uses = uses(value);
    if let Some((name, _)) = uses.calls.iter().find(|(name, _)| functions::IMPURE.contains(name)) {
        return Some(Reason { what: format!("{name}(), which differs from run to run"), hint: KNOWN.to_owned() });
    }
    for reference in &uses.references {
        let first = reference.step(0).unwrap_or_default();
        match reference.root {
            "each" | "count" | "path" | "terraform" => {}
            "var" if unit.static_inputs.contains(first) => {}
            "var" => {
                let what = format!("var.{first}, whose keys may be unknown when planning");
                return Some(Reason { what, hint: format!("say `keys = \"static\"` in the input `{first}`; {KNOWN}") });
            }
            "local" => {
                let Some((name, local)) = scope.declarations.locals.get_key_value(first) else { continue };
                if path.contains(name) {
                    continue;
                }
                path.push(name);
                if let Some(reason) = unknown(scope, unit, local.value, path) {
                    return Some(reason);
                }
                path.pop();
            }
            root => {
                let what = format!("{root}.{first}, which may be unknown when planning");
                return Some(Reason { what, hint: KNOWN.to_owned() });
            }
        }
    }
    None
}
