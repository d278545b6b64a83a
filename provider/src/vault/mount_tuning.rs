//! How a secrets engine is tuned.

use tfplugin::prelude::*;

use super::mount_table::Visibility;

/// The tuning of a secrets engine; what is omitted is the server's.
#[derive(Clone, Nested)]
pub struct MountTuning {
    /// Lease of tokens and secrets in seconds; omit it for the server's.
    #[tf(api = "config.default_lease_ttl", check = between(1..=u64::MAX))]
    default_lease_ttl_seconds: Option<u64>,

    /// Longest lease of tokens and secrets in seconds; omit it for the server's.
    #[tf(api = "config.max_lease_ttl", check = between(1..=u64::MAX))]
    max_lease_ttl_seconds: Option<u64>,

    /// Keys of requests that audit devices show as they are.
    #[tf(api = "config.audit_non_hmac_request_keys")]
    audit_non_hmac_request_keys: Option<BTreeSet<String>>,

    /// Keys of answers that audit devices show as they are.
    #[tf(api = "config.audit_non_hmac_response_keys")]
    audit_non_hmac_response_keys: Option<BTreeSet<String>>,

    /// Who sees the mount in the list for interfaces.
    #[tf(api = "config.listing_visibility")]
    listing_visibility: Option<Visibility>,

    /// Headers of requests that are passed on to the engine.
    #[tf(api = "config.passthrough_request_headers")]
    passthrough_request_headers: Option<BTreeSet<String>>,

    /// Headers that the engine may set on answers.
    #[tf(api = "config.allowed_response_headers")]
    allowed_response_headers: Option<BTreeSet<String>>,

    /// Accessors of auth methods that the engine may log in with.
    #[tf(api = "config.delegated_auth_accessors")]
    delegated_auth_accessors: Option<BTreeSet<String>>,

    /// Managed keys that the engine may use.
    #[tf(api = "config.allowed_managed_keys")]
    allowed_managed_keys: Option<BTreeSet<String>>,

    /// Key that signs the identity tokens of plugins.
    #[tf(api = "config.identity_token_key")]
    identity_token_key: Option<String>,

    /// Whether the engine takes a path with a slash at its end for one without.
    #[tf(api = "config.trim_request_trailing_slashes", default = false)]
    trim_request_trailing_slashes: bool,
}
