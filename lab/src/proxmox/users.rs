//! The paths under `/access`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::proxmox::access::{ROOT, Right, Token, User};
use crate::proxmox::formats::elements;
use crate::proxmox::privileges;
use crate::proxmox::reply::{Outcome, Refusal, Reply};
use crate::proxmox::world::{Asked, World};

/// Facts of a user that are texts.
const TEXTS: &[&str] = &["comment", "email", "firstname", "lastname", "keys"];

/// Realms that every server has.
const REALMS: &[(&str, &str)] =
    &[("pam", "Linux PAM standard authentication"), ("pve", "Proxmox VE authentication server")];

/// Answers what stands under `/access`.
pub fn answer(world: &mut World, asked: &Asked) -> Option<Outcome> {
    Some(match asked.method {
        ("POST", "/access/ticket") => world.access.log_in(asked, world.options.penalty).map(Reply::Data),
        ("GET", "/access/domains") => Ok(Reply::Data(realms())),
        ("GET", "/access/permissions") => permissions(world, asked),
        ("PUT", "/access/password") => change_password(world, asked),
        ("GET", "/access/users") => Ok(Reply::Data(list(world, asked))),
        ("POST", "/access/users") => create(world, asked),
        ("GET", "/access/users/{userid}") => read(world, asked),
        ("PUT", "/access/users/{userid}") => update(world, asked),
        ("DELETE", "/access/users/{userid}") => delete(world, asked),
        ("GET", "/access/users/{userid}/token") => tokens(world, asked),
        ("GET", "/access/users/{userid}/token/{tokenid}") => {
            token(world, asked).map(|token| Reply::Data(token.facts.clone().into()))
        }
        ("POST", "/access/users/{userid}/token/{tokenid}") => issue(world, asked),
        ("PUT", "/access/users/{userid}/token/{tokenid}") => update_token(world, asked),
        ("DELETE", "/access/users/{userid}/token/{tokenid}") => revoke(world, asked),
        ("GET", "/access/groups") => Ok(Reply::Data(groups(world))),
        ("POST", "/access/groups") => create_group(world, asked),
        ("GET", "/access/groups/{groupid}") => group(world, asked),
        ("PUT", "/access/groups/{groupid}") => update_group(world, asked),
        ("DELETE", "/access/groups/{groupid}") => delete_group(world, asked),
        ("GET", "/access/roles") => Ok(Reply::Data(roles(world))),
        ("POST", "/access/roles") => create_role(world, asked),
        ("GET", "/access/roles/{roleid}") => role(world, asked),
        ("PUT", "/access/roles/{roleid}") => update_role(world, asked),
        ("DELETE", "/access/roles/{roleid}") => delete_role(world, asked),
        ("GET", "/access/acl") => Ok(Reply::Data(rights(world))),
        ("PUT", "/access/acl") => change_rights(world, asked),
        _ => return None,
    })
}

fn realms() -> Value {
    REALMS.iter().map(|(realm, comment)| json!({ "realm": realm, "type": realm, "comment": comment })).collect()
}

/// Sets a password. Whoever is not root says his own, too (`PVE::API2::AccessControl`; unrecorded).
fn change_password(world: &mut World, asked: &Asked) -> Outcome {
    let of_the_system = asked.text("userid").ends_with("@pam");
    if asked.who != ROOT && of_the_system {
        return Err(Refusal::new(403, "Permission check failed"));
    }
    let confirmed = asked.get("confirmation-password");
    let own = world.access.users.get(&asked.who).and_then(|user| user.password.as_deref());
    if asked.who != ROOT && (confirmed.is_none() || confirmed != own) {
        let complaint = "the password of the user who performs the change is required";
        return Err(Refusal::of_parameter("confirmation-password", complaint));
    }
    let user = find(world, asked)?;
    user.password = asked.get("password").map(str::to_owned);
    Ok(Reply::done())
}

fn permissions(world: &World, asked: &Asked) -> Outcome {
    let who = asked.get("userid").unwrap_or(&asked.who);
    let rights = world.access.rights.iter().map(|right| right.path.clone());
    let roots = ["/", "/access", "/nodes", "/pool", "/sdn", "/storage", "/vms"];
    let known = rights.chain(roots.iter().filter(|_| who.starts_with(ROOT)).map(|path| (*path).to_owned()));
    let paths: BTreeSet<String> = match asked.get("path") {
        Some(path) => BTreeSet::from([path.to_owned()]),
        None => known.collect(),
    };
    let of_path = |path: String| {
        let held = world.access.privileges(who, &path);
        let held: Map<String, Value> = held.into_iter().map(|(name, below)| (name, json!(u8::from(below)))).collect();
        (!held.is_empty()).then_some((path, Value::Object(held)))
    };
    Ok(Reply::Data(paths.into_iter().filter_map(of_path).collect::<Map<_, _>>().into()))
}

fn find<'a>(world: &'a mut World, asked: &Asked) -> Result<&'a mut User, Refusal> {
    let id = asked.text("userid");
    world.access.users.get_mut(id).ok_or_else(|| Refusal::failed(format!("no such user ('{id}')")))
}

fn list(world: &World, asked: &Asked) -> Value {
    let enabled = asked.get("enabled").map(|flag| json!(u8::from(flag == "1")));
    let users =
        world.access.users.iter().filter(|(_, user)| enabled.is_none() || user.facts.get("enable") == enabled.as_ref());
    let row = |(id, user): (&String, &User)| {
        let mut row = user.facts.clone();
        row.insert("userid".to_owned(), json!(id));
        row.insert("realm-type".to_owned(), json!(id.rsplit('@').next()));
        if asked.flag("full") {
            row.insert("groups".to_owned(), json!(user.groups.iter().cloned().collect::<Vec<_>>().join(",")));
            let tokens = user.tokens.iter().map(|(name, token)| named(name, token));
            row.insert("tokens".to_owned(), tokens.collect());
        }
        Value::Object(row)
    };
    users.map(row).collect()
}

fn named(name: &str, token: &Token) -> Value {
    let mut facts = token.facts.clone();
    facts.insert("tokenid".to_owned(), json!(name));
    facts.into()
}

fn read(world: &mut World, asked: &Asked) -> Outcome {
    let user = find(world, asked)?;
    let mut facts = user.facts.clone();
    facts.insert("groups".to_owned(), json!(user.groups));
    let tokens: Map<String, Value> =
        user.tokens.iter().map(|(name, token)| (name.clone(), token.facts.clone().into())).collect();
    facts.insert("tokens".to_owned(), if tokens.is_empty() { Value::Null } else { tokens.into() });
    Ok(Reply::Data(facts.into()))
}

fn create(world: &mut World, asked: &Asked) -> Outcome {
    let failed = |reason: String| Err(Refusal::failed(format!("create user failed: {reason}")));
    let id = asked.text("userid");
    let realm = id.rsplit('@').next().unwrap_or_default();
    if world.access.users.contains_key(id) {
        return failed(format!("user '{id}' already exists"));
    }
    if !REALMS.iter().any(|(known, _)| *known == realm) {
        return failed(format!("domain '{realm}' does not exist"));
    }
    if asked.get("password").is_some() && realm != "pve" {
        return failed(format!("can't set password on auth type '{realm}'"));
    }
    let password = asked.get("password").map(str::to_owned);
    let facts = Map::from_iter([("enable".to_owned(), json!(1)), ("expire".to_owned(), json!(0))]);
    let mut user = User { facts, password, ..User::default() };
    change(&mut user, &world.access.groups, asked)?;
    world.access.users.insert(id.to_owned(), user);
    Ok(Reply::done())
}

fn update(world: &mut World, asked: &Asked) -> Outcome {
    let groups = world.access.groups.clone();
    let user = find(world, asked)?;
    let mut changed = user.clone();
    change(&mut changed, &groups, asked)?;
    *user = changed;
    Ok(Reply::done())
}

fn change(user: &mut User, known: &BTreeMap<String, Option<String>>, asked: &Asked) -> Result<(), Refusal> {
    for (name, text) in TEXTS.iter().filter_map(|name| Some((*name, asked.get(name)?))) {
        // An empty text takes the fact away.
        match text {
            "" => user.facts.remove(name),
            text => user.facts.insert(name.to_owned(), json!(text)),
        };
    }
    for name in ["enable", "expire"] {
        if let Some(number) = asked.get(name).and_then(|text| text.parse::<i64>().ok()) {
            user.facts.insert(name.to_owned(), json!(number));
        }
    }
    let Some(groups) = asked.get("groups") else { return Ok(()) };
    if !asked.flag("append") {
        user.groups.clear();
    }
    for group in elements(groups) {
        if !known.contains_key(group) {
            return Err(Refusal::failed(format!("no such group '{group}'")));
        }
        user.groups.insert(group.to_owned());
    }
    Ok(())
}

fn delete(world: &mut World, asked: &Asked) -> Outcome {
    let id = asked.text("userid").to_owned();
    find(world, asked).map_err(|refusal| refusal.within("delete user failed: "))?;
    world.access.users.remove(&id);
    let tokens = format!("{id}!");
    world
        .access
        .rights
        .retain(|right| !right.whose.starts_with(&tokens) && (right.kind, right.whose.as_str()) != ("user", &id));
    Ok(Reply::done())
}

fn tokens(world: &mut World, asked: &Asked) -> Outcome {
    let user = find(world, asked)?;
    Ok(Reply::Data(user.tokens.iter().map(|(name, token)| named(name, token)).collect()))
}

fn token<'a>(world: &'a mut World, asked: &Asked) -> Result<&'a mut Token, Refusal> {
    let (id, name) = (asked.text("userid").to_owned(), asked.text("tokenid"));
    let found = find(world, asked)?.tokens.get_mut(name);
    found.ok_or_else(|| Refusal::failed(format!("no such token '{name}' for user '{id}'")))
}

fn issue(world: &mut World, asked: &Asked) -> Outcome {
    let secret = world.uuid();
    let (id, name) = (asked.text("userid").to_owned(), asked.text("tokenid").to_owned());
    let user = find(world, asked)?;
    if user.tokens.contains_key(&name) {
        return Err(Refusal::of_parameter("tokenid", "Token already exists."));
    }
    let expire = user.facts.get("expire").cloned().unwrap_or(json!(0));
    let facts = Map::from_iter([("expire".to_owned(), expire), ("privsep".to_owned(), json!(1))]);
    let mut token = Token { facts, secret: secret.clone() };
    describe(&mut token, asked);
    user.tokens.insert(name.clone(), token);
    // What was sent comes back as it was sent: texts.
    let sent = asked.params.iter().filter(|(name, _)| ["comment", "expire", "privsep"].contains(&name.as_str()));
    let mut info: Map<String, Value> = sent.map(|(name, value)| (name.clone(), json!(value))).collect();
    info.entry("privsep").or_insert(json!("1"));
    Ok(Reply::Data(json!({ "full-tokenid": format!("{id}!{name}"), "value": secret, "info": info })))
}

fn describe(token: &mut Token, asked: &Asked) {
    if let Some(comment) = asked.get("comment") {
        token.facts.insert("comment".to_owned(), json!(comment));
    }
    for name in ["expire", "privsep"] {
        if let Some(number) = asked.get(name).and_then(|text| text.parse::<i64>().ok()) {
            token.facts.insert(name.to_owned(), json!(number));
        }
    }
}

fn update_token(world: &mut World, asked: &Asked) -> Outcome {
    let token = token(world, asked)?;
    describe(token, asked);
    Ok(Reply::Data(token.facts.clone().into()))
}

fn revoke(world: &mut World, asked: &Asked) -> Outcome {
    token(world, asked)?;
    let full = format!("{}!{}", asked.text("userid"), asked.text("tokenid"));
    find(world, asked)?.tokens.remove(asked.text("tokenid"));
    world.access.rights.retain(|right| right.whose != full);
    Ok(Reply::done())
}

fn members(world: &World, group: &str) -> Vec<String> {
    let users = world.access.users.iter().filter(|(_, user)| user.groups.contains(group));
    users.map(|(id, _)| id.clone()).collect()
}

fn groups(world: &World) -> Value {
    let row = |(name, comment): (&String, &Option<String>)| {
        let mut row = json!({ "groupid": name, "users": members(world, name).join(",") });
        if let Some(comment) = comment {
            row["comment"] = json!(comment);
        }
        row
    };
    world.access.groups.iter().map(row).collect()
}

fn create_group(world: &mut World, asked: &Asked) -> Outcome {
    let name = asked.text("groupid");
    if world.access.groups.contains_key(name) {
        return Err(Refusal::failed(format!("create group failed: group '{name}' already exists")));
    }
    world.access.groups.insert(name.to_owned(), asked.get("comment").map(str::to_owned));
    Ok(Reply::done())
}

fn known_group(world: &World, asked: &Asked) -> Result<String, Refusal> {
    let name = asked.text("groupid");
    match world.access.groups.contains_key(name) {
        true => Ok(name.to_owned()),
        false => Err(Refusal::failed(format!("group '{name}' does not exist"))),
    }
}

fn group(world: &World, asked: &Asked) -> Outcome {
    let name = known_group(world, asked)?;
    let mut group = json!({ "members": members(world, &name) });
    if let Some(Some(comment)) = world.access.groups.get(&name) {
        group["comment"] = json!(comment);
    }
    Ok(Reply::Data(group))
}

fn update_group(world: &mut World, asked: &Asked) -> Outcome {
    let name = known_group(world, asked)?;
    if let Some(comment) = asked.get("comment") {
        world.access.groups.insert(name, Some(comment.to_owned()));
    }
    Ok(Reply::done())
}

fn delete_group(world: &mut World, asked: &Asked) -> Outcome {
    let name = known_group(world, asked).map_err(|refusal| refusal.within("delete group failed: "))?;
    world.access.groups.remove(&name);
    for user in world.access.users.values_mut() {
        user.groups.remove(&name);
    }
    world.access.rights.retain(|right| !(right.kind == "group" && right.whose == name));
    Ok(Reply::done())
}

fn roles(world: &World) -> Value {
    let made = world.access.roles.keys().map(|name| (name.as_str(), false));
    let all = privileges::built_in().map(|name| (name, true)).chain(made);
    let row = |(name, special): (&str, bool)| {
        let privs: Vec<String> = world.access.role(name).unwrap_or_default().into_iter().collect();
        let mut row = json!({ "roleid": name, "privs": privs.join(",") });
        if special {
            row["special"] = json!(1);
        }
        row
    };
    all.map(row).collect()
}

fn create_role(world: &mut World, asked: &Asked) -> Outcome {
    let name = asked.text("roleid");
    if world.access.role(name).is_some() {
        return Err(Refusal::failed(format!("create role failed: role '{name}' already exists")));
    }
    if name.to_uppercase().starts_with("PVE") {
        let reason = format!("create role failed: role names starting with 'PVE' are reserved: '{name}'");
        return Err(Refusal::failed(reason));
    }
    world.access.roles.insert(name.to_owned(), elements(asked.text("privs")).map(str::to_owned).collect());
    Ok(Reply::done())
}

fn role(world: &World, asked: &Asked) -> Outcome {
    let name = asked.text("roleid");
    let missing = || Refusal::failed(format!("role '{name}' does not exist"));
    let held = world.access.role(name).ok_or_else(missing)?;
    Ok(Reply::Data(held.into_iter().map(|privilege| (privilege, json!(1))).collect::<Map<_, _>>().into()))
}

fn own_role<'a>(world: &'a mut World, asked: &Asked, what: &str) -> Result<&'a mut BTreeSet<String>, Refusal> {
    let name = asked.text("roleid");
    if privileges::of_built_in(name).is_some() {
        let verb = if what == "delete" { "deleted" } else { "modified" };
        return Err(Refusal::failed(format!("{what} role failed: auto-generated role '{name}' cannot be {verb}")));
    }
    let missing = || Refusal::failed(format!("{what} role failed: role '{name}' does not exist"));
    world.access.roles.get_mut(name).ok_or_else(missing)
}

fn update_role(world: &mut World, asked: &Asked) -> Outcome {
    let role = own_role(world, asked, "update")?;
    if let Some(wanted) = asked.get("privs") {
        if !asked.flag("append") {
            role.clear();
        }
        role.extend(elements(wanted).map(str::to_owned));
    }
    Ok(Reply::done())
}

fn delete_role(world: &mut World, asked: &Asked) -> Outcome {
    own_role(world, asked, "delete")?;
    world.access.roles.remove(asked.text("roleid"));
    world.access.rights.retain(|right| right.role != asked.text("roleid"));
    Ok(Reply::done())
}

fn rights(world: &World) -> Value {
    let row = |right: &Right| {
        json!({
            "path": right.path, "propagate": u8::from(right.propagate), "roleid": right.role, "type": right.kind,
            "ugid": right.whose,
        })
    };
    world.access.rights.iter().map(row).collect()
}

/// The places that rights can be given for (`PVE::AccessControl::check_path`).
fn is_place(path: &str) -> bool {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match segments.as_slice() {
        [""] => true,
        [first] | [first, _] => {
            ["access", "mapping", "nodes", "pool", "sdn", "storage", "vms"].contains(first) && !segments.contains(&"")
        }
        ["access" | "pool" | "mapping" | "sdn", rest @ ..] => rest.len() <= 4 && !rest.contains(&""),
        _ => false,
    }
}

fn change_rights(world: &mut World, asked: &Asked) -> Outcome {
    let path = asked.text("path");
    let given = |name: &str| asked.get(name).map(elements).into_iter().flatten().map(str::to_owned).collect::<Vec<_>>();
    let (users, groups, tokens) = (given("users"), given("groups"), given("tokens"));
    if users.is_empty() && groups.is_empty() && tokens.is_empty() {
        let complaint = "either 'users', 'groups' or 'tokens' is required.";
        let names = ["users", "groups", "tokens"].map(|name| (name.to_owned(), complaint.to_owned()));
        return Err(Refusal::of_parameters(BTreeMap::from(names)));
    }
    if !is_place(path) {
        return Err(Refusal::of_parameter("path", &format!("invalid ACL path '{path}'")));
    }
    let whose = users.into_iter().map(|user| ("user", user));
    let whose = whose.chain(groups.into_iter().map(|group| ("group", group)));
    let whose: Vec<(&'static str, String)> = whose.chain(tokens.into_iter().map(|token| ("token", token))).collect();
    let mut changed = world.access.rights.clone();
    for role in elements(asked.text("roles")) {
        if world.access.role(role).is_none() {
            return Err(Refusal::failed(format!("role '{role}' does not exist")));
        }
        for (kind, whose) in &whose {
            exists(world, kind, whose)?;
            changed.retain(|right| {
                !(right.path == path && right.role == role && right.kind == *kind && right.whose == *whose)
            });
            if !asked.flag("delete") {
                let propagate = asked.get("propagate") != Some("0");
                let (path, role, whose) = (path.to_owned(), role.to_owned(), whose.clone());
                changed.insert(Right { path, propagate, role, kind, whose });
            }
        }
    }
    world.access.rights = changed;
    Ok(Reply::done())
}

fn exists(world: &World, kind: &str, whose: &str) -> Result<(), Refusal> {
    let known = match (kind, whose.split_once('!')) {
        ("group", _) => world.access.groups.contains_key(whose),
        ("token", Some((user, name))) => {
            world.access.users.get(user).is_some_and(|user| user.tokens.contains_key(name))
        }
        _ => world.access.users.contains_key(whose),
    };
    if known { Ok(()) } else { Err(Refusal::failed(format!("{kind} '{whose}' does not exist"))) }
}
