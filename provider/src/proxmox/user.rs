//! Users.

use super::client::{Clear, Proxmox, found, text_of, with_form};
use super::config::Config;
use super::moment::Moment;
use super::{formats, work};
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;
use tfplugin::value::Object;

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
fn mail_address(text: &str) -> Result<(), String> {
    let parts = text.split_once('@').filter(|(name, host)| !name.is_empty() && formats::server(host).is_ok());
    match parts.is_some() && !text.contains(char::is_whitespace) {
        true => length(1..=254)(text),
        false => Err("is no mail address".to_owned()),
    }
}

fn url(user: &str) -> ApiPath {
    path!("access/users" / user)
}

/// A body with the end in seconds, 0 for none.
pub fn with_end(body: Body, end: Option<&Moment>) -> Body {
    let changes = body.set.contains_key("expire") || body.unset.contains(&"expire");
    let mut body = body;
    body.unset.retain(|name| *name != "expire");
    match changes {
        true => body.with("expire", end.map_or(0, Moment::seconds)),
        false => body,
    }
}

/// An answer in which no end is absent.
pub fn without_zero_end(mut answer: Object) -> Object {
    answer.retain(|name, value| name != "expire" || !["0", "null"].contains(&text_of(value).as_str()));
    answer
}

/// Sets a password. Whoever is not root says his own, too.
async fn set_password(proxmox: &Proxmox, user: &str, password: &str) -> Result<()> {
    let mut form = vec![("userid", user), ("password", password)];
    form.extend(proxmox.confirmation().map(|own| ("confirmation-password", own)));
    let request = Request::put(path!("access/password")).form(form).confidential().purpose("set the password");
    let request = proxmox.confirmation().into_iter().chain([password]).fold(request, Request::secret);
    work::unlocked(proxmox, request).await.map(drop)
}

impl Resource for User {
    type Client = Proxmox;

    /// A token may make a user with a password, but change no password (`allowtoken` of `PUT /access/password`).
    fn permit(config: &Config, change: &Change<User>) -> Result<()> {
        let raised = change
            .plan
            .password_wo_version
            .filter(|_| change.prior.password_wo_version != change.plan.password_wo_version);
        match config.api_token.is_some() && raised.is_some() {
            true => Err(Error::new("the password of a user cannot be changed with an API token")
                .hint(
                    "Log in with `proxmox.username` and `proxmox.password` in the place of the token, or put \
                     `password_wo_version` back.",
                )
                .at_attribute("password_wo_version")),
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
            set_password(proxmox, &user, password).await?;
        }
        proxmox.put::<User>(url(&user), &body, Clear::Empty).await
    }

    async fn delete(proxmox: &Proxmox, user: String, _: User) -> Result<()> {
        proxmox.delete(url(&user)).await
    }
}
