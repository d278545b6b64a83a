//! The tree of a YAML file: every node with its place, scalars as they are written.

use crate::problem::{Place, Problem};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, Location, Spanned};
use std::fmt::{self, Formatter};
use std::path::Path;

/// A node and where it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Node {
    /// The place of its first character; of the alias, where an alias stands for it.
    pub place: Place,
    /// What it holds.
    pub content: Content,
}

/// What a node holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Content {
    /// Nothing, `~` or `null`.
    Null,
    /// A scalar's source text: `1.30`, `012` and `yes` are what they look like.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in the order of the file, each key once.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Key {
    /// The text.
    pub name: String,
    /// The place of its first character.
    pub place: Place,
}

impl Node {
    /// Reads a file's text; keys that stand twice in a mapping are noted in `problems`, the first one stays.
    ///
    /// # Errors
    /// Where the text is not YAML.
    pub fn parse(file: &Path, source: &str, problems: &mut Vec<Problem>) -> Result<Self, Problem> {
        let options = serde_saphyr::options! { duplicate_keys: DuplicateKeyPolicy::PassThrough, with_snippet: false };
        let raw: Spanned<Raw> = serde_saphyr::from_str_with_options(source, options).map_err(|error| {
            let place = place(file, error.location().unwrap_or(Location::UNKNOWN));
            match error.to_string() {
                text if text.starts_with("multiple YAML documents") => {
                    Problem::at(place, "a second document begins here").hint("a file holds one")
                }
                text => Problem::at(place, format!("this is not YAML: {text}")),
            }
        })?;
        let mut tree = Tree { file, source, problems };
        Ok(tree.node(raw))
    }

    /// What a reader of an error message calls this node.
    pub fn noun(&self) -> String {
        match &self.content {
            Content::Null => "nothing".into(),
            Content::Text(text) => format!("`{text}`"),
            Content::List(_) => "a list".into(),
            Content::Map(_) => "a mapping".into(),
        }
    }
}

/// A node as it comes from the parser, which types plain scalars; their text is taken from the source instead.
enum Raw {
    Null,
    Text(String),
    Typed,
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML")
    }

    fn visit_unit<E: Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Raw, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = sequence.next_element()? {
            nodes.push(node);
        }
        Ok(Raw::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = mapping.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

struct Tree<'a> {
    file: &'a Path,
    source: &'a str,
    problems: &'a mut Vec<Problem>,
}

impl Tree<'_> {
    fn node(&mut self, raw: Spanned<Raw>) -> Node {
        let place = place(self.file, raw.referenced);
        let content = match raw.value {
            Raw::Null => Content::Null,
            Raw::Text(text) => Content::Text(text),
            Raw::Typed => Content::Text(self.written(raw.defined)),
            Raw::List(nodes) => Content::List(nodes.into_iter().map(|node| self.node(node)).collect()),
            Raw::Map(entries) => Content::Map(self.entries(entries)),
        };
        Node { place, content }
    }

    fn entries(&mut self, entries: Vec<(Spanned<Raw>, Spanned<Raw>)>) -> Vec<(Key, Node)> {
        let mut kept: Vec<(Key, Node)> = Vec::new();
        for (key, value) in entries {
            let key = self.node(key);
            let name = match key.content {
                Content::Text(text) => text,
                Content::Null => "null".into(),
                _ => {
                    self.problems.push(Problem::at(key.place, "a key must be a word, not a list or a mapping"));
                    continue;
                }
            };
            let value = self.node(value);
            if let Some((first, _)) = kept.iter().find(|(key, _)| key.name == name) {
                let text = format!("the key `{name}` stands in line {} already", first.place.line);
                self.problems.push(Problem::at(key.place, text));
            } else {
                kept.push((Key { name, place: key.place }, value));
            }
        }
        kept
    }

    /// The source text of a plain scalar.
    fn written(&self, location: Location) -> String {
        let span = location.span();
        let range = span.byte_offset().zip(span.byte_len()).and_then(|(start, length)| {
            let start = usize::try_from(start).ok()?;
            Some(start..start + usize::try_from(length).ok()?)
        });
        range.and_then(|range| self.source.get(range)).unwrap_or_default().trim().to_owned()
    }
}

fn place(file: &Path, location: Location) -> Place {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).max(1);
    Place { file: file.to_owned(), line: number(location.line()), column: number(location.column()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str) -> (Node, Vec<Problem>) {
        let mut problems = Vec::new();
        (Node::parse(Path::new("e.yaml"), source, &mut problems).unwrap(), problems)
    }

    fn scalars(node: &Node, found: &mut Vec<String>) {
        match &node.content {
            Content::Null => found.push(format!("{}:{} null", node.place.line, node.place.column)),
            Content::Text(text) => found.push(format!("{}:{} {text}", node.place.line, node.place.column)),
            Content::List(nodes) => nodes.iter().for_each(|node| scalars(node, found)),
            Content::Map(entries) => {
                for (key, value) in entries {
                    found.push(format!("{}:{} {}:", key.place.line, key.place.column, key.name));
                    scalars(value, found);
                }
            }
        }
    }

    #[test]
    fn scalars_keep_their_source_text_and_place() {
        let source = "a: 1.30\nb: [012345678901, yes, 0x1F, \"1.30\"]\nc: { 1.20: on, no: ~ }\nd:\ne: &x 1e3\nf: *x\ng: 1_000 # comment\nh: |\n  two\n  lines\n";
        let mut found = Vec::new();
        scalars(&parse(source).0, &mut found);
        let wanted = [
            "1:1 a:",
            "1:4 1.30",
            "2:1 b:",
            "2:5 012345678901",
            "2:19 yes",
            "2:24 0x1F",
            "2:30 1.30",
            "3:1 c:",
            "3:6 1.20:",
            "3:12 on",
            "3:16 no:",
            "3:20 null",
            "4:1 d:",
            "5:1 e:",
            "5:7 1e3",
            "6:1 f:",
            "6:4 1e3",
            "7:1 g:",
            "7:4 1_000",
            "8:1 h:",
            "9:3 two\nlines\n",
        ];
        found.retain(|found| !found.ends_with(" null") || found.starts_with('3'));
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_key_that_stands_twice_is_a_problem_and_reading_goes_on() {
        let (node, problems) = parse("a: 1\nb: 2\na: 3\n");
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].to_string(), "e.yaml:3:1: the key `a` stands in line 1 already");
        assert!(matches!(node.content, Content::Map(entries) if entries.len() == 2));
    }

    #[test]
    fn what_is_not_yaml_is_an_error_with_its_line() {
        let problem = Node::parse(Path::new("e.yaml"), "a: 1\nb: [1,\n", &mut Vec::new()).unwrap_err();
        assert!(problem.to_string().starts_with("e.yaml:"), "{problem}");
    }
}
