//! Secrets engines.

use super::client::Vault;
use super::mount_table::{self, mount_path};
use super::mount_tuning::MountTuning;
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;
use tfplugin::schema::decode;
use tfplugin::value::{Object, Value};

/// Manages a secrets engine: where it is mounted, its options and its tuning.
///
/// Destroying it deletes everything in it. `vault secrets move` moves it; import it at its new path then.
#[derive(Clone, Schema)]
#[tf(name = "vault_mount", key(path), moved_from("vault_mount"))]
pub struct Mount {
    /// Path where the engine is mounted, such as `kv` or `team/pki`.
    #[tf(url, check = mount_path, fixed = "deletes everything that the engine holds")]
    path: String,

    /// Type of the engine, such as `kv`, `transit` or `pki`; the version of `kv` is one of its `options`.
    #[tf(check = engine_type, fixed = "deletes everything that the engine holds")]
    r#type: String,

    /// Text for people.
    description: Option<String>,

    /// Options of the engine, such as `version = "2"` of `kv`.
    #[tf(change = keeps_version)]
    options: Option<BTreeMap<String, String>>,

    #[tf(flatten)]
    tuning: MountTuning,

    /// Whether nothing of the engine is cached.
    #[tf(api = "config.force_no_cache", default = false, fixed = "deletes everything that the engine holds")]
    force_no_cache: bool,

    /// Version of the plugin; omit it for the one that the server chooses.
    #[tf(computed)]
    plugin_version: Option<String>,

    /// Whether the mount stays in its cluster and is not replicated.
    #[tf(default = false, fixed = "deletes everything that the engine holds")]
    local: bool,

    /// Whether the seal wraps what the engine stores.
    #[tf(default = false, fixed = "deletes everything that the engine holds")]
    seal_wrap: bool,

    /// Whether the engine may use the server's external entropy.
    #[tf(default = false, fixed = "deletes everything that the engine holds")]
    external_entropy_access: bool,

    /// Accessor of the mount.
    accessor: Computed<String>,
}

fn engine_type(word: &str) -> Result<(), String> {
    match word.strip_prefix("kv-v") {
        Some(version) => {
            Err(format!("is `{word}`; write `type = \"kv\"` and `options = {{ version = \"{version}\" }}`"))
        }
        None => Ok(()),
    }
}

/// `cannot downgrade mount from version 2`, says Vault 1.21.
fn keeps_version(
    prior: &Option<BTreeMap<String, String>>,
    planned: &Option<BTreeMap<String, String>>,
) -> Result<(), String> {
    let version = |options: &Option<BTreeMap<String, String>>| options.as_ref()?.get("version").cloned();
    match (version(prior).as_deref(), version(planned).as_deref()) {
        (Some("2"), planned) if planned != Some("2") => {
            Err("cannot go back from version 2: its secrets have versions".into())
        }
        _ => Ok(()),
    }
}

/// The change with every option that is to go: Vault merges options, and one goes with `""`.
fn with_options(mut change: Body, former: Option<&BTreeMap<String, String>>) -> Body {
    if change.unset.contains(&"options") {
        change.unset.retain(|name| *name != "options");
        change.set.insert("options", Value::Map(Object::new()));
    }
    if let Some(Value::Map(options)) = change.set.get_mut("options") {
        for name in former.into_iter().flat_map(BTreeMap::keys) {
            options.entry(name.clone()).or_insert_with(|| "".into());
        }
    }
    change
}

fn url(path: &str) -> ApiPath {
    path!("sys/mounts").segments(path)
}

impl Resource for Mount {
    type Client = Vault;

    async fn create(vault: &Vault, plan: Mount) -> Result<Mount> {
        vault.create(Request::post(url(&plan.path)), plan).await
    }

    async fn read(vault: &Vault, path: String) -> Result<Option<Mount>> {
        let entry = mount_table::entry(vault, path!("sys/mounts"), &path).await?;
        entry.map(|entry| decode(&entry, &Self::key_object(&path))).transpose()
    }

    async fn update(vault: &Vault, path: String, change: Change<Mount>) -> Result<()> {
        let tuning = with_options(change.diff(), change.prior.options.as_ref());
        mount_table::tune::<Mount>(vault, url(&path), tuning).await
    }

    async fn delete(vault: &Vault, path: String, _: Mount) -> Result<()> {
        vault.delete(url(&path)).await
    }
}
