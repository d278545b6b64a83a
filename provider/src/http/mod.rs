//! The one transport under every REST backend: it retries, limits, traces and redacts, so that no backend does.
//!
//! A backend builds a [`Transport`] from [`Settings`] when it connects, describes each call as a [`Request`] and gets
//! an [`Answer`] or a `tfplugin::Error` that names what was asked, what the server said and what to do.

mod answer;
mod budget;
mod failure;
mod path;
mod redact;
mod request;
mod retry;
mod sdk;
mod settings;
#[cfg(test)]
mod tests;
mod transport;
mod wire;

pub use crate::path;
pub use answer::{Answer, Explain, Meaning, Refusal};
pub use budget::Rule;
pub use path::ApiPath;
pub use request::{Method, Request};
pub use retry::Retry;
pub use sdk::{Action, ExplainError, Sdk};
pub use settings::{ClientCertificate, Origins, Settings};
pub use transport::Transport;

use redact::Redactor;
