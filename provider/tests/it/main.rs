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
mod vault_jwt;
mod vault_kv;
mod vault_trust;
mod words;
