//! The data of a secret, for one run.

use super::client::Vault;
use super::kv::Place;
use super::kv_input::secret_name;
use super::mount_table::mount_path;
use tfplugin::ephemeral::{Ephemeral, Opened};
use tfplugin::prelude::*;
use tfplugin::schema::decode;
use tfplugin::value::{Object, Value, plain_json};

/// Reads a secret of a KV engine of version 2 for one run: it reaches neither the state nor a plan.
///
/// It is read whenever it is needed, in each plan too. Where the same run creates the secret, set `version` to the
/// `version` of its resource: then it is read once the secret is there.
#[derive(Clone, Schema)]
#[tf(name = "vault_kv_secret_v2")]
pub struct OpenedSecret {
    /// Path where the engine is mounted.
    #[tf(url, check = mount_path)]
    mount: String,

    /// Name of the secret below the mount.
    #[tf(url, check = secret_name)]
    name: String,

    /// Number of the version to read; omit it for the current one.
    #[tf(computed, check = between(1..=u64::MAX))]
    version: Option<u64>,

    /// Data by name; a value that is no text stands there as JSON.
    data: Computed<Secret<BTreeMap<String, String>>>,

    /// Data as an object in JSON.
    data_json: Computed<Secret<String>>,

    /// When the version was written.
    created_time: Computed<String>,

    /// When the version expires; null if it does not.
    deletion_time: Computed<Option<String>>,

    /// Whether the version is destroyed; one that is cannot be read.
    destroyed: Computed<bool>,

    /// Texts about the secret.
    custom_metadata: Computed<Option<BTreeMap<String, String>>>,
}

impl Ephemeral for OpenedSecret {
    type Client = Vault;

    async fn open(vault: &Vault, config: Self) -> Result<Opened<Self>> {
        let place = Place::new(&config.mount, &config.name);
        let mut answer = place.open(vault, "data", &[("version", config.version)]).await?;
        let data = answer.remove("data").unwrap_or_default();
        let mut opened = answer.remove("metadata").and_then(|metadata| metadata.as_map().cloned()).unwrap_or_default();
        opened.retain(|name, value| name != "deletion_time" || value.as_str() != Some(""));
        opened.insert("data_json".to_owned(), plain_json(&data).to_string().into());
        opened.insert("data".to_owned(), Value::Map(texts(&data)));
        let known = Object::from(
            [("mount", config.mount), ("name", config.name)].map(|(name, value)| (name.to_owned(), value.into())),
        );
        Ok(Opened { value: decode(&opened, &known)?, renew_at: None, handle: Vec::new() })
    }
}

fn texts(data: &Value) -> Object {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => plain_json(other).to_string(),
    };
    data.as_map().into_iter().flatten().map(|(name, value)| (name.clone(), text(value).into())).collect()
}
