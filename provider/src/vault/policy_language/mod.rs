//! Vault's policy language: read with line and column, compared by meaning, and written.

mod block;
mod capability;
mod cursor;
mod duration;
mod fault;
mod hcl;
mod heredoc;
mod json;
mod literals;
mod meaning;
mod reading;
#[cfg(test)]
mod tests;
mod text;
mod tree;

pub(super) use capability::Capability;
pub(super) use literals::quote;
pub(super) use reading::refusal;
pub(super) use text::PolicyText;
