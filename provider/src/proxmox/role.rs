//! Roles: names for sets of privileges.

use super::client::{Clear, Proxmox};
use super::formats;
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;
use tfplugin::value::Value;

/// Manages a role: a name for privileges that can be given to users, groups and tokens.
#[derive(Clone, Schema)]
#[tf(name = "proxmox_role", key(role_id), moved_from("proxmox_virtual_environment_role"))]
pub struct Role {
    /// Name of the role. Names that begin with `PVE` are those of Proxmox VE.
    #[tf(api = "roleid", check = own_name)]
    role_id: String,

    /// What the role allows, such as `VM.Audit`.
    #[tf(api = "privs", check = privileges)]
    privileges: BTreeSet<String>,
}

fn privileges(names: &BTreeSet<String>) -> Result<(), String> {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_uppercase()) && part.bytes().all(|c| c.is_ascii_alphabetic())
    };
    match names.iter().find(|name| name.split('.').count() < 2 || !name.split('.').all(part)) {
        Some(name) => Err(format!("has `{name}`, which is no privilege such as `VM.Audit`")),
        None => Ok(()),
    }
}

fn own_name(name: &str) -> Result<(), String> {
    formats::plain(name)?;
    match name.starts_with("PVE") || ["Administrator", "NoAccess"].contains(&name) {
        true => Err("is the name of a role of Proxmox VE, which nobody can change".to_owned()),
        false => Ok(()),
    }
}

fn url(role: &str) -> ApiPath {
    path!("access/roles" / role)
}

impl Resource for Role {
    type Client = Proxmox;

    async fn create(proxmox: &Proxmox, plan: Role) -> Result<Role> {
        proxmox.create(path!("access/roles"), plan).await
    }

    async fn read(proxmox: &Proxmox, role_id: String) -> Result<Option<Role>> {
        let role = proxmox.find(Request::get(url(&role_id))).await?;
        Ok(role.map(|privileges| {
            let given = privileges.into_iter().filter(|(_, given)| *given != Value::Null);
            Role { role_id, privileges: given.map(|(privilege, _)| privilege).collect() }
        }))
    }

    async fn update(proxmox: &Proxmox, role_id: String, change: Change<Role>) -> Result<()> {
        proxmox.put::<Role>(url(&role_id), &change.diff(), Clear::Empty).await
    }

    async fn delete(proxmox: &Proxmox, role_id: String, _: Role) -> Result<()> {
        proxmox.delete(url(&role_id)).await
    }
}
