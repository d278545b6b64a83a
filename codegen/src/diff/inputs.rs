//! Changes of inputs, and of the versions that a module needs.

use super::change::{Change, Kind};
use super::surface::{Input, Surface};
use crate::schema::{Field, Type};

pub(super) fn compare(old: &Surface, new: &Surface) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, before) in &old.inputs {
        match new.inputs.get(name) {
            Some(after) => changed(name, before, after, &mut changes),
            None => changes.push(Change::new(Kind::InputRemoved, format!("the input `{name}` is gone"))),
        }
    }
    for (name, after) in new.inputs.iter().filter(|(name, _)| !old.inputs.contains_key(*name)) {
        changes.push(match after.default {
            Some(_) => Change::new(Kind::InputAdded, format!("the input `{name}` is new")),
            None => Change::new(Kind::InputRequired, format!("the input `{name}` is new and has to be set"))
                .hint("give it a default that keeps what was there"),
        });
    }
    versions(old, new, &mut changes);
    changes
}

fn changed(name: &str, before: &Input, after: &Input, changes: &mut Vec<Change>) {
    let mut note = |kind: Kind, what: String| changes.push(Change::new(kind, format!("the input `{name}` {what}")));
    if before.kind != after.kind {
        let kinds = format!("{} before and {} now", before.kind, after.kind);
        match takes_all_of(&after.kind, &before.kind) {
            true => note(Kind::InputAdded, format!("takes more: {kinds}")),
            false => note(Kind::TypeChanged, format!("has another type: {kinds}")),
        }
    } else if before.written != after.written {
        note(Kind::DefaultChanged, "has other defaults inside of its type".to_owned());
    }
    match (&before.default, &after.default) {
        (None, Some(_)) => note(Kind::InputAdded, "need not be set any more".to_owned()),
        (Some(_), None) => note(Kind::DefaultChanged, "has no default any more".to_owned()),
        (Some(before), Some(after)) if before != after => {
            note(Kind::DefaultChanged, format!("has the default {after} and no longer {before}"));
        }
        _ => {}
    }
    match (before.nullable, after.nullable) {
        (true, false) => note(Kind::NullRefused, "no longer takes null".to_owned()),
        (false, true) => note(Kind::InputAdded, "also takes null".to_owned()),
        _ => {}
    }
    match (before.hidden, after.hidden) {
        (false, true) => note(Kind::InputHidden, "is sensitive or ephemeral now".to_owned()),
        (true, false) => note(Kind::InputAdded, "is not sensitive or ephemeral any more".to_owned()),
        _ => {}
    }
    for check in after.checks.difference(&before.checks) {
        note(Kind::CheckAdded, format!("is held against a new check: {check}"));
    }
    // A check that another takes the place of is part of that change.
    if after.checks.is_subset(&before.checks) && after.checks != before.checks {
        note(Kind::InputAdded, "is held against fewer checks".to_owned());
    }
}

/// Whether every value of the type `before` is one of the type `after`, and nothing of it is dropped or put in another
/// order. Terraform converts more than that: a text to a number if it can, an object to one with fewer attributes.
fn takes_all_of(after: &Type, before: &Type) -> bool {
    match (after, before) {
        (Type::Dynamic, _) | (Type::String, Type::Bool | Type::Number) => true,
        (Type::List(after), Type::List(before))
        | (Type::Set(after), Type::Set(before))
        | (Type::Map(after), Type::Map(before)) => takes_all_of(after, before),
        (Type::Tuple(after), Type::Tuple(before)) => {
            after.len() == before.len() && after.iter().zip(before).all(|(after, before)| takes_all_of(after, before))
        }
        (Type::Object(after), Type::Object(before)) => {
            let kept = |(name, before): (&String, &Field)| {
                after.get(name).is_some_and(|after| {
                    (after.optional || !before.optional) && takes_all_of(&after.kind, &before.kind)
                })
            };
            before.iter().all(kept) && after.iter().all(|(name, after)| after.optional || before.contains_key(name))
        }
        (after, before) => after == before,
    }
}

fn versions(old: &Surface, new: &Surface, changes: &mut Vec<Change>) {
    for (name, after) in &new.versions {
        let text = match old.versions.get(name) {
            Some(before) if before != after => format!("{name} has to be {after} and no longer {before}"),
            None => format!("{name} has to be {after}"),
            Some(_) => continue,
        };
        changes.push(Change::new(Kind::VersionsChanged, text));
    }
}
