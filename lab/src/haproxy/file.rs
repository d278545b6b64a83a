//! The configuration file: sections with their lines, as they stand there.
//!
//! What the API's library does to a file is recorded: it writes a header, an empty line in front of each section, lines
//! indented by two blanks, frontends and backends by their names, and `from` on those that were read without it. Lines,
//! comments and sections that nobody changes are kept as they are.

use std::fmt::Write;

use crate::cached::fingerprint;

/// Comments that the API writes once it has changed a file.
const MANAGED: [&str; 2] =
    ["# Dataplaneapi managed File", "# changing file directly can cause a conflict if dataplaneapi is running"];

/// Words that begin a section, in the order in which the library writes them.
const KINDS: &[&str] = &[
    "global",
    "defaults",
    "userlist",
    "peers",
    "mailers",
    "resolvers",
    "cache",
    "ring",
    "http-errors",
    "log-forward",
    "crt-store",
    "fcgi-app",
    "program",
    "frontend",
    "backend",
    "listen",
];

/// Sections that take their defaults from another.
const PROXIES: &[&str] = &["frontend", "backend", "listen"];

/// First words of lines, in the order in which the library writes them.
const ORDER: &[&str] = &[
    "mode",
    "description",
    "disabled",
    "enabled",
    "id",
    "maxconn",
    "backlog",
    "bind",
    "balance",
    "hash-type",
    "cookie",
    "fullconn",
    "retries",
    "log",
    "log-format",
    "log-tag",
    "acl",
    "option",
    "no",
    "timeout",
    "http-reuse",
    "http-check",
    "tcp-check",
    "filter",
    "stick-table",
    "tcp-request",
    "tcp-response",
    "http-request",
    "http-response",
    "use_backend",
    "default_backend",
    "default-server",
    "server",
];

/// A whole file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// Whether the API has changed it.
    pub managed: bool,
    /// Comments at its start.
    pub top: Vec<String>,
    /// Its sections.
    pub sections: Vec<Section>,
}

/// A section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Word that begins it, such as `frontend`.
    pub kind: String,
    /// Name, empty where it has none.
    pub name: String,
    /// Section that it takes its defaults from.
    pub from: Option<String>,
    /// What follows in its first line.
    pub rest: String,
    /// Comments in front of it.
    pub before: Vec<String>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Comments after its last line.
    pub after: Vec<String>,
}

/// A line of a section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Comments in front of it.
    pub before: Vec<String>,
    /// What stands in it, without the blanks around it.
    pub text: String,
}

impl File {
    /// Reads a text, and its version where it says one.
    #[must_use]
    pub fn parse(text: &str) -> (Self, Option<i64>) {
        let mut file = Self::default();
        let mut version = None;
        let mut comments: Vec<String> = Vec::new();
        for line in text.lines().map(str::trim) {
            if let Some(number) = line.strip_prefix("# _version=") {
                version = number.trim().parse().ok();
            } else if MANAGED.contains(&line) {
                file.managed = true;
            } else if line.starts_with('#') && !line.starts_with("# _md5hash=") {
                comments.push(line.to_owned());
            } else if line.is_empty() && file.sections.is_empty() {
                file.top.append(&mut comments);
            } else if line.is_empty() || line.starts_with('#') {
                if let Some(section) = file.sections.last_mut() {
                    section.after.append(&mut comments);
                }
            } else {
                file.take(line, std::mem::take(&mut comments));
            }
        }
        if let Some(section) = file.sections.last_mut() {
            section.after.append(&mut comments);
        }
        (file, version)
    }

    fn take(&mut self, line: &str, comments: Vec<String>) {
        let mut words = line.split_whitespace();
        let kind = words.next().unwrap_or_default();
        if KINDS.contains(&kind) {
            let defaults = self.sections.iter().filter(|section| section.kind == "defaults").count();
            self.sections.push(Section { before: comments, ..Section::of(kind, words.collect(), defaults) });
        } else if let Some(section) = self.sections.last_mut() {
            let before = [std::mem::take(&mut section.after), comments].concat();
            section.lines.push(Line { before, text: line.to_owned() });
        }
    }

    /// Names the defaults of each proxy that was read without: those that stand in front of it.
    pub fn resolve_defaults(&mut self) {
        let mut defaults = None;
        for section in &mut self.sections {
            if section.kind == "defaults" {
                defaults = Some(section.name.clone());
            } else if PROXIES.contains(&section.kind.as_str()) && section.from.is_none() {
                section.from.clone_from(&defaults);
            }
        }
    }

    /// The text with its header.
    #[must_use]
    pub fn render(&self, version: i64) -> String {
        let mut text = format!("# _version={version}\n");
        let managed = MANAGED.iter().filter(|_| self.managed).copied();
        for line in managed.chain(self.top.iter().map(String::as_str)) {
            text += &format!("{line}\n");
        }
        self.sections.iter().for_each(|section| section.render(&mut text));
        // The real one is an MD5, which nobody verifies but the library itself.
        let hash: String = (0..4u8).map(|part| fingerprint([text.as_bytes(), [part].as_slice()])).collect();
        format!("# _md5hash={hash}\n{text}")
    }

    /// Brings sections into the order in which the library writes them.
    pub fn sort(&mut self) {
        let rank = |kind: &str| KINDS.iter().position(|known| *known == kind).unwrap_or(KINDS.len());
        self.sections.sort_by(|one, other| {
            let by_name = PROXIES.contains(&one.kind.as_str()).then(|| one.name.cmp(&other.name));
            rank(&one.kind).cmp(&rank(&other.kind)).then(by_name.unwrap_or(std::cmp::Ordering::Equal))
        });
    }

    /// The section of this kind and name.
    #[must_use]
    pub fn section(&self, kind: &str, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.kind == kind && section.name == name)
    }

    /// The same, to be changed.
    pub fn section_mut(&mut self, kind: &str, name: &str) -> Option<&mut Section> {
        self.sections.iter_mut().find(|section| section.kind == kind && section.name == name)
    }
}

impl Section {
    fn of(kind: &str, mut words: Vec<&str>, defaults: usize) -> Self {
        let mut section = Self { kind: kind.to_owned(), ..Self::default() };
        if !words.is_empty() && words[0] != "from" && kind != "global" {
            section.name = words.remove(0).to_owned();
        }
        if words.len() > 1 && words[0] == "from" {
            section.from = Some(words[1].to_owned());
            words.drain(..2);
        }
        if kind == "defaults" && section.name.is_empty() {
            section.name = format!("unnamed_defaults_{}", defaults + 1);
        }
        section.rest = words.join(" ");
        section
    }

    fn render(&self, text: &mut String) {
        let mut write = |line: &str| writeln!(text, "{line}").expect("a text takes everything");
        write("");
        self.before.iter().for_each(|comment| write(comment));
        let from = self.from.as_ref().map(|from| format!("from {from}")).unwrap_or_default();
        let words = [self.kind.as_str(), &self.name, &from, &self.rest];
        write(&words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
        for line in &self.lines {
            line.before.iter().for_each(|comment| write(&format!("  {comment}")));
            write(&format!("  {}", line.text));
        }
        self.after.iter().for_each(|comment| write(&format!("  {comment}")));
    }

    /// Positions of the lines that begin with this word.
    #[must_use]
    pub fn positions(&self, word: &str) -> Vec<usize> {
        let begins = |line: &Line| line.text.split_whitespace().next() == Some(word);
        (0..self.lines.len()).filter(|at| begins(&self.lines[*at])).collect()
    }

    /// Adds a line where the library would write it.
    pub fn add(&mut self, text: String) {
        let rank = |text: &str| ORDER.iter().position(|word| text.split_whitespace().next() == Some(word));
        let new = rank(&text);
        let not_after = |line: &Line| rank(&line.text).is_some_and(|found| new.is_none_or(|new| found <= new));
        let at = self.lines.iter().rposition(not_after).map_or(0, |last| last + 1);
        self.lines.insert(at, Line { before: Vec::new(), text });
    }

    /// Puts a line in the place of what stands at a position, or adds or removes one.
    pub fn put(&mut self, at: Option<usize>, text: Option<String>) {
        match (at, text) {
            (Some(at), Some(text)) => self.lines[at].text = text,
            (Some(at), None) => drop(self.lines.remove(at)),
            (None, Some(text)) => self.add(text),
            (None, None) => {}
        }
    }

    /// Puts lines in the place of all that begin with a word, each at the place of an earlier one as long as there are any.
    pub fn replace_all(&mut self, word: &str, texts: Vec<String>) {
        let positions = self.positions(word);
        for (at, text) in positions.iter().zip(&texts) {
            self.lines[*at].text.clone_from(text);
        }
        for at in positions.iter().skip(texts.len()).rev() {
            self.lines.remove(*at);
        }
        for (index, text) in texts.into_iter().enumerate().skip(positions.len()) {
            match self.positions(word).last().filter(|_| index > 0) {
                Some(last) => self.lines.insert(last + 1, Line { before: Vec::new(), text }),
                None => self.add(text),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = "# of the house\n\n# first\nglobal\n  daemon # inline\n\n# why\ndefaults\n  mode http\n  # slow\n  \
                           timeout client 10s\n\nfrontend z\n  # b\n  bind :80\n  unknown word\n  # end\n\nfrontend a from x\n";

    #[test]
    fn comments_and_unknown_lines_stay_where_they_are() {
        let (mut file, version) = File::parse(WRITTEN);
        assert_eq!(version, None);
        file.resolve_defaults();
        file.sort();
        file.section_mut("frontend", "z").unwrap().add("default_backend b".to_owned());
        let text = file.render(3);
        let (_, body) = text.split_once('\n').unwrap();
        assert_eq!(
            body,
            "# _version=3\n# of the house\n\n# first\nglobal\n  daemon # inline\n\n# why\ndefaults unnamed_defaults_1\n  \
             mode http\n  # slow\n  timeout client 10s\n\nfrontend a from x\n\nfrontend z from unnamed_defaults_1\n  # b\n  \
             bind :80\n  default_backend b\n  unknown word\n  # end\n"
        );
        assert_eq!(File::parse(&text), (file, Some(3)));
    }

    #[test]
    fn a_list_is_replaced_in_its_place() {
        let (mut file, _) = File::parse("frontend f\n  acl a x\n  other\n  acl b y\n  bind :1\n");
        let section = file.section_mut("frontend", "f").unwrap();
        section.replace_all("acl", ["acl c", "acl d", "acl e"].map(str::to_owned).to_vec());
        let texts = |section: &Section| section.lines.iter().map(|line| line.text.clone()).collect::<Vec<_>>();
        assert_eq!(texts(section), ["acl c", "other", "acl d", "acl e", "bind :1"]);
        section.replace_all("acl", vec!["acl f".to_owned()]);
        assert_eq!(texts(section), ["acl f", "other", "bind :1"]);
    }
}
