//! Changes of outputs.

use super::change::{Change, Kind};
use super::objects::renamed;
use super::surface::Surface;

pub(super) fn compare(old: &Surface, new: &Surface) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, before) in &old.outputs {
        let Some(after) = new.outputs.get(name) else {
            changes.push(Change::new(Kind::OutputRemoved, format!("the output `{name}` is gone")));
            continue;
        };
        let mut note = |kind, what: &str| changes.push(Change::new(kind, format!("the output `{name}` {what}")));
        match (&before.promised, &after.promised) {
            (Some(promised), Some(now)) if promised != now => {
                note(Kind::OutputChanged, &format!("is {now} and no longer {promised}"));
            }
            // The contract keeps its word, whatever the value is built from.
            (Some(_), Some(_)) => {}
            _ if renamed(&before.value, new) != after.value => note(Kind::OutputChanged, "has another value"),
            _ => {}
        }
        match (before.hidden, after.hidden) {
            (false, true) => note(Kind::OutputHidden, "is sensitive or ephemeral now"),
            (true, false) => note(Kind::OutputAdded, "is not sensitive or ephemeral any more"),
            _ => {}
        }
    }
    let added = new.outputs.keys().filter(|name| !old.outputs.contains_key(*name));
    changes.extend(added.map(|name| Change::new(Kind::OutputAdded, format!("the output `{name}` is new"))));
    changes
}
