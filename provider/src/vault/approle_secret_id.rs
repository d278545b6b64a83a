//! AppRole's secret ids that live as long as a run.

use serde_json::json;

use super::client::{Vault, data};
use super::lease::Lease;
use super::mount_table::mount_path;
use super::role::{self, role_name};
use crate::http::Request;
use tfplugin::ephemeral::{Ephemeral, Opened};
use tfplugin::prelude::*;
use tfplugin::schema::decode;

/// Opens a secret id of an AppRole for the run, and destroys it at the end.
///
/// A plan opens one as well as an apply does: what must outlive the run is no ephemeral resource.
#[derive(Clone, Schema)]
#[tf(name = "vault_approle_auth_backend_role_secret_id")]
pub struct SecretId {
    /// Path of the auth method.
    #[tf(url, default = "approle", check = mount_path)]
    backend: String,

    /// Name of the role, in lower case.
    #[tf(url, check = role_name)]
    role_name: String,

    /// Facts about the secret id that audit logs show.
    #[tf(local)]
    metadata: Option<BTreeMap<String, String>>,

    /// Networks that may log in with it.
    cidr_list: Option<BTreeSet<String>>,

    /// Networks that may use the tokens of its logins.
    token_bound_cidrs: Option<BTreeSet<String>>,

    /// Time until it expires, such as `20m`; omit it for the role's `secret_id_ttl`. Set it: a run that is killed destroys
    /// nothing, and where the role says 0, what it leaves never expires.
    ttl: Option<Lease>,

    /// How often it can be used.
    num_uses: Option<u64>,

    /// The secret id.
    secret_id: Computed<Secret<String>>,

    /// Accessor of the secret id.
    #[tf(read = "secret_id_accessor")]
    accessor: Computed<String>,
}

impl Ephemeral for SecretId {
    type Client = Vault;

    async fn open(vault: &Vault, config: SecretId) -> Result<Opened<SecretId>> {
        let url = role::url(&config.backend, &config.role_name);
        let known = config.clone().into_object();
        let mut body = Body::create(config.clone());
        if let Some(metadata) = &config.metadata {
            body = body.with("metadata", json!(metadata).to_string());
        }
        let request = Request::post(url.literal("secret-id")).confidential().purpose("create a secret id");
        let value: SecretId = decode(&data(&vault.write_body::<SecretId>(request, body).await?)?, &known)?;
        let handle = json!([value.backend, value.role_name, value.accessor.get()]).to_string().into_bytes();
        Ok(Opened { value, renew_at: None, handle })
    }

    async fn close(vault: &Vault, handle: &[u8]) -> Result<()> {
        let (backend, role, accessor): (String, String, String) = serde_json::from_slice(handle)
            .map_err(|error| Error::new(format!("the handle of the secret id is broken: {error}")))?;
        let destroy = Request::post(role::url(&backend, &role).literal("secret-id-accessor/destroy")).repeatable(true);
        match vault.write(destroy.json(json!({ "secret_id_accessor": accessor }))).await {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }
}
