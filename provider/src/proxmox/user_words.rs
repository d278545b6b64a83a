//! Words of a user's attributes.

use super::formats;
use tfplugin::prelude::*;

/// Refuses a user without a realm (`pve-userid`).
pub fn with_realm(user: &str) -> Result<(), String> {
    let parts = user.rsplit_once('@').filter(|(name, realm)| name.len() + realm.len() < 64);
    match parts.is_some_and(|(name, realm)| !name.is_empty() && realm.len() > 1 && !user.contains(char::is_whitespace))
    {
        true => Ok(()),
        false => Err("is no user with a realm, such as `ci@pve`".to_owned()),
    }
}

/// Refuses what is no mail address (`email-opt`).
pub fn mail_address(text: &str) -> Result<(), String> {
    let parts = text.split_once('@').filter(|(name, host)| !name.is_empty() && formats::server(host).is_ok());
    match parts.is_some() && !text.contains(char::is_whitespace) {
        true => length(1..=254)(text),
        false => Err("is no mail address".to_owned()),
    }
}
