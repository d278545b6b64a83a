//! Why bytes are not a value of a type, and where.

use std::fmt;

use super::{Path, Step};

/// Why bytes are not a value of a type; it names the place and never repeats what stands there, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    path: Path,
    reason: String,
}

impl DecodeError {
    /// Where the value differs from its type; empty for the whole.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is wrong there, without the place.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    pub(super) fn new(reason: impl Into<String>) -> Self {
        DecodeError { path: Path::default(), reason: reason.into() }
    }

    pub(super) fn missing_attribute(name: &str) -> Self {
        DecodeError::new(format!("the attribute `{name}` is missing"))
    }

    pub(super) fn extra_attribute(name: &str) -> Self {
        DecodeError::new(format!("the type has no attribute `{name}`"))
    }

    /// The same error, seen from one level further out.
    pub(super) fn under(mut self, step: Step) -> Self {
        self.path.0.insert(0, step);
        self
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.0.is_empty() {
            return f.write_str(&self.reason);
        }
        write!(f, "`{}`: {}", self.path, self.reason)
    }
}

impl std::error::Error for DecodeError {}
