//! The provider in process, against the labs.

mod conformance;
mod delivery;
mod delivery_kv;
mod editions;
mod estate;
mod faults;
mod gitlab_fields;
mod lifecycle;
mod policies;
mod refresh;
mod surprises;
mod vault_auth;
mod vault_errors;
mod vault_estate;
mod vault_jwt;
mod vault_kv;
mod vault_moves;
mod vault_namespaces;
mod vault_openbao;
mod vault_refresh;
mod vault_session;
mod vault_tls;
mod vault_token;
mod vault_trust;
mod words;
