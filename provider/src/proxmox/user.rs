//! Users.

use super::client::{Clear, Proxmox, found, with_form};
use super::config::Config;
use super::moment::{Moment, with_end, without_zero_end};
use super::user_words::{mail_address, with_realm};
use super::{formats, password, work};
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;

/// Manages a user of a realm.
#[derive(Clone, Schema)]
#[tf(name = "proxmox_user", key(user_id), moved_from("proxmox_virtual_environment_user"))]
#[tf(requires(password_wo, password_wo_version))]
pub struct User {
    /// Name of the user with its realm, such as `ci@pve`.
    #[tf(api = "userid", check = with_realm)]
    user_id: String,

    /// Password, for a user of the realm `pve`; it never reaches the state. Raise `password_wo_version` to send it again,
    /// which only a login with a password may, and no API token.
    #[tf(api = "password", check = length(8..=64))]
    password_wo: Option<WriteOnly<String>>,

    /// Number to raise when `password_wo` changes.
    #[tf(local)]
    password_wo_version: Option<u64>,

    /// Note for people.
    #[tf(check = length(1..=2048))]
    comment: Option<String>,

    /// Mail address.
    #[tf(check = mail_address)]
    email: Option<String>,

    /// First name.
    #[tf(api = "firstname", check = length(1..=1024))]
    first_name: Option<String>,

    /// Last name.
    #[tf(api = "lastname", check = length(1..=1024))]
    last_name: Option<String>,

    /// Groups that the user belongs to.
    #[tf(check = formats::groups)]
    groups: Option<BTreeSet<String>>,

    /// Whether the user may log in.
    #[tf(api = "enable", default = true)]
    enabled: bool,

    /// When the account ends, such as `2027-01-31T00:00:00Z`; omit it for never.
    #[tf(api = "expire")]
    expiration_date: Option<Moment>,
}

fn url(user: &str) -> ApiPath {
    path!("access/users" / user)
}

impl Resource for User {
    type Client = Proxmox;

    /// A token may make a user with a password, but change none.
    fn permit(config: &Config, change: &Change<User>) -> Result<()> {
        let version = change.plan.password_wo_version;
        match version.is_some() && version != change.prior.password_wo_version {
            true => password::may_change(config).map_err(|error| error.at_attribute("password_wo_version")),
            false => Ok(()),
        }
    }

    async fn create(proxmox: &Proxmox, plan: User) -> Result<User> {
        let body = with_end(Body::create(plan.clone()), plan.expiration_date.as_ref());
        let request = Request::post(path!("access/users")).purpose("create the user");
        work::unlocked(proxmox, with_form::<User>(request, &body, Clear::Empty)).await?;
        Ok(plan)
    }

    async fn read(proxmox: &Proxmox, user: String) -> Result<Option<User>> {
        let answer = proxmox.find(Request::get(url(&user))).await?.map(without_zero_end);
        found(answer, &Self::key_object(&user))
    }

    async fn update(proxmox: &Proxmox, user: String, change: Change<User>) -> Result<()> {
        let mut body = with_end(change.diff(), change.plan.expiration_date.as_ref());
        if body.set.remove("password").is_some()
            && let Some(password) = change.plan.password_wo.as_ref().and_then(WriteOnly::expose)
        {
            password::set(proxmox, &user, password).await?;
        }
        proxmox.put::<User>(url(&user), &body, Clear::Empty).await
    }

    async fn delete(proxmox: &Proxmox, user: String, _: User) -> Result<()> {
        proxmox.delete(url(&user)).await
    }
}
