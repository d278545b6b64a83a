//! An issuer of ID tokens on loopback, which looks to Vault as a GitLab does that gives its jobs `id_tokens`.
//!
//! Facts come from GitLab's manual, "OpenID Connect (OIDC) authentication using ID tokens" and "ID token payload",
//! version 18. One thing differs: GitLab signs with RS256, and this issuer with ES256, for which keys can be made here.

mod job;
mod key;
mod server;

pub use job::Job;
pub use server::Issuer;
