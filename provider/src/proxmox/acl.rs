//! Rights: a role that somebody has on a path.

use super::client::{Proxmox, has, text_of};
use super::principal::{absolute, kind, token};
use super::user_words::with_realm;
use super::{formats, work};
use crate::http::{Request, path};
use tfplugin::prelude::*;
use tfplugin::value::{Object, Value};

/// Manages a right: one user, group or token has one role on one path.
#[derive(Clone, Schema)]
#[tf(name = "proxmox_acl", key(path, principal, role_id), import = "{path}?{principal}?{role_id}")]
#[tf(one_of(user_id, group_id, token_id), moved_from("proxmox_virtual_environment_acl"))]
pub struct Acl {
    /// Path that the right is for, such as `/pool/ci` or `/vms/100`; what lies below inherits it.
    #[tf(check = absolute)]
    path: String,

    /// Name of the role.
    #[tf(check = formats::plain)]
    role_id: String,

    /// User that has the right, with the realm.
    #[tf(replace, check = with_realm)]
    user_id: Option<String>,

    /// Group that has the right.
    #[tf(replace, check = formats::plain)]
    group_id: Option<String>,

    /// Token that has the right, as `user@realm!name`.
    #[tf(replace, check = token)]
    token_id: Option<String>,

    /// Whether the right holds below the path, too.
    #[tf(default = true)]
    propagate: bool,

    /// Who has the right: the user, the group or the token.
    principal: Computed<String>,
}

impl Acl {
    fn who(&self) -> String {
        let named = [&self.user_id, &self.group_id, &self.token_id].into_iter().flatten().next();
        named.cloned().unwrap_or_default()
    }

    fn of(entry: &Object, (path, principal, role_id): <Acl as Schema>::Key) -> Acl {
        let named = |wanted: &str| (kind(&principal) == wanted).then(|| principal.clone());
        Acl {
            path,
            role_id,
            user_id: named("user"),
            group_id: named("group"),
            token_id: named("token"),
            // The list leaves out what is not so.
            propagate: entry.get("propagate").is_some_and(|propagate| text_of(propagate) == "1"),
            principal: principal.into(),
        }
    }
}

/// Gives a right, or takes it.
async fn set(proxmox: &Proxmox, acl: &Acl, principal: &str, takes: bool) -> Result<()> {
    let who = match kind(principal) {
        "token" => "tokens",
        "user" => "users",
        _ => "groups",
    };
    let propagate = u8::from(acl.propagate).to_string();
    let mut form = vec![("path", acl.path.as_str()), ("roles", &acl.role_id), (who, principal)];
    match takes {
        true => form.push(("delete", "1")),
        false => form.push(("propagate", &propagate)),
    }
    work::unlocked(proxmox, Request::put(path!("access/acl")).form(form)).await.map(drop)
}

impl Resource for Acl {
    type Client = Proxmox;

    async fn create(proxmox: &Proxmox, plan: Acl) -> Result<Acl> {
        let principal = plan.who();
        let key = (plan.path.clone(), principal.clone(), plan.role_id.clone());
        if Acl::read(proxmox, key).await?.is_some() {
            let id = format!("{}?{principal}?{}", plan.path, plan.role_id);
            return Err(Error::conflict(format!("`{principal}` has the role on the path already"))
                .hint(format!("Import it with the id `{id}`, or remove one of the two.")));
        }
        set(proxmox, &plan, &principal, false).await?;
        Ok(Acl { principal: principal.into(), ..plan })
    }

    async fn read(proxmox: &Proxmox, key: Self::Key) -> Result<Option<Acl>> {
        let rights = proxmox.list(path!("access/acl")).await?;
        let is_it = |entry: &&Object| {
            has(entry, "path", key.0.as_str())
                && has(entry, "ugid", key.1.as_str())
                && has(entry, "roleid", key.2.as_str())
                && entry.get("type").and_then(Value::as_str) == Some(kind(&key.1))
        };
        Ok(rights.iter().find(is_it).map(|entry| Acl::of(entry, key.clone())))
    }

    async fn update(proxmox: &Proxmox, key: Self::Key, change: Change<Acl>) -> Result<()> {
        set(proxmox, &change.plan, &key.1, false).await
    }

    async fn delete(proxmox: &Proxmox, key: Self::Key, state: Acl) -> Result<()> {
        set(proxmox, &state, &key.1, true).await
    }
}
