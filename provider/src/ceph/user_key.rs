//! Keys of users, for a run alone.

use super::client::Ceph;
use super::user::entity;
use crate::http::{Request, path};
use serde_json::json;
use tfplugin::ephemeral::{Ephemeral, Opened};
use tfplugin::prelude::*;

/// Opens the key of a user of the cluster for the run, in Ceph 18.2 and newer.
///
/// The key is the one that Ceph made with the user, and it lives as long as the user.
#[derive(Clone, Schema)]
#[tf(name = "ceph_user_key")]
pub struct UserKey {
    /// Name of the user with its type, such as `client.kubernetes`.
    #[tf(check = entity)]
    entity: String,

    /// The key.
    key: Computed<Secret<String>>,

    /// A keyring file with the key and the user's capabilities.
    keyring: Computed<Secret<String>>,
}

/// The key in a keyring: `[client.x]`, then `key = …` and `caps … = "…"` in lines of their own.
fn key_in(keyring: &str) -> Option<&str> {
    let pairs = keyring.lines().filter_map(|line| line.trim().split_once('='));
    pairs.into_iter().find(|(name, _)| name.trim() == "key").map(|(_, key)| key.trim())
}

impl Ephemeral for UserKey {
    type Client = Ceph;

    async fn open(ceph: &Ceph, config: UserKey) -> Result<Opened<UserKey>> {
        let export = Request::post(path!("cluster/user/export")).json(json!({ "entities": [&config.entity] }));
        let answer = ceph.send(export.repeatable(true).confidential().purpose("read a key")).await?;
        let keyring = answer.json()?.as_str().unwrap_or_default().trim_end().to_owned() + "\n";
        let Some(key) = key_in(&keyring).map(str::to_owned) else {
            return Err(Error::not_found(format!("there is no key of `{}`", config.entity)).at_attribute("entity"));
        };
        let value = UserKey { key: Secret::from(key).into(), keyring: Secret::from(keyring).into(), ..config };
        Ok(Opened { value, renew_at: None, handle: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_found_with_the_padding_at_its_end() {
        let keyring = "[client.tf]\n\tkey = AQBx0w==\n\tcaps mon = \"allow r\"\n\n";
        assert_eq!(key_in(keyring), Some("AQBx0w=="));
        assert_eq!(key_in("[client.tf]\n"), None);
    }
}
