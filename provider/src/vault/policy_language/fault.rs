//! Where something stands in a policy's text, and what is wrong there.

use std::fmt;

/// A place in a text. Line and column count from 1, and a column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Position {
    /// The beginning of a text.
    pub(super) const START: Position = Position { line: 1, column: 1 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// What a reader says about a place: `3:5: expected a list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    at: Position,
    text: String,
}

impl Fault {
    /// Says something about a place.
    pub(super) fn new(at: Position, text: impl Into<String>) -> Self {
        Fault { at, text: text.into() }
    }

    /// What is said, without the place.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.text)
    }
}
