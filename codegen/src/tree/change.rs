//! What rendering would change, and how it reads.

use similar::TextDiff;
use std::path::PathBuf;

/// One file that differs from what is rendered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// The path below the tree's folder.
    pub path: PathBuf,
    /// The text that is there; `None` for a file that is missing.
    pub before: Option<String>,
    /// The text that belongs there; `None` for a file that is no longer rendered.
    pub after: Option<String>,
}

impl Change {
    /// What happens to the file, in a word.
    pub fn verb(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, _) => "create",
            (_, None) => "remove",
            _ => "update",
        }
    }
}

/// The changes as a unified diff.
pub fn diff(changes: &[Change]) -> String {
    let mut text = String::new();
    for change in changes {
        let path = change.path.display().to_string().replace('\\', "/");
        let name = |side: &str, there: &Option<String>| match there {
            Some(_) => format!("{side}/{path}"),
            None => "/dev/null".to_owned(),
        };
        let (before, after) = (name("a", &change.before), name("b", &change.after));
        let (old, new) = (change.before.as_deref().unwrap_or_default(), change.after.as_deref().unwrap_or_default());
        text.push_str(&TextDiff::from_lines(old, new).unified_diff().header(&before, &after).to_string());
    }
    text
}
