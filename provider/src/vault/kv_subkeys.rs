//! The names in a secret.

use super::client::Vault;
use super::kv::Place;
use super::kv_input::secret_name;
use super::mount_table::mount_path;
use tfplugin::prelude::*;
use tfplugin::value::{Object, Value, plain_json};

/// Shows which names stand in a secret, without their values: the token needs `read` on `<mount>/subkeys/<name>` alone.
#[derive(Clone, Schema)]
#[tf(name = "vault_kv_subkeys_v2")]
pub struct KvSubkeys {
    /// Path where the engine is mounted.
    #[tf(check = mount_path)]
    mount: String,

    /// Name of the secret below the mount.
    #[tf(check = secret_name)]
    name: String,

    /// Number of the version to look at; omit it for the current one.
    #[tf(computed, check = between(1..=u64::MAX))]
    version: Option<u64>,

    /// How deep to look: with 1, an object inside the data is shown as a name alone. Omit it for everything.
    #[tf(check = between(1..=u64::MAX))]
    depth: Option<u64>,

    /// Names at the top of the data.
    names: Computed<BTreeSet<String>>,

    /// Names at every depth, as an object in JSON with null in the place of each value.
    data_json: Computed<String>,

    /// When the version was written.
    created_time: Computed<String>,

    /// Path in the API that was read.
    path: Computed<String>,
}

impl DataSource for KvSubkeys {
    type Client = Vault;

    async fn read(vault: &Vault, config: Self) -> Result<Self> {
        let place = Place::new(&config.mount, &config.name);
        let query = [("version", config.version), ("depth", config.depth)];
        let answer = place.open(vault, "subkeys", &query).await?;
        let member = |name: &str| answer.get(name).and_then(Value::as_map).cloned().unwrap_or_default();
        let (names, metadata): (Object, Object) = (member("subkeys"), member("metadata"));
        Ok(KvSubkeys {
            version: metadata.get("version").and_then(|number| number.as_number()?.as_u64()),
            names: names.keys().cloned().collect::<BTreeSet<_>>().into(),
            data_json: plain_json(&Value::Map(names)).to_string().into(),
            created_time: metadata.get("created_time").and_then(Value::as_str).unwrap_or_default().to_owned().into(),
            path: format!("{}/subkeys/{}", config.mount, config.name).into(),
            ..config
        })
    }
}
