//! Who may see what: nothing is more visible than the group that it is in.

use serde_json::{Map, Value};

use crate::gitlab::errors::Problems;
use crate::gitlab::store::Store;
use crate::gitlab::tables::VISIBILITY;

/// The word in an object's settings.
pub fn of(settings: &Map<String, Value>) -> &str {
    settings.get("visibility").and_then(Value::as_str).unwrap_or(VISIBILITY[0])
}

/// Whether one visibility is above another.
pub fn above(one: &str, other: &str) -> bool {
    let rank = |word: &str| VISIBILITY.iter().position(|known| *known == word);
    rank(one) > rank(other)
}

/// Checks a group against its parent and its content (`app/models/group.rb`, `visibility_level_allowed_by_*`).
pub fn check_group(store: &Store, id: Option<i64>, parent: Option<i64>, wanted: &str, problems: &mut Problems) {
    if let Some(parent) = parent.and_then(|parent| store.groups.get(&parent)).map(|parent| of(&parent.settings))
        && above(wanted, parent)
    {
        problems.add(
            "visibility_level",
            format!("{wanted} is not allowed since the parent group has a {parent} visibility."),
        );
    }
    let Some(id) = id else { return };
    if store.projects.values().any(|project| project.namespace == id && above(of(&project.settings), wanted)) {
        problems.add(
            "visibility_level",
            format!("{wanted} is not allowed since this group contains projects with higher visibility."),
        );
    }
    if store.groups.values().any(|group| group.parent == Some(id) && above(of(&group.settings), wanted)) {
        problems.add(
            "visibility_level",
            format!("{wanted} is not allowed since there are sub-groups with higher visibility."),
        );
    }
}

/// Checks a project against its group (`app/models/project.rb`, `visibility_level_allowed_by_group`).
pub fn check_project(store: &Store, namespace: i64, wanted: &str, problems: &mut Problems) {
    if let Some(group) = store.groups.get(&namespace).map(|group| of(&group.settings))
        && above(wanted, group)
    {
        problems.add("visibility_level", format!("{wanted} is not allowed in a {group} group."));
    }
}

/// Lowers a group and everything in it to the visibility of a new parent, as a transfer does.
pub fn lower(store: &mut Store, group: i64, limit: &str) {
    let inside: Vec<i64> = store.groups.keys().copied().filter(|id| store.is_in(*id, group)).collect();
    for id in &inside {
        if let Some(group) = store.groups.get_mut(id) {
            lower_one(&mut group.settings, limit);
        }
    }
    for project in store.projects.values_mut().filter(|project| inside.contains(&project.namespace)) {
        lower_one(&mut project.settings, limit);
    }
}

/// Lowers one object.
pub fn lower_one(settings: &mut Map<String, Value>, limit: &str) {
    if above(of(settings), limit) {
        settings.insert("visibility".to_owned(), Value::from(limit));
    }
}
