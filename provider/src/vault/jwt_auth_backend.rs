//! The JWT auth method.

use super::auth_tune::AuthTune;
use super::client::Vault;
use super::jwt_config::JwtConfig;
use super::mount_table::{self, mount_path};
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;
use tfplugin::schema::decode;
use tfplugin::value::Value;

/// Manages a JWT auth method: where it is mounted, how it is tuned, and whose JWTs it verifies.
///
/// Destroying it deletes its roles, and revokes the tokens of its logins. `vault auth move` moves it; import it at its
/// new path then.
#[derive(Clone, Schema)]
#[tf(name = "vault_jwt_auth_backend", key(path), moved_from("vault_jwt_auth_backend"))]
pub struct JwtAuthBackend {
    /// Path where the method is mounted.
    #[tf(url, default = "jwt", check = mount_path, fixed = "deletes its roles")]
    path: String,

    /// Type of the method. Both types verify JWTs and let people log in through a browser; interfaces tell them apart.
    #[tf(default = MethodType::Jwt, fixed = "deletes its roles")]
    r#type: MethodType,

    /// Text for people.
    description: Option<String>,

    #[tf(flatten)]
    config: JwtConfig,

    /// Tuning; omit it for the server's.
    #[tf(api = "config", check = AuthTune::check)]
    tune: Option<AuthTune>,

    /// Whether the method stays in its cluster and is not replicated.
    #[tf(default = false, fixed = "deletes its roles")]
    local: bool,

    /// Accessor of the method, which identity aliases name.
    accessor: Computed<String>,
}

/// What interfaces offer.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum MethodType {
    /// A login with a JWT.
    Jwt,
    /// A login through a browser.
    Oidc,
}

fn mount_url(path: &str) -> ApiPath {
    path!("sys/auth").segments(path)
}

fn config_url(path: &str) -> ApiPath {
    path!("auth").segments(path).literal("config")
}

impl Resource for JwtAuthBackend {
    type Client = Vault;

    async fn create(vault: &Vault, plan: JwtAuthBackend) -> Result<JwtAuthBackend> {
        let request = Request::post(mount_url(&plan.path)).purpose("mount the JWT auth method");
        let (mount, _) = JwtConfig::part(Body::create(plan.clone()));
        vault.write_body::<Self>(request, mount_table::creation(mount)).await?;
        Ok(JwtAuthBackend { config: JwtConfig::default(), ..plan })
    }

    async fn read(vault: &Vault, path: String) -> Result<Option<JwtAuthBackend>> {
        let Some(mut method) = mount_table::entry(vault, path!("sys/auth"), &path).await? else { return Ok(None) };
        method.extend(vault.look_up(config_url(&path)).await?.unwrap_or_default());
        // A method that was never configured has no answer, and begins with true.
        method.entry("namespace_in_state".to_owned()).or_insert(Value::Bool(true));
        decode(&method, &Self::key_object(&path)).map(Some)
    }

    async fn update(vault: &Vault, path: String, change: Change<Self>) -> Result<()> {
        let (mount, config) = JwtConfig::part(change.diff());
        let tuning = AuthTune::spread(mount, change.prior.tune.clone(), change.plan.tune.clone());
        mount_table::tune::<Self>(vault, mount_url(&path), tuning).await?;
        if config.is_empty() {
            return Ok(());
        }
        // A write replaces the whole configuration, the client secret too.
        let (_, whole) = JwtConfig::part(Body::create(change.plan));
        let request = Request::post(config_url(&path)).repeatable(true).purpose("configure the JWT auth method");
        vault.write_body::<Self>(request, JwtConfig::typed(whole)).await.map(drop)
    }

    async fn delete(vault: &Vault, path: String, _: JwtAuthBackend) -> Result<()> {
        vault.delete(mount_url(&path)).await
    }

    fn reconcile(prior: Option<&Self>, actual: Self) -> Self {
        let tune = AuthTune::settled(actual.tune, prior.and_then(|prior| prior.tune.as_ref()));
        let config = actual.config.settled(prior.map(|prior| &prior.config));
        JwtAuthBackend { tune, config, ..actual }
    }
}
