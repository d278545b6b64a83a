//! Reads the mappings of an estate: required and optional keys, all that is unknown reported.

use super::node::{Content, Key, Node};
use crate::problem::{Place, Problem};

/// The entries of a mapping, or a problem.
pub fn entries<'a>(problems: &mut Vec<Problem>, node: &'a Node, what: &str) -> Option<&'a [(Key, Node)]> {
    match &node.content {
        Content::Map(entries) => Some(entries),
        _ => {
            let text = format!("{what} must be a mapping, not {}", node.noun());
            problems.push(Problem::at(node.place.clone(), text));
            None
        }
    }
}

/// Reports each key that is not allowed.
pub fn allow(problems: &mut Vec<Problem>, entries: &[(Key, Node)], what: &str, allowed: &[&str]) {
    for (key, _) in entries.iter().filter(|(key, _)| !allowed.contains(&key.name.as_str())) {
        let problem = Problem::at(key.place.clone(), format!("{what} has no `{}`", key.name));
        problems.push(problem.names(&key.name, allowed.iter().copied()));
    }
}

/// The value of a key.
pub fn find<'a>(entries: &'a [(Key, Node)], name: &str) -> Option<&'a Node> {
    entries.iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
}

/// The value of a key that must be there; `at` is where the mapping stands.
pub fn required<'a>(
    problems: &mut Vec<Problem>,
    entries: &'a [(Key, Node)],
    at: &Place,
    what: &str,
    name: &str,
) -> Option<&'a Node> {
    let found = find(entries, name);
    if found.is_none() {
        problems.push(Problem::at(at.clone(), format!("{what} needs `{name}`")));
    }
    found
}

/// A scalar's text.
pub fn text(problems: &mut Vec<Problem>, node: &Node, what: &str) -> Option<String> {
    match &node.content {
        Content::Text(text) if !text.is_empty() => Some(text.clone()),
        _ => {
            problems.push(Problem::at(node.place.clone(), format!("{what} must be a word, not {}", node.noun())));
            None
        }
    }
}

/// True or false.
pub fn flag(problems: &mut Vec<Problem>, node: &Node, what: &str) -> Option<bool> {
    let found = match &node.content {
        Content::Text(text) => truth(text),
        _ => None,
    };
    if found.is_none() {
        problems.push(Problem::at(node.place.clone(), format!("{what} must be true or false, not {}", node.noun())));
    }
    found
}

/// What YAML's words for true and false mean.
pub fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Names with texts, sorted by name.
pub fn texts(problems: &mut Vec<Problem>, node: &Node, what: &str) -> Vec<(String, String)> {
    let Some(entries) = entries(problems, node, what) else { return Vec::new() };
    let mut found: Vec<(String, String)> = entries
        .iter()
        .filter_map(|(key, value)| {
            // Other than a name, the value of a tag can be empty.
            let value = match &value.content {
                Content::Text(text) => Some(text.clone()),
                _ => text(problems, value, &format!("{what}: `{}`", key.name)),
            };
            Some((key.name.clone(), value?))
        })
        .collect();
    found.sort();
    found
}

/// Reports a name that cannot be a folder's and an address's part at once.
pub fn name(problems: &mut Vec<Problem>, key: &Key, what: &str, dashes: bool) {
    let mut letters = key.name.chars();
    let fits = letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && letters.all(|letter| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_' || (dashes && letter == '-')
        });
    if !fits {
        let allowed = if dashes { "small letters, digits, `_` and `-`" } else { "small letters, digits and `_`" };
        let problem = Problem::at(key.place.clone(), format!("`{}` is no name for {what}", key.name));
        problems.push(problem.hint(format!("{allowed}, beginning with a letter")));
    }
}
