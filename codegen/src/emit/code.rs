//! Writes HCL line by line and remembers where each line came from.

use crate::module::Code;
use crate::problem::Place;
use crate::rendered::{Origin, Rendered};
use std::path::PathBuf;

/// A file that is being written.
pub struct Writer {
    text: String,
    origins: Vec<Origin>,
    from: Origin,
    source: PathBuf,
}

impl Writer {
    /// An empty file; lines without a place belong to the beginning of `source`.
    pub fn new(source: impl Into<PathBuf>) -> Self {
        let source = source.into();
        let from = Origin { file: source.clone(), line: 1 };
        Self { text: String::new(), origins: Vec::new(), from, source }
    }

    /// The lines that follow come from here.
    pub fn from(&mut self, place: &Place) -> &mut Self {
        self.from = Origin { file: place.file.clone(), line: place.line };
        self
    }

    /// A line, or several, all from the same place.
    pub fn line(&mut self, text: impl AsRef<str>) -> &mut Self {
        for line in text.as_ref().split('\n') {
            self.push(line, self.from.clone());
        }
        self
    }

    /// `name = expression`, each line from its own place.
    pub fn argument(&mut self, name: &str, code: &Code) -> &mut Self {
        for (number, line) in code.text.split('\n').enumerate() {
            let origin = Origin { file: code.place.file.clone(), line: code.place.line + number };
            let line = line.trim_end_matches('\r');
            if number == 0 { self.push(&format!("{name} = {line}"), origin) } else { self.push(line, origin) }
        }
        self
    }

    /// The finished file; the header names its source.
    pub fn finish(self, path: impl Into<PathBuf>) -> Rendered {
        Rendered { path: path.into(), text: self.text, origins: self.origins, source: self.source }
    }

    fn push(&mut self, line: &str, origin: Origin) {
        self.text.push_str(line);
        self.text.push('\n');
        self.origins.push(origin);
    }
}

/// A string as HCL writes it; `${` and `%{` mean themselves.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '$' | '%' if letters.peek() == Some(&'{') => {
                quoted.push(letter);
                quoted.push(letter);
            }
            control if control.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a name can stand as a key without quotes.
pub fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-')
        && name != "for"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_string_means_itself() {
        assert_eq!(quote("a\"b\\c\n${d} %{e} $f %"), r#""a\"b\\c\n$${d} %%{e} $f %""#);
    }

    #[test]
    fn keys_are_quoted_where_hcl_would_read_something_else() {
        for name in ["us-east-1a", "_x", "Name"] {
            assert!(is_identifier(name), "{name}");
        }
        for name in ["kubernetes.io/role/elb", "1a", "", "for", "a b"] {
            assert!(!is_identifier(name), "{name}");
        }
    }
}
