//! Vault and OpenBao: secrets engines, auth methods, policies and secrets.

mod approle_secret_id;
mod audit;
mod client;
mod config;
mod duration;
mod mount;
mod mount_table;
mod policies;
mod policy;
mod refusal;
mod session;
mod token;

use tfplugin::prelude::*;

/// Everything that runs over a Vault connection.
pub fn backend() -> Backend {
    Registry::<client::Vault>::new()
        .ephemeral::<approle_secret_id::SecretId>()
        .ephemeral::<token::Token>()
        .look_up::<policy::Policy>()
        .resource::<audit::Audit>()
        .resource::<mount::Mount>()
        .resource::<policy::Policy>()
        .build()
}
