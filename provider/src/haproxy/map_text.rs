//! The text of a map file: entries, and everything else as it stands.
//!
//! The value of our entries is `<target>|<first host>`: the word after the bar names the route that the entry belongs to,
//! so that a route is found whole, and another one that wants the same host is told whose it is. HAProxy's rule cuts it
//! off. An entry without a bar is somebody else's.

use std::fmt;

/// Stands in the place of a backend where a request is sent elsewhere; no backend can have this name.
pub const REDIRECT: &str = "@redirect";

/// A map file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapText {
    /// With their ends.
    lines: Vec<String>,
}

/// An entry of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'m> {
    /// What is looked up.
    pub key: &'m str,
    /// What is found.
    pub value: &'m str,
}

impl<'m> Entry<'m> {
    fn of(line: &'m str) -> Option<Self> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        Some(Entry { key, value: value.trim_start() })
    }

    /// The backend, or [`REDIRECT`].
    pub fn target(&self) -> &'m str {
        self.value.split_once('|').map_or(self.value, |(target, _)| target)
    }

    /// The first host of the route that it belongs to; none where it is somebody else's.
    pub fn owner(&self) -> Option<&'m str> {
        self.value.split_once('|').map(|(_, owner)| owner)
    }
}

impl MapText {
    /// Reads a map file.
    pub fn read(text: &str) -> Self {
        MapText { lines: text.split_inclusive('\n').map(str::to_owned).collect() }
    }

    /// All entries, in the order of the file.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.lines.iter().filter_map(|line| Entry::of(line))
    }

    /// The entry of a key: HAProxy finds the first of several.
    pub fn get(&self, key: &str) -> Option<Entry<'_>> {
        self.entries().find(|entry| entry.key == key)
    }

    /// Sets the value of a key, in its place or at the end; nothing takes the entry away.
    pub fn set(&mut self, key: &str, value: Option<&str>) {
        let has_key = |line: &String| Entry::of(line).is_some_and(|entry| entry.key == key);
        let place = self.lines.iter().position(has_key);
        match (place, value) {
            (Some(place), Some(value)) => self.lines[place] = format!("{key} {value}\n"),
            (None, Some(value)) => {
                if let Some(last) = self.lines.last_mut().filter(|last| !last.ends_with('\n')) {
                    last.push('\n');
                }
                self.lines.push(format!("{key} {value}\n"));
            }
            (Some(place), None) => {
                self.lines.remove(place);
            }
            (None, None) => {}
        }
    }
}

impl fmt::Display for MapText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| f.write_str(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# by hand\nold.example.com  be_old\n\nwww.example.com be_web|www.example.com\n";

    #[test]
    fn what_is_not_touched_stays_as_it_stands() {
        let mut map = MapText::read(TEXT);
        assert_eq!(map.to_string(), TEXT);
        map.set("a.example.com", Some("be_a|a.example.com"));
        assert_eq!(map.to_string(), format!("{TEXT}a.example.com be_a|a.example.com\n"));
        map.set("a.example.com", Some("be_b|a.example.com"));
        assert_eq!(map.to_string(), format!("{TEXT}a.example.com be_b|a.example.com\n"));
        map.set("a.example.com", None);
        assert_eq!(map.to_string(), TEXT);
        map.set("a.example.com", None);
        assert_eq!(map.to_string(), TEXT);
    }

    #[test]
    fn ends_of_lines_stay() {
        let foreign = "old.example.com be_old\r\nlast.example.com be_last";
        let mut map = MapText::read(foreign);
        assert_eq!(map.to_string(), foreign);
        assert_eq!(map.get("old.example.com").map(|entry| entry.value), Some("be_old"));
        map.set("a.example.com", Some("be_a|a.example.com"));
        assert_eq!(map.to_string(), format!("{foreign}\na.example.com be_a|a.example.com\n"));
    }

    #[test]
    fn an_entry_says_whose_it_is() {
        let map = MapText::read(TEXT);
        let entry = |key| map.get(key).map(|entry| (entry.target(), entry.owner()));
        assert_eq!(entry("old.example.com"), Some(("be_old", None)));
        assert_eq!(entry("www.example.com"), Some(("be_web", Some("www.example.com"))));
        assert_eq!(entry("by"), None);
    }
}
