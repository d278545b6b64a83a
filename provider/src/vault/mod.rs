//! Vault and OpenBao: secrets engines, auth methods, policies and secrets.

mod client;
mod config;
mod kv;
mod kv_input;
mod kv_metadata;
mod kv_opened;
mod kv_secret;
mod kv_subkeys;
mod mount;
mod mount_table;
mod policies;
mod policy;
mod refusal;
mod session;

use tfplugin::prelude::*;

/// Everything that runs over a Vault connection.
pub fn backend() -> Backend {
    Registry::<client::Vault>::new()
        .resource::<kv_secret::KvSecret>()
        .resource::<mount::Mount>()
        .resource::<policy::Policy>()
        .data_source::<kv_subkeys::KvSubkeys>()
        .ephemeral::<kv_opened::OpenedSecret>()
        .build()
}
