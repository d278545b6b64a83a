//! Secrets of KV engines.

use super::client::Vault;
use super::kv::{Place, Version};
use super::kv_input::{json_object, object_of, secret_name};
use super::kv_metadata::{CustomMetadata, in_form};
use super::mount_table::mount_path;
use serde_json::Value as Json;
use tfplugin::prelude::*;
use tfplugin::schema::decode;

/// Manages a secret of a KV engine of version 2: its data, which never reaches the state, its metadata, or both.
///
/// A version has a number and a time, and no digest of its data is kept. What somebody else wrote over, deleted or
/// destroyed, and what expired, is written again by the next apply. A write never goes over a version that the last
/// refresh did not see.
#[derive(Clone, Schema)]
#[tf(name = "vault_kv_secret_v2", key(mount, name), import = "{mount}/data/{name}", moved_from("vault_kv_secret_v2"))]
#[tf(requires(data_json_wo, data_json_wo_version), when_true(disable_read, data_json_wo))]
pub struct KvSecret {
    /// Path where the engine is mounted, such as `kv` or `team/kv`.
    #[tf(url, check = mount_path)]
    mount: String,

    /// Name of the secret below the mount, such as `app/db`.
    #[tf(url, check = secret_name)]
    name: String,

    /// Data of the secret, an object in JSON, such as `jsonencode({ password = var.password })`; it never reaches the
    /// state. Raise `data_json_wo_version` to write it again. Without it, only the metadata is managed.
    #[tf(check = json_object)]
    data_json_wo: Option<WriteOnly<String>>,

    /// Number to raise when `data_json_wo` changes.
    #[tf(local)]
    data_json_wo_version: Option<u64>,

    /// Version that the next write goes over, 0 for none; omit it for the one that the last refresh saw. It is right for
    /// one write alone, so change it with `data_json_wo_version`.
    #[tf(local)]
    cas: Option<u64>,

    /// Whether destroying deletes the secret with all of its versions. Otherwise the current version is deleted, which
    /// `vault kv undelete` brings back, and a new secret of this name goes on counting.
    #[tf(local, default = false)]
    delete_all_versions: bool,

    /// Whether the secret is never read, not even its metadata, for a token that may not. Then nothing shows what
    /// somebody else does, and a write still refuses to go over it.
    #[tf(local, default = false, stops_reading)]
    disable_read: bool,

    /// How the engine treats the secret, and texts about it; omit it for none.
    custom_metadata: Option<CustomMetadata>,

    /// Number of the current version; 0 for a secret that never had data.
    #[tf(volatile(data_json_wo_version))]
    version: Computed<Option<u64>>,

    /// When the current version was written; null while it has no data.
    #[tf(volatile(data_json_wo_version))]
    created_time: Computed<Option<String>>,

    /// Path in the API, such as `kv/data/app/db`, which policies name.
    path: Computed<String>,
}

impl KvSecret {
    fn place(&self) -> Place {
        Place::new(&self.mount, &self.name).hidden(self.disable_read)
    }

    fn data(&self) -> Result<Option<Json>> {
        self.data_json_wo.as_ref().and_then(WriteOnly::expose).map(|text| object_of(text)).transpose()
    }

    /// Writes over the version of `cas`, else over the one that the state knows, else where nothing is.
    async fn write(&self, vault: &Vault, data: &Json, known: Option<u64>) -> Result<Version> {
        match self.cas.or(known) {
            Some(version) => self.place().write(vault, data, version).await,
            None => self.place().write_new(vault, data).await,
        }
    }

    fn metadata(&self) -> Json {
        self.custom_metadata.clone().unwrap_or_default().body()
    }

    /// Unset in a state that came from elsewhere and was not read yet.
    fn number(&self) -> Option<u64> {
        self.version.get().copied().flatten()
    }

    fn stored(&self) -> Version {
        let created_time = self.created_time.get().cloned().flatten();
        Version { number: self.number().unwrap_or_default(), created_time }
    }

    fn at(self, Version { number, created_time }: Version) -> Self {
        let path = self.place().data_path().into();
        KvSecret { version: Some(number).into(), created_time: created_time.into(), path, ..self }
    }
}

impl Resource for KvSecret {
    type Client = Vault;

    async fn create(vault: &Vault, plan: Self) -> Result<Self> {
        let place = plan.place();
        place.check_engine(vault).await?;
        let Some(data) = plan.data()? else {
            place.describe(vault, plan.metadata()).await?;
            return Ok(plan.at(Version::NONE));
        };
        // A version expires as the metadata says when it is written. But where nobody looked, only the write of data
        // tells whether something is there; the engine sends the metadata after it.
        let described = plan.custom_metadata.is_some() && !plan.disable_read;
        if described {
            place.describe(vault, plan.metadata()).await?;
        }
        let written = plan.write(vault, &data, None).await;
        if let (Err(error), true) = (&written, described)
            && !error.is_answer_lost()
            && let Err(left) = place.delete_empty(vault).await
        {
            tracing::warn!(%left, "the metadata of a secret whose data could not be written is left");
        }
        let secret = plan.at(written?);
        Ok(if secret.disable_read { KvSecret { custom_metadata: None, ..secret } } else { secret })
    }

    async fn read(vault: &Vault, (mount, name): <Self as Schema>::Key) -> Result<Option<Self>> {
        let place = Place::new(&mount, &name);
        let metadata = place.metadata(vault).await?;
        let known = Self::key_object(&(mount, name));
        metadata.map(|metadata| decode(&in_form(&place, metadata), &known)).transpose()
    }

    async fn update(vault: &Vault, _: <Self as Schema>::Key, change: Change<Self>) -> Result<()> {
        let (place, changed) = (change.plan.place(), change.diff());
        if changed.set.contains_key("custom_metadata") || changed.unset.contains(&"custom_metadata") {
            place.describe(vault, change.plan.metadata()).await?;
        }
        if let (true, Some(data)) = (changed.set.contains_key("data_json_wo"), change.plan.data()?) {
            let version = change.plan.write(vault, &data, change.prior.number()).await?;
            change.answered(change.plan.clone().at(version));
        }
        Ok(())
    }

    async fn delete(vault: &Vault, _: <Self as Schema>::Key, state: Self) -> Result<()> {
        let place = state.place();
        if state.delete_all_versions {
            return place.delete_all(vault).await;
        }
        if state.stored() == Version::NONE && place.delete_empty(vault).await? {
            return Ok(());
        }
        place.delete_current(vault).await
    }

    fn is_vacant(&self) -> bool {
        self.stored().is_remains()
    }

    fn reconcile(prior: Option<&Self>, mut actual: Self) -> Self {
        let managed = prior.is_some_and(|prior| prior.custom_metadata.is_some());
        actual.custom_metadata = actual.custom_metadata.filter(|custom| managed || !custom.is_default());
        actual
    }

    fn overwritten(prior: &Self, actual: &Self) -> bool {
        prior.number().is_some() && prior.stored() != actual.stored()
    }
}
