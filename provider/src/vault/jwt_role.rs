//! The roles of the JWT auth method as the API has them, for all resources that are one.

use tfplugin::prelude::*;
use tfplugin::value::{Object, Value, plain_json};

use super::client::Vault;
use super::role;

/// What a role is for.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum RoleType {
    /// Logins with a JWT that the client has.
    Jwt,
    /// Logins of people through a browser.
    Oidc,
}

/// How bound claims are compared.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum ClaimsType {
    /// Letter by letter.
    String,
    /// With `*` for any text.
    Glob,
}

/// What claims may be, by their names.
pub type Claims = BTreeMap<String, BTreeSet<String>>;

/// Reads a role. Vault answers a bound claim as it was written, a text or a list; here it is a list.
pub async fn read(vault: &Vault, backend: &str, role_name: &str) -> Result<Option<Object>> {
    let mut role = vault.look_up(role::url(backend, role_name)).await?;
    if let Some(Value::Map(claims)) = role.as_mut().and_then(|role| role.get_mut("bound_claims")) {
        for wanted in claims.values_mut().filter(|wanted| wanted.as_list().is_none()) {
            *wanted = Value::List(vec![std::mem::take(wanted)]);
        }
    }
    Ok(role)
}

/// The bound claims of a role that was read, as texts.
pub fn claims(role: &Object) -> Claims {
    let text = |value: &Value| value.as_str().map_or_else(|| plain_json(value).to_string(), str::to_owned);
    let texts = |values: &Value| values.as_list().into_iter().flatten().map(text).collect();
    let claims = role.get("bound_claims").and_then(Value::as_map).into_iter().flatten();
    claims.map(|(name, values)| (name.clone(), texts(values))).collect()
}

/// A change with the two words that Vault 1.21 resets, to `oidc` and `string`, where a write leaves them out.
pub fn complete(change: Body, role_type: RoleType, claims_type: ClaimsType) -> Body {
    match change.is_empty() {
        true => change,
        false => change.with("role_type", role_type.word()).with("bound_claims_type", claims_type.word()),
    }
}
