//! Vault and OpenBao: secrets engines, auth methods, policies and secrets.

mod client;
mod config;
mod mount;
mod mount_table;
mod policies;
mod policy;
mod policy_document;
mod policy_language;
mod refusal;
mod session;

use tfplugin::prelude::*;

/// Everything that runs over a Vault connection.
pub fn backend() -> Backend {
    Registry::<client::Vault>::new()
        .function::<policy_document::PolicyDocument>()
        .resource::<mount::Mount>()
        .resource::<policy::Policy>()
        .build()
}
