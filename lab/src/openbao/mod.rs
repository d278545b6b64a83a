//! OpenBao's API v1 in memory: mounts, policies, tokens, audit devices, KV, and login with JWTs, AppRole and passwords.
//!
//! OpenBao is in no package registry, so this stands in for it. What it answers is what OpenBao 2.2.2 answered when its
//! answers were recorded; the recording is a fixture of the tests, which replay it. What is not in the recording is from
//! OpenBao's own source, and is called unrecorded where a newer version has it.
//!
//! A field or path that the server does not have is answered as the real server does, which ignores such a field, and
//! remembered as a violation.
//!
//! Not modelled: identities, leases other than those of tokens, response wrapping, quotas, constraints of policies on
//! parameters, addresses that tokens are bound to, and engines other than those above, which can only be mounted. An
//! audit device writes nothing. Lists are whole: `after` and `limit` are not known.

mod acl;
mod approle;
mod audit;
mod engine;
mod fields;
mod hcl;
pub(crate) mod ids;
mod jwt;
mod kv;
mod kv_secret;
mod kv_v1;
mod mount;
mod mounts;
mod namespaces;
mod policies;
mod reply;
mod request;
mod router;
mod scan;
mod secret_ids;
mod server;
mod status;
mod store;
mod times;
mod token_params;
mod token_paths;
mod tokens;
mod userpass;

pub use server::{Builder, OpenBao};
