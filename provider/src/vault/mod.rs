//! Vault and OpenBao: secrets engines, auth methods, policies and secrets.

mod approle_role;
mod approle_secret_id;
mod audit;
mod auth_backend;
mod auth_tune;
mod client;
mod config;
mod gitlab_jobs;
mod gitlab_trust;
mod jwt_auth_backend;
mod jwt_auth_backend_role;
mod jwt_config;
mod jwt_role;
mod kv;
mod kv_input;
mod kv_metadata;
mod kv_opened;
mod kv_secret;
mod kv_sink;
mod kv_subkeys;
mod lease;
mod mount;
mod mount_table;
mod mount_tuning;
mod network;
mod pem;
mod policies;
mod policy;
mod policy_document;
mod policy_language;
mod refusal;
mod role;
mod session;
mod token;
mod token_parameters;

use tfplugin::prelude::*;

/// Everything that runs over a Vault connection.
pub fn backend() -> Backend {
    Registry::<client::Vault>::new()
        .data_source::<kv_subkeys::KvSubkeys>()
        .ephemeral::<approle_secret_id::SecretId>()
        .ephemeral::<kv_opened::OpenedSecret>()
        .ephemeral::<token::Token>()
        .function::<policy_document::PolicyDocument>()
        .look_up::<auth_backend::AuthBackend>()
        .look_up::<policy::Policy>()
        .resource::<approle_role::AppRole>()
        .resource::<audit::Audit>()
        .resource::<auth_backend::AuthBackend>()
        .resource::<gitlab_trust::GitlabTrust>()
        .resource::<jwt_auth_backend::JwtAuthBackend>()
        .resource::<jwt_auth_backend_role::JwtAuthBackendRole>()
        .resource::<kv_secret::KvSecret>()
        .resource::<mount::Mount>()
        .resource::<policy::Policy>()
        .sink::<kv_sink::KvSink>()
        .build()
}
