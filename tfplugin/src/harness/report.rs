//! What an operation of the harness did and said.

use std::collections::BTreeMap;
use std::fmt;

use super::wire;
use crate::proto::tfplugin6::{Diagnostic, diagnostic::Severity};
use crate::{Error, Result};

/// What a plan does to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// It is deleted and made anew.
    Replace,
    /// It is deleted.
    Delete,
}

/// A diagnostic of the provider.
#[derive(Clone, Debug)]
pub struct Message {
    /// Whether it ends the operation.
    pub is_error: bool,
    /// What it is about.
    pub address: String,
    /// First line.
    pub summary: String,
    /// All else.
    pub detail: String,
    /// The attribute that it points at; empty for none.
    pub attribute: String,
}

/// The changes that were planned, or made, and all diagnostics.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Changes by address; what stays as it is has none.
    pub actions: BTreeMap<String, Action>,
    /// Diagnostics in the order of their coming.
    pub messages: Vec<Message>,
}

impl Message {
    pub(super) fn of(address: &str, diagnostic: &Diagnostic) -> Message {
        Message {
            is_error: diagnostic.severity == i32::from(Severity::Error),
            address: address.to_owned(),
            summary: diagnostic.summary.clone(),
            detail: diagnostic.detail.clone(),
            attribute: diagnostic.attribute.as_ref().map(|path| wire::path(path).to_string()).unwrap_or_default(),
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_error { "error" } else { "warning" };
        write!(f, "{kind}: {}: {}", self.address, self.summary)?;
        if !self.attribute.is_empty() {
            write!(f, " at {}", self.attribute)?;
        }
        write!(f, "\n{}", self.detail)
    }
}

impl Report {
    pub(super) fn add(&mut self, address: &str, diagnostics: &[Diagnostic]) {
        self.messages.extend(diagnostics.iter().map(|diagnostic| Message::of(address, diagnostic)));
    }

    /// Whether an error was reported.
    pub fn failed(&self) -> bool {
        self.messages.iter().any(|message| message.is_error)
    }

    /// All messages as one text.
    pub fn text(&self) -> String {
        self.messages.iter().map(|message| format!("{message}\n")).collect()
    }

    /// The report itself, unless something failed.
    pub fn success(self) -> Result<Report> {
        match self.failed() {
            true => Err(Error::new(self.text())),
            false => Ok(self),
        }
    }

    /// Fails unless nothing was planned and nothing was said.
    pub fn empty(self) -> Result<()> {
        match (self.actions.is_empty(), self.messages.is_empty()) {
            (true, true) => Ok(()),
            (false, _) => Err(Error::new(format!("there are changes: {:?}\n{}", self.actions, self.text()))),
            (true, false) => Err(Error::new(self.text())),
        }
    }
}
