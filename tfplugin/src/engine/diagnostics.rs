//! Errors as Terraform shows them.

use crate::Error;
use crate::proto::tfplugin6::{self, AttributePath, attribute_path, diagnostic::Severity};
use crate::value::{Path, Step};

/// An error diagnostic: what could not be done, and below it why and what to do.
pub fn error(cannot: &str, error: &Error) -> tfplugin6::Diagnostic {
    diagnostic(Severity::Error, cannot, error)
}

/// A warning.
pub fn warning(summary: &str, error: &Error) -> tfplugin6::Diagnostic {
    diagnostic(Severity::Warning, summary, error)
}

fn diagnostic(severity: Severity, summary: &str, error: &Error) -> tfplugin6::Diagnostic {
    tfplugin6::Diagnostic {
        severity: severity.into(),
        summary: summary.to_owned(),
        detail: sentence(error),
        attribute: error.path().map(path),
    }
}

/// The message as a sentence, then the hint.
fn sentence(error: &Error) -> String {
    let message = error.message();
    let mut text: String =
        message.chars().take(1).flat_map(char::to_uppercase).chain(message.chars().skip(1)).collect();
    if !text.ends_with(['.', '!', '?', ')', '"', ':']) {
        text.push('.');
    }
    match error.hint_text() {
        Some(hint) => format!("{text}\n\n{hint}"),
        None => text,
    }
}

/// A path on the wire.
pub fn path(path: &Path) -> AttributePath {
    use attribute_path::step::Selector;
    let steps = path.0.iter().map(|step| {
        let selector = match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
            Step::Index(index) => Selector::ElementKeyInt(*index),
        };
        attribute_path::Step { selector: Some(selector) }
    });
    AttributePath { steps: steps.collect() }
}
