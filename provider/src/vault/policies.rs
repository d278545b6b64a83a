//! All policies at once, where the server can tell them so.

use tfplugin::prelude::*;
use tfplugin::value::{Object, Value};

use super::client::{Vault, data};
use crate::http::{Request, path};

/// The policy of this name: from the list with all texts that OpenBao has, which shows the first part of a name with a
/// slash alone, else by itself.
pub async fn find(vault: &Vault, name: &str) -> Result<Option<Object>> {
    let all = vault.collections.read("sys/policies/acl", || detailed(vault)).await?;
    match all.as_deref() {
        Some(Some(all)) if !name.contains('/') => Ok(all.get(name).and_then(Value::as_map).cloned()),
        _ => vault.look_up(path!("sys/policies/acl" / name)).await,
    }
}

/// Every policy with its text, by its name; none where the server has no such list (Vault 1.21: 404 "unsupported path")
/// or the token may not see it.
async fn detailed(vault: &Vault) -> Result<Option<Object>> {
    let list = Request::get(path!("sys/policies/detailed/acl")).query("list", true);
    let answer = vault.send(list.accept(403).accept(404).accept(405)).await?;
    match answer.status() {
        200 => Ok(data(&answer)?.remove("key_info").and_then(|all| all.as_map().cloned())),
        _ => Ok(None),
    }
}
