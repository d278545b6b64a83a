//! Users: who may do what in the cluster, by cephx.

use super::client::{Ceph, create, has};
use crate::http::{Request, path};
use serde_json::{Value as Json, json};
use tfplugin::prelude::*;
use tfplugin::schema::{Known, decode};

/// The part of the API with the users.
const USER: &str = "cluster/user";

/// Manages a user of the cluster and its capabilities, in Ceph 18.2 and newer.
///
/// Ceph makes the user's key, which is in no state: the ephemeral resource of this name with `_key` opens it.
#[derive(Clone, Schema)]
#[tf(name = "ceph_user", key(entity), moved_from("ceph_auth", "ceph_user"))]
pub struct User {
    /// Name of the user with its type, such as `client.kubernetes`. Another name is another user, with another key.
    #[tf(check = entity)]
    entity: String,

    /// What the user may do with each kind of daemon, such as `mon = "profile rbd"`.
    #[tf(check = capabilities)]
    caps: BTreeMap<String, String>,
}

/// Refuses what is no name of a user.
pub fn entity(entity: &str) -> Result<(), String> {
    match entity.split_once('.') {
        Some((kind, id)) if !kind.is_empty() && !id.is_empty() => Ok(()),
        _ => Err(format!("is `{entity}`, not a type and a name such as `client.kubernetes`")),
    }
}

fn capabilities(caps: &BTreeMap<String, String>) -> Result<(), String> {
    let daemons = ["mds", "mgr", "mon", "osd"];
    match caps.iter().find(|(daemon, cap)| !daemons.contains(&daemon.as_str()) || cap.is_empty()) {
        Some((daemon, cap)) if cap.is_empty() => Err(format!("has nothing for `{daemon}`; leave it out")),
        Some((daemon, _)) => Err(format!("has `{daemon}`, which is none of `mds`, `mgr`, `mon` and `osd`")),
        None => Ok(()),
    }
}

fn body(entity: &str, caps: &BTreeMap<String, String>) -> Json {
    let caps: Vec<Json> = caps.iter().map(|(daemon, cap)| json!({ "entity": daemon, "cap": cap })).collect();
    json!({ "user_entity": entity, "capabilities": caps })
}

impl Resource for User {
    type Client = Ceph;

    /// Ceph answers 201 to a user that there is already, if its capabilities are the same.
    async fn create(ceph: &Ceph, plan: User) -> Result<User> {
        ceph.refuse_another(USER, Request::get(path!("cluster/user")), "entity", &plan.entity).await?;
        let request = create(path!("cluster/user")).json(body(&plan.entity, &plan.caps));
        ceph.write(USER, request.purpose(format!("create the user `{}`", plan.entity))).await?;
        Ok(plan)
    }

    async fn read(ceph: &Ceph, entity: String) -> Result<Option<User>> {
        let users = ceph.list(USER, Request::get(path!("cluster/user"))).await?;
        let user = users.iter().find(|user| has(user, "entity", entity.as_str()));
        user.map(|user| decode(user, &Known::new())).transpose()
    }

    async fn update(ceph: &Ceph, entity: String, change: Change<User>) -> Result<()> {
        ceph.write(USER, Request::put(path!("cluster/user")).json(body(&entity, &change.plan.caps))).await
    }

    async fn delete(ceph: &Ceph, entity: String, _: User) -> Result<()> {
        ceph.delete(USER, path!("cluster/user" / entity)).await
    }
}
