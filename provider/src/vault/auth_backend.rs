//! Auth methods.

use super::auth_tune::AuthTune;
use super::client::Vault;
use super::mount_table::{self, mount_path};
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;
use tfplugin::schema::decode;

/// Manages an auth method: where it is mounted and how it is tuned.
///
/// Destroying it deletes its roles and users, and revokes the tokens of its logins. `vault auth move` moves it; import
/// it at its new path then.
#[derive(Clone, Schema)]
#[tf(name = "vault_auth_backend", key(path), moved_from("vault_auth_backend"))]
pub struct AuthBackend {
    /// Path where the method is mounted; omit it for its type.
    #[tf(url, computed, check = mount_path, fixed = "deletes its roles and users")]
    path: Option<String>,

    /// Type of the method, such as `approle`, `kubernetes` or `userpass`.
    #[tf(fixed = "deletes its roles and users")]
    r#type: String,

    /// Text for people.
    description: Option<String>,

    /// Tuning; omit it for the server's.
    #[tf(api = "config", check = AuthTune::check)]
    tune: Option<AuthTune>,

    /// Whether the method stays in its cluster and is not replicated.
    #[tf(default = false, fixed = "deletes its roles and users")]
    local: bool,

    /// Whether the seal wraps what the method stores.
    #[tf(default = false, fixed = "deletes its roles and users")]
    seal_wrap: bool,

    /// Whether the method may use the server's external entropy.
    #[tf(default = false, fixed = "deletes its roles and users")]
    external_entropy_access: bool,

    /// Accessor of the method, which identity aliases name.
    accessor: Computed<String>,
}

fn url(path: &str) -> ApiPath {
    path!("sys/auth").segments(path)
}

impl Resource for AuthBackend {
    type Client = Vault;

    async fn create(vault: &Vault, mut plan: AuthBackend) -> Result<AuthBackend> {
        let path = plan.path.get_or_insert_with(|| plan.r#type.clone()).clone();
        vault.create(Request::post(url(&path)), plan).await
    }

    async fn read(vault: &Vault, path: String) -> Result<Option<AuthBackend>> {
        let entry = mount_table::entry(vault, path!("sys/auth"), &path).await?;
        entry.map(|entry| decode(&entry, &Self::key_object(&path))).transpose()
    }

    async fn update(vault: &Vault, path: String, change: Change<AuthBackend>) -> Result<()> {
        let tuning = AuthTune::spread(change.diff(), change.prior.tune.clone(), change.plan.tune.clone());
        mount_table::tune::<AuthBackend>(vault, url(&path), tuning).await
    }

    async fn delete(vault: &Vault, path: String, _: AuthBackend) -> Result<()> {
        vault.delete(url(&path)).await
    }

    fn reconcile(prior: Option<&Self>, actual: Self) -> Self {
        let tune = AuthTune::settled(actual.tune, prior.and_then(|prior| prior.tune.as_ref()));
        AuthBackend { tune, ..actual }
    }
}
