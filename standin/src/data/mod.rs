//! What is computed by a rule that is known, and not invented.

mod known;
mod policy_document;
mod random;

pub(crate) use known::known;
pub(crate) use policy_document::{POLICY_DOCUMENT, policy_document};
pub(crate) use random::computed;
