//! The way through a text, one character at a time.

use super::fault::{Fault, Position};

/// A place in a text, and what follows it.
#[derive(Clone)]
pub(super) struct Cursor<'t> {
    rest: &'t str,
    at: Position,
}

impl<'t> Cursor<'t> {
    /// The beginning of a text.
    pub(super) fn new(text: &'t str) -> Self {
        Cursor { rest: text, at: Position::START }
    }

    /// Where the next character stands.
    pub(super) fn position(&self) -> Position {
        self.at
    }

    /// The text from here to its end.
    pub(super) fn rest(&self) -> &'t str {
        self.rest
    }

    /// The next character, which stays.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Takes the next character.
    pub(super) fn take(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let taken = characters.next()?;
        self.rest = characters.as_str();
        match taken {
            '\n' => self.at = Position { line: self.at.line + 1, column: 1 },
            _ => self.at.column += 1,
        }
        Some(taken)
    }

    /// Takes the text if it is what follows.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let follows = self.rest.starts_with(text);
        if follows {
            self.skip(text.len());
        }
        follows
    }

    /// Takes characters as long as they are wanted.
    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let length = self.rest.find(|character| !wanted(character)).unwrap_or(self.rest.len());
        self.skip(length)
    }

    /// Takes so many bytes, which end between two characters.
    pub(super) fn skip(&mut self, bytes: usize) -> &'t str {
        let (taken, _) = self.rest.split_at(bytes);
        for _ in taken.chars() {
            self.take();
        }
        taken
    }

    /// The text from an earlier place of this cursor to here.
    pub(super) fn since(&self, start: &Cursor<'t>) -> &'t str {
        &start.rest[..start.rest.len() - self.rest.len()]
    }

    /// Says what is wrong with the next character.
    pub(super) fn fault(&self, text: impl Into<String>) -> Fault {
        Fault::new(self.at, text)
    }
}

/// White space of both notations; others are refused like any character that has no meaning.
pub(super) fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// What a bare name begins with.
pub(super) fn is_letter(character: char) -> bool {
    character == '_' || character.is_alphabetic()
}

/// What a bare name goes on with.
pub(super) fn is_name(character: char) -> bool {
    is_letter(character) || character.is_numeric() || matches!(character, '-' | '.')
}
