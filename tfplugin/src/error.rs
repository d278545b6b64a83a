//! One opaque error for everything that can fail, with predicates to branch on.
//!
//! A message is a lowercase fragment that completes "cannot create `x`: …" and says what was asked and what was
//! answered; a hint is a sentence that says what the user can do about it. Neither holds a secret: whoever puts
//! foreign text into an error redacts it first.

use std::fmt;

use crate::value::{Path, Step};

/// The result of anything that talks to a backend.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure, told to the user as one diagnostic.
#[derive(Debug, Clone)]
pub struct Error {
    kind: Kind,
    message: String,
    hint: Option<String>,
    path: Option<Path>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    NotFound,
    Conflict,
    AnswerLost,
    Unreachable,
    Stopped,
    Other,
}

impl Error {
    /// An error without a class of its own.
    pub fn new(message: impl Into<String>) -> Self {
        Self::of(Kind::Other, message)
    }

    /// The object does not exist; deleting it again is a success.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::of(Kind::NotFound, message)
    }

    /// An object of this name exists already, or it changed under our hands.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::of(Kind::Conflict, message)
    }

    /// A write was sent and its answer did not arrive: it may have happened or not.
    pub fn answer_lost(message: impl Into<String>) -> Self {
        Self::of(Kind::AnswerLost, message)
    }

    /// There was no connection to the backend, so nothing was sent; or a read, which does nothing, got no answer.
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self::of(Kind::Unreachable, message)
    }

    /// The user interrupted the run before this step began.
    pub fn stopped(message: impl Into<String>) -> Self {
        Self::of(Kind::Stopped, message)
    }

    fn of(kind: Kind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), hint: None, path: None }
    }

    /// Says what the user can do: a whole sentence.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Points at an attribute.
    #[must_use]
    pub fn at(mut self, path: Path) -> Self {
        self.path = Some(path);
        self
    }

    /// Points at a top-level attribute.
    #[must_use]
    pub fn at_attribute(self, name: &str) -> Self {
        self.at(Path(vec![Step::Attribute(name.to_owned())]))
    }

    /// Puts what was being done in front of the message.
    #[must_use]
    pub fn context(mut self, doing: impl fmt::Display) -> Self {
        self.message = format!("{doing}: {}", self.message);
        self
    }

    /// Adds a sentence to what the user can do.
    #[must_use]
    pub fn and_hint(self, sentence: impl fmt::Display) -> Self {
        let hint = match &self.hint {
            Some(hint) => format!("{hint} {sentence}"),
            None => sentence.to_string(),
        };
        self.hint(hint)
    }

    /// The error without a secret, wherever foreign text brought it in.
    #[must_use]
    pub(crate) fn without(mut self, secret: &str) -> Self {
        if !secret.is_empty() {
            self.message = self.message.replace(secret, "(redacted)");
            self.hint = self.hint.map(|hint| hint.replace(secret, "(redacted)"));
        }
        self
    }

    /// Whether the object does not exist.
    pub fn is_not_found(&self) -> bool {
        self.kind == Kind::NotFound
    }

    /// Whether the object exists already, or changed under our hands.
    pub fn is_conflict(&self) -> bool {
        self.kind == Kind::Conflict
    }

    /// Whether a write may have happened although no answer came.
    pub fn is_answer_lost(&self) -> bool {
        self.kind == Kind::AnswerLost
    }

    /// Whether the backend could not be reached, so that nothing was done, and another address may be asked.
    pub fn is_unreachable(&self) -> bool {
        self.kind == Kind::Unreachable
    }

    /// Whether the user's interrupt prevented this step.
    pub fn is_stopped(&self) -> bool {
        self.kind == Kind::Stopped
    }

    /// The fragment that says what failed.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The sentence that says what to do, if there is one.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The attribute that the error points at, if it does.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_ref()
    }
}

/// What was found, or none where the error says that there is no such object.
pub fn if_there<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Err(error) if error.is_not_found() => Ok(None),
        found => found.map(Some),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n\n{hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
