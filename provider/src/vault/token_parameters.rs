//! What every role of an auth method says about the tokens of its logins.

use tfplugin::prelude::*;

use super::network::Network;
use super::policy::policy_name;

/// The `token_*` attributes of a role. Vault 1.21 answers 0, false, an empty list or `default` for what was never set,
/// and takes the same to clear it.
#[derive(Clone, Nested)]
pub struct TokenParameters {
    /// Seconds that a token lives; 0 for what the mount has.
    #[tf(default = 0)]
    pub token_ttl: u64,

    /// Seconds that a token can live if it is renewed; 0 for what the mount has.
    #[tf(default = 0)]
    pub token_max_ttl: u64,

    /// Seconds for which a renewal makes a token live, without an end to renewals; 0 for a token that is not periodic.
    #[tf(default = 0)]
    pub token_period: u64,

    /// Seconds after which no renewal helps, not even of a periodic token; 0 for no such limit.
    #[tf(default = 0)]
    pub token_explicit_max_ttl: u64,

    /// Policies of a token.
    #[tf(check = policy_names)]
    pub token_policies: Option<BTreeSet<String>>,

    /// Whether a token does not get the policy `default`.
    #[tf(default = false)]
    pub token_no_default_policy: bool,

    /// How many requests a token is good for; 0 for any number.
    #[tf(default = 0)]
    pub token_num_uses: u64,

    /// Networks that may log in and use a token, such as `10.1.0.0/16`.
    pub token_bound_cidrs: Option<BTreeSet<Network>>,

    /// Type of a token; `default` leaves it to the mount. One of type `batch` has no period and no number of uses.
    #[tf(default = TokenType::Default)]
    pub token_type: TokenType,
}

/// The type of the tokens of a role.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum TokenType {
    /// What the mount has.
    Default,
    /// Stored by the server: it can be renewed and revoked.
    Service,
    /// Not stored: it cannot be renewed, revoked or have children.
    Batch,
}

fn policy_names(names: &BTreeSet<String>) -> Result<(), String> {
    names.iter().try_for_each(|name| policy_name(name).map_err(|reason| format!("holds a name that {reason}")))
}
