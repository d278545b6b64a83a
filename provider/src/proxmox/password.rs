//! Passwords of users.

use super::client::Proxmox;
use super::config::Config;
use super::work;
use crate::http::{Request, path};
use tfplugin::prelude::*;

/// Refuses a connection with an API token: none may change a password (`allowtoken` of `PUT /access/password`).
pub fn may_change(config: &Config) -> Result<()> {
    match config.api_token.is_some() {
        true => Err(Error::new("the password of a user cannot be changed with an API token").hint(
            "Log in with `proxmox.username` and `proxmox.password` in the place of the token, or put `password_wo_version` \
             back.",
        )),
        false => Ok(()),
    }
}

/// Sets a password. Whoever is not root says his own, too.
pub async fn set(proxmox: &Proxmox, user: &str, password: &str) -> Result<()> {
    let mut form = vec![("userid", user), ("password", password)];
    form.extend(proxmox.confirmation().map(|own| ("confirmation-password", own)));
    let request = Request::put(path!("access/password")).form(form).confidential().purpose("set the password");
    let request = proxmox.confirmation().into_iter().chain([password]).fold(request, Request::secret);
    work::unlocked(proxmox, request).await.map(drop)
}
