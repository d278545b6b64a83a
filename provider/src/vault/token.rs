//! Tokens that live as long as a run.

use std::time::SystemTime;

use serde_json::{Value as Json, json};

use super::client::{Vault, auth};
use super::lease::Lease;
use super::session::half_time;
use crate::http::{Answer, ApiPath, Request, path};
use tfplugin::ephemeral::{Ephemeral, Opened};
use tfplugin::prelude::*;
use tfplugin::schema::decode;

/// Opens a token for the run, renews it where it can be renewed, and revokes it at the end.
///
/// A plan opens one as well as an apply does: what must outlive the run is no ephemeral resource. A token whose policies
/// do not let it revoke itself, such as one without `default`, is revoked by its accessor: the provider's token needs
/// `update` on `auth/token/revoke-accessor` then, and on `auth/token/renew-accessor`. A batch token, which a token role
/// can bring about, cannot be revoked and lives until it expires: such a role needs a short `ttl`.
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

    /// How often the token can be used; its renewals and its revocation count, and one that is used up is no error.
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
        let answer = vault.write_body::<Token>(request, Body::create(config)).await?;
        let value: Token = decode(&auth(&answer)?, &known)?;
        let said = &answer.json()?["auth"];
        let handle = json!([said["client_token"], said["accessor"], said["token_type"]]).to_string().into_bytes();
        Ok(Opened { value, renew_at: renewal(said), handle })
    }

    async fn renew(vault: &Vault, handle: &[u8]) -> Result<Option<SystemTime>> {
        let live = Live::from(handle)?;
        match live.tell(vault, path!("auth/token/renew-self"), path!("auth/token/renew-accessor")).await? {
            Some(answer) => Ok(renewal(&answer.json()?["auth"])),
            None => Ok(None),
        }
    }

    async fn close(vault: &Vault, handle: &[u8]) -> Result<()> {
        let live = Live::from(handle)?;
        // Vault 1.21 answers 400 "batch tokens cannot be revoked".
        if live.kind == "batch" {
            return Ok(());
        }
        live.tell(vault, path!("auth/token/revoke-self"), path!("auth/token/revoke-accessor")).await.map(drop)
    }
}

/// A token that was opened.
struct Live {
    token: String,
    accessor: String,
    kind: String,
}

impl Live {
    fn from(handle: &[u8]) -> Result<Live> {
        let (token, accessor, kind) = serde_json::from_slice(handle)
            .map_err(|error| Error::new(format!("the handle of the token is broken: {error}")))?;
        Ok(Live { token, accessor, kind })
    }

    /// Has the token ask about itself, which the policy `default` allows, or has the provider's token ask by the accessor
    /// if it may not; none if the token is gone: expired, used up or revoked.
    async fn tell(&self, vault: &Vault, itself: ApiPath, by_accessor: ApiPath) -> Result<Option<Answer>> {
        let request = about(itself, json!({})).header("x-vault-token", self.token.clone()).secret(&self.token);
        let answer = vault.send(request.accept(403)).await?;
        if answer.status() != 403 {
            return Ok(Some(answer));
        }
        if answer.text().contains("invalid token") {
            return Ok(None);
        }
        if_there(vault.send(about(by_accessor, json!({ "accessor": self.accessor }))).await)
    }
}

fn about(path: ApiPath, body: Json) -> Request {
    Request::post(path).json(body).repeatable(true).confidential()
}

/// When to renew a token that can be renewed.
fn renewal(auth: &Json) -> Option<SystemTime> {
    half_time(auth).map(|half| SystemTime::now() + half)
}
