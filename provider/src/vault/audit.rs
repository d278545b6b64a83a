//! Audit devices.

use super::client::Vault;
use super::mount_table::{self, mount_path};
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;
use tfplugin::schema::decode;

/// Manages an audit device.
///
/// Nothing of a device can be changed: every change replaces it, and what happens meanwhile is audited by the others only.
#[derive(Clone, Schema)]
#[tf(name = "vault_audit", key(path), moved_from("vault_audit"))]
pub struct Audit {
    /// Path of the device, such as `file`.
    #[tf(url, check = mount_path)]
    path: String,

    /// Type of the device: `file`, `syslog` or `socket`.
    #[tf(replace)]
    r#type: String,

    /// Text for people.
    #[tf(replace)]
    description: Option<String>,

    /// Options of the device, such as `file_path` of `file`.
    #[tf(replace)]
    options: BTreeMap<String, String>,

    /// Whether the device stays in its cluster and is not replicated.
    #[tf(default = false, replace)]
    local: bool,
}

fn url(path: &str) -> ApiPath {
    path!("sys/audit").segments(path)
}

impl Resource for Audit {
    type Client = Vault;

    async fn create(vault: &Vault, plan: Audit) -> Result<Audit> {
        vault.create(Request::put(url(&plan.path)).repeatable(false), plan).await
    }

    async fn read(vault: &Vault, path: String) -> Result<Option<Audit>> {
        let entry = mount_table::entry(vault, path!("sys/audit"), &path).await?;
        entry.map(|entry| decode(&entry, &Self::key_object(&path))).transpose()
    }

    async fn delete(vault: &Vault, path: String, _: Audit) -> Result<()> {
        vault.delete(url(&path)).await
    }
}
