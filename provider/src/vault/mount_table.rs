//! The tables of mounts, of secrets engines and of auth methods: what is mounted where, and how it is tuned.

use tfplugin::prelude::*;
use tfplugin::value::{Object, Value};

use super::client::Vault;
use crate::http::{ApiPath, Request};

/// Whether a mount is listed to everybody.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum Visibility {
    /// It is listed before a login.
    Unauth,
    /// It is listed to nobody.
    Hidden,
}

/// Whether a path with a slash at its end is taken for one without.
const SLASHES: &str = "trim_request_trailing_slashes";

/// Refuses a path that Vault would keep in another form.
pub fn mount_path(path: &str) -> Result<(), String> {
    match path.split('/').all(|part| !part.is_empty() && part.trim() == part) {
        true => Ok(()),
        false => Err(format!("is `{path}`; a path has no slash at its ends and no empty parts")),
    }
}

/// The entry of a table for the mount at `path`, as `sys/mounts` and `sys/auth` have it: with a slash at the end of its
/// name, 0 for a lease that is the server's, and without the slashes' setting where it is off or unknown to the server.
pub async fn entry(vault: &Vault, table: ApiPath, path: &str) -> Result<Option<Object>> {
    let table = vault.table(table).await?;
    let Some(Value::Map(entry)) = table.get(&format!("{path}/")) else { return Ok(None) };
    let mut entry = entry.clone();
    if let Some(Value::Map(config)) = entry.get_mut("config") {
        let unset = |name: &str, value: &Value| name.ends_with("_lease_ttl") && value == &Value::from(0_u64);
        config.retain(|name, value| !unset(name, value));
        config.entry(SLASHES.to_owned()).or_insert(Value::Bool(false));
    }
    Ok(Some(entry))
}

/// The body of a create, without the slashes' setting where it is off, as it is where nobody says so: OpenBao 2.2 does
/// not know it.
pub fn creation(mut body: Body) -> Body {
    let says = |name: &str, value: &Value| !name.ends_with(SLASHES) || value != &Value::Bool(false);
    body.set.retain(|name, value| says(name, value));
    for value in body.set.values_mut() {
        if let Value::Map(members) = value {
            members.retain(|name, value| says(name, value));
        }
    }
    body
}

/// Tunes a mount. What a create calls `config.max_lease_ttl` is `max_lease_ttl` here.
pub async fn tune<R: Schema>(vault: &Vault, url: ApiPath, body: Body) -> Result<()> {
    let bare = |name: &'static str| name.strip_prefix("config.").unwrap_or(name);
    let cleared = body.unset.iter().map(|name| (bare(name), super::client::cleared::<R>(name)));
    let set = body.set.into_iter().map(|(name, value)| (bare(name), value)).chain(cleared).collect();
    let tuned = Body { set, unset: Vec::new(), secrets: body.secrets };
    vault.change::<R>(Request::post(url.literal("tune")).repeatable(true), tuned).await
}
