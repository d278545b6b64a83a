//! Tokens that live as long as a run.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::client::{Vault, auth};
use super::lease::Lease;
use crate::http::{Request, path};
use tfplugin::ephemeral::{Ephemeral, Opened};
use tfplugin::prelude::*;
use tfplugin::schema::decode;

/// Opens a service token for the run, and revokes it at the end.
///
/// A plan opens one as well as an apply does: what must outlive the run is no ephemeral resource.
#[derive(Clone, Schema)]
#[tf(name = "vault_token")]
pub struct Token {
    /// Token role that says what the token may be.
    #[tf(url)]
    role_name: Option<String>,

    /// Policies of the token; omit them for those of the provider's token.
    policies: Option<BTreeSet<String>>,

    /// Whether the token goes without the policy `default`.
    no_default_policy: Option<bool>,

    /// Whether the token is no child of the provider's, so that it needs `sudo` or a token role.
    no_parent: Option<bool>,

    /// Time until the token expires unless the run renews it, such as `20m`.
    ttl: Option<Lease>,

    /// Time after which the token expires in any case, such as `2h`.
    explicit_max_ttl: Option<Lease>,

    /// Time by which each renewal of a periodic token extends it, such as `1h`.
    period: Option<Lease>,

    /// How often the token can be used.
    num_uses: Option<u64>,

    /// Name that audit logs show.
    display_name: Option<String>,

    /// Facts about the token that audit logs show.
    #[tf(api = "meta", read = "metadata")]
    metadata: Option<BTreeMap<String, String>>,

    /// The token.
    client_token: Computed<Secret<String>>,

    /// Accessor of the token.
    accessor: Computed<String>,

    /// Seconds until the token expires.
    lease_duration: Computed<u64>,
}

impl Ephemeral for Token {
    type Client = Vault;

    async fn open(vault: &Vault, config: Token) -> Result<Opened<Token>> {
        let path = match &config.role_name {
            Some(role) => path!("auth/token/create" / role),
            None => path!("auth/token/create"),
        };
        let known = config.clone().into_object();
        let request = Request::post(path).confidential().purpose("create a token");
        let answer = auth(&vault.write_body::<Token>(request, Body::create(config)).await?)?;
        let value: Token = decode(&answer, &known)?;
        let token = value.client_token.get().map(|token| token.expose().clone()).unwrap_or_default();
        let renew_at = renewal(value.lease_duration.get().copied());
        Ok(Opened { value, renew_at, handle: token.into_bytes() })
    }

    async fn renew(vault: &Vault, handle: &[u8]) -> Result<Option<SystemTime>> {
        let answer = vault.send(as_itself(handle, "auth/token/renew-self")).await?;
        Ok(renewal(answer.json()?["auth"]["lease_duration"].as_u64()))
    }

    async fn close(vault: &Vault, handle: &[u8]) -> Result<()> {
        vault.send(as_itself(handle, "auth/token/revoke-self")).await.map(drop)
    }
}

/// A request of the token about itself, which the policy `default` allows.
fn as_itself(token: &[u8], path: &'static str) -> Request {
    let token = String::from_utf8_lossy(token).into_owned();
    let request = Request::post(crate::http::ApiPath::default().literal(path)).json(json!({})).repeatable(true);
    request.header("x-vault-token", token.clone()).secret(token).confidential()
}

/// When half of the lease, in seconds, is over; a token without a lease does not expire.
fn renewal(lease: Option<u64>) -> Option<SystemTime> {
    lease.filter(|lease| *lease > 0).map(|lease| SystemTime::now() + Duration::from_secs(lease / 2))
}
