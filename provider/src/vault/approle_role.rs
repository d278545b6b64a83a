//! Roles of the AppRole auth method.

use super::client::Vault;
use super::mount_table::mount_path;
use super::network::Network;
use super::role::{self, role_name};
use super::token_parameters::TokenParameters;
use crate::http::Request;
use tfplugin::prelude::*;
use tfplugin::schema::decode;

/// Manages a role of an AppRole auth method: how machines log in, and what their tokens may.
///
/// A login takes the role's id and a secret id. The ephemeral resource `vault_approle_auth_backend_role_secret_id` opens
/// a secret id for one run. Destroying the role destroys its secret ids.
#[derive(Clone, Schema)]
#[tf(
    name = "vault_approle_auth_backend_role",
    key(backend, role_name),
    import = "auth/{backend}/role/{role_name}",
    moved_from("vault_approle_auth_backend_role")
)]
pub struct AppRole {
    /// Path of the auth method.
    #[tf(url, default = "approle", check = mount_path)]
    backend: String,

    /// Name of the role, in lower case.
    #[tf(url, check = role_name)]
    role_name: String,

    /// Id of the role, which a login names; omit it for a random one. It is no secret.
    #[tf(computed, check = length(1..=4096))]
    role_id: Option<String>,

    /// Whether a login needs a secret id. One that does not needs `secret_id_bound_cidrs` or `token_bound_cidrs`.
    #[tf(default = true)]
    bind_secret_id: bool,

    /// Networks that may log in, such as `10.1.0.0/16`.
    secret_id_bound_cidrs: Option<BTreeSet<Network>>,

    /// How many logins a secret id is good for; 0 for any number.
    #[tf(default = 0)]
    secret_id_num_uses: u64,

    /// Seconds after which a secret id expires; 0 for never.
    #[tf(default = 0)]
    secret_id_ttl: u64,

    /// Whether the secret ids stay in their cluster and are not replicated.
    #[tf(default = false, fixed = "destroys the secret ids of the role")]
    local_secret_ids: bool,

    #[tf(flatten)]
    token: TokenParameters,
}

impl Resource for AppRole {
    type Client = Vault;

    async fn create(vault: &Vault, plan: AppRole) -> Result<AppRole> {
        vault.create(Request::post(role::url(&plan.backend, &plan.role_name)), plan).await
    }

    async fn read(vault: &Vault, key: (String, String)) -> Result<Option<AppRole>> {
        let url = role::url(&key.0, &key.1);
        let Some(mut role) = vault.look_up(url.clone()).await? else { return Ok(None) };
        role.extend(vault.look_up(url.literal("role-id")).await?.unwrap_or_default());
        decode(&role, &Self::key_object(&key)).map(Some)
    }

    async fn update(vault: &Vault, (backend, role_name): (String, String), change: Change<AppRole>) -> Result<()> {
        vault.change::<AppRole>(Request::post(role::url(&backend, &role_name)).repeatable(true), change.diff()).await
    }

    async fn delete(vault: &Vault, (backend, role_name): (String, String), _: AppRole) -> Result<()> {
        vault.delete(role::url(&backend, &role_name)).await
    }
}
