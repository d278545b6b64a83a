//! How an auth method is tuned.

use tfplugin::prelude::*;
use tfplugin::schema::{Attribute, Field, to_api};
use tfplugin::value::Value;

use super::client::empty;
use super::lease::Lease;
use super::mount_table::Visibility;

/// The kind of token that logins get.
#[derive(Clone, Copy, Debug, Default, PartialEq, OneOf)]
pub enum MountTokenType {
    /// Service tokens, unless the role says otherwise.
    #[default]
    #[tf(word = "default-service")]
    DefaultService,
    /// Batch tokens, unless the role says otherwise.
    #[tf(word = "default-batch")]
    DefaultBatch,
    /// Service tokens.
    Service,
    /// Batch tokens.
    Batch,
}

/// The tuning of an auth method.
#[derive(Clone, Debug, Default, PartialEq, Nested)]
pub struct AuthTune {
    /// Lease of tokens, such as `1h`; omit it for the server's.
    default_lease_ttl: Option<Lease>,

    /// Longest lease of tokens, such as `7d`; omit it for the server's.
    max_lease_ttl: Option<Lease>,

    /// Keys of requests that audit devices show as they are.
    audit_non_hmac_request_keys: Option<BTreeSet<String>>,

    /// Keys of answers that audit devices show as they are.
    audit_non_hmac_response_keys: Option<BTreeSet<String>>,

    /// Who sees the method in the list for interfaces.
    listing_visibility: Option<Visibility>,

    /// Headers of requests that are passed on to the method.
    passthrough_request_headers: Option<BTreeSet<String>>,

    /// Headers that the method may set on answers.
    allowed_response_headers: Option<BTreeSet<String>>,

    /// Kind of the tokens that logins get.
    #[tf(default = MountTokenType::DefaultService)]
    token_type: MountTokenType,

    /// Key that signs the identity tokens of plugins.
    identity_token_key: Option<String>,

    /// Whether the method takes a path with a slash at its end for one without.
    #[tf(default = false)]
    trim_request_trailing_slashes: bool,
}

impl AuthTune {
    /// Refuses what Vault refuses: a lease that is longer than the longest.
    pub fn check(tune: &AuthTune) -> Result<(), String> {
        match (&tune.default_lease_ttl, &tune.max_lease_ttl) {
            (Some(lease), Some(longest)) if lease > longest => Err(format!(
                "has `default_lease_ttl = \"{lease}\"`, which is longer than `max_lease_ttl = \"{longest}\"`"
            )),
            _ => Ok(()),
        }
    }

    /// What nobody tuned is no tuning, unless `prior` has one.
    pub fn settled(actual: Option<AuthTune>, prior: Option<&AuthTune>) -> Option<AuthTune> {
        actual.filter(|actual| prior.is_some() || *actual != AuthTune::default())
    }

    /// The body of a change with each member that changes by itself, for Vault leaves alone what a body does not name. A
    /// lease of `""` is left alone, too.
    pub fn spread(mut body: Body, prior: Option<AuthTune>, planned: Option<AuthTune>) -> Body {
        let is_cleared = body.unset.contains(&CONFIG);
        body.unset.retain(|name| *name != CONFIG);
        if body.set.remove(CONFIG).is_none() && !is_cleared {
            return body;
        }
        let [prior, planned] = [prior, planned].map(|tune| to_api(&Self::KIND, &tune.unwrap_or_default().into_value()));
        let changes = |field: &&Field| member(&prior, field.api) != member(&planned, field.api);
        let value = |field: &Field| match (member(&planned, field.api), field.name) {
            (Value::Null, "default_lease_ttl" | "max_lease_ttl") => Value::from("0"),
            (Value::Null, _) => empty(&field.kind),
            (value, _) => value,
        };
        body.set.extend(Self::FIELDS.iter().filter(changes).map(|field| (field.api, value(field))));
        body
    }
}

/// What the API calls the tuning of a mount that it creates or lists.
const CONFIG: &str = "config";

fn member(object: &Value, name: &str) -> Value {
    object.as_map().and_then(|members| members.get(name)).cloned().unwrap_or_default()
}
