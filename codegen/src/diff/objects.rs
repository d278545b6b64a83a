//! Changes of resources and of calls of other modules.

use super::change::{Change, Kind};
use super::keys;
use super::surface::{Object, Surface};
use crate::hcl::{Kind as Token, scan};
use crate::schema::Replacement;

pub(super) fn compare(old: &Surface, new: &Surface) -> Vec<Change> {
    let mut changes = Vec::new();
    for (address, before) in &old.objects {
        let now = successor(address, new);
        match new.objects.get(&now) {
            Some(after) => {
                if now != *address {
                    changes.push(Change::new(Kind::ObjectMoved, format!("{address} is {now} now")));
                }
                changed(&now, (before, old), (after, new), &mut changes);
            }
            None => changes.push(removed(address, old, new)),
        }
    }
    let taken: Vec<String> = old.objects.keys().map(|address| successor(address, new)).collect();
    for (address, after) in new.objects.iter().filter(|(address, _)| !taken.contains(address)) {
        changes.push(match is_optional(after, new) {
            true => Change::new(Kind::ObjectAdded, format!("{address} is new")),
            false => Change::new(Kind::UnconditionalObject, format!("{address} is new, and nothing switches it off"))
                .hint("repeat it with `for_each` over an input that is empty by default"),
        });
    }
    for (from, to) in &old.moves {
        if !new.moves.contains_key(from) {
            let text = format!("the move from {from} to {to} is forgotten");
            changes.push(Change::new(Kind::MoveForgotten, text).hint("keep it, or callers who skip a version lose it"));
        }
    }
    changes
}

/// Whether something other than the module's own code says which instances of an object there are.
fn is_optional(object: &Object, surface: &Surface) -> bool {
    object
        .repetition
        .as_ref()
        .is_some_and(|code| keys::literal(&expanded(code, surface)).is_none_or(|keys| keys.is_empty()))
}

/// Where an object stands in the new version: where `moved` says, else where it was.
fn successor(address: &str, new: &Surface) -> String {
    let whole = |moved: &str| moved.split('[').next().unwrap_or_default().trim().to_owned();
    let mut now = address.to_owned();
    let mut seen = Vec::new();
    // Moves follow each other, from version to version.
    while let Some((_, to)) = new.moves.iter().find(|(from, _)| whole(from) == now) {
        if new.objects.contains_key(&now) || seen.contains(&now) {
            break;
        }
        seen.push(std::mem::replace(&mut now, whole(to)));
    }
    now
}

/// A removed object; another of the same type that is new is what it may be called now.
fn removed(address: &str, old: &Surface, new: &Surface) -> Change {
    let change = Change::new(Kind::ObjectRemoved, gone(address));
    let mut candidates =
        new.objects.keys().filter(|other| type_of(other) == type_of(address) && !old.objects.contains_key(*other));
    match (candidates.next(), candidates.next()) {
        (Some(to), None) => change.hint(rename_to_say(address, to)),
        _ => change,
    }
}

/// What becomes of an object that is in one version and not in the next.
pub(super) fn gone(address: &str) -> String {
    let held = if is_stateful(address) { " and all that it holds" } else { "" };
    format!("{address} is gone, and an upgrade destroys it{held}")
}

/// The block that a description lacks if an object has another address now.
pub(super) fn rename_to_say(from: &str, to: &str) -> String {
    format!(
        "if it is {to} now, say so in the description:\nrenamed {{\n  from  = {from}\n  to    = {to}\n  since = \"…\"\n}}"
    )
}

fn type_of(address: &str) -> &str {
    address.split('.').next().unwrap_or_default()
}

pub(super) fn is_stateful(address: &str) -> bool {
    Replacement::table().is_stateful(type_of(address))
}

fn changed(
    address: &str,
    (before, old): (&Object, &Surface),
    (after, new): (&Object, &Surface),
    changes: &mut Vec<Change>,
) {
    repetition(address, (before, old), (after, new), changes);
    let mut note = |kind, what: String| changes.push(Change::new(kind, format!("{address} {what}")));
    let rename = |code: &String| renamed(code, new);
    for (name, value) in &after.arguments {
        match before.arguments.get(name) {
            Some(was) if rename(was) != *value => {
                let same = renamed(&expanded(&rename(was), old), new) == expanded(value, new);
                match is_stateful(address) && !same && Replacement::table().replaces(type_of(address), name) {
                    true => note(
                        Kind::ObjectReplaced,
                        format!("has another `{name}`, which replaces it and all that it holds: {value}"),
                    ),
                    false => note(Kind::ArgumentChanged, format!("has another `{name}`: {value}")),
                }
            }
            None if is_in_new_block(name, before) || reads_optional_input(value, new) => {}
            None => note(Kind::ArgumentAdded, format!("has an argument that no caller chose: {name} = {value}")),
            Some(_) => {}
        }
    }
    for name in before.arguments.keys().filter(|name| !after.arguments.contains_key(*name)) {
        note(Kind::ArgumentChanged, format!("has no `{name}` any more"));
    }
    for (name, all_dynamic) in after.blocks.iter().filter(|(name, _)| !before.blocks.contains_key(*name)) {
        if !all_dynamic && !is_in_new_block(name, before) {
            note(Kind::BlockAdded, format!("has a block `{name}` that no caller chose"));
        }
    }
    for name in before.blocks.keys().filter(|name| !after.blocks.contains_key(*name)) {
        note(Kind::BlockRemoved, format!("has no block `{name}` any more"));
    }
}

/// Changes of which instances there are.
fn repetition(
    address: &str,
    (before, old): (&Object, &Surface),
    (after, new): (&Object, &Surface),
    changes: &mut Vec<Change>,
) {
    let mut note = |what: String| changes.push(Change::new(Kind::RepetitionChanged, format!("{address} {what}")));
    let (before, after) = match (before.repetition.as_ref().map(|code| renamed(code, new)), &after.repetition) {
        (None, None) => return,
        (None, Some(after)) => return note(format!("is repeated now: {after}")),
        (Some(before), None) => return note(format!("is not repeated any more: {before}")),
        (Some(before), Some(after)) => (before, after),
    };
    let (built_before, built_after) = (renamed(&expanded(&before, old), new), expanded(after, new));
    if built_before == built_after {
        return;
    }
    match (keys::literal(&built_before), keys::literal(&built_after)) {
        (Some(were), Some(are)) => keys::compare(address, &were, &are, new, changes),
        _ if before != *after => note(format!("has {after} and no longer {before}, so its keys may differ")),
        _ => note(format!("has {after}, built otherwise than before, so its keys may differ")),
    }
}

/// More code than any module writes for its keys.
const LONGEST: usize = 100_000;

/// Code with the code of its locals in their place, at any depth.
fn expanded(code: &str, surface: &Surface) -> String {
    let mut code = code.to_owned();
    // No chain of locals is longer than there are locals, and only a circle grows so long.
    for _ in 0..surface.locals.len() {
        let before = code.clone();
        if before.len() > LONGEST {
            break;
        }
        for (name, value) in &surface.locals {
            code = replaced(&code, &format!("local.{name}"), &format!("({value})"));
        }
        if code == before {
            break;
        }
    }
    code
}

/// Whether a name stands in a nested block that is new as a whole and told of on its own.
fn is_in_new_block(name: &str, before: &Object) -> bool {
    name.rsplit_once('.').is_some_and(|(block, _)| !before.blocks.contains_key(block))
}

/// Whether a value is what an input with the default null says, so that nothing changes for who does not set it.
fn reads_optional_input(value: &str, new: &Surface) -> bool {
    let input = value.strip_prefix("var.").and_then(|name| new.inputs.get(name));
    input.is_some_and(|input| input.default.as_deref() == Some("null"))
}

/// Code with the addresses that the new version moved.
pub(super) fn renamed(code: &str, new: &Surface) -> String {
    let mut code = code.to_owned();
    for (from, to) in new.moves.iter().filter(|(from, _)| !from.contains('[')) {
        code = replaced(&code, from, to);
    }
    code
}

/// Replaces an address where it stands as a whole.
fn replaced(code: &str, from: &str, to: &str) -> String {
    let tokens = scan(code);
    let texts: Vec<&str> = tokens.iter().map(|token| token.text.as_ref()).collect();
    let parts: Vec<String> = scan(from).into_iter().map(|token| token.text.into_owned()).collect();
    let mut out = String::new();
    let mut at = 0;
    while at < tokens.len() {
        let after_dot = at > 0 && tokens[at - 1].kind == Token::Dot;
        let fits = !after_dot && texts.get(at..at + parts.len()).is_some_and(|found| found == parts);
        out.extend(std::iter::repeat_n(' ', tokens[at].spaces));
        if fits {
            out.push_str(to);
            at += parts.len();
        } else {
            out.push_str(texts[at]);
            at += 1;
        }
    }
    out
}
