//! `auth/token/…`.

use serde_json::{Map, Value, json};

use crate::openbao::acl::{Acl, Capability};
use crate::openbao::engine::entry;
use crate::openbao::fields::{self, Field, Kind, Unset, flag, number, strings, text};
use crate::openbao::reply::{Outcome, Refusal, Reply};
use crate::openbao::request::{Operation, Request};
use crate::openbao::store::Store;
use crate::openbao::times::{self, SYSTEM_TTL};
use crate::openbao::tokens::{Grant, Token};

const CREATE: &[Field] = &[
    Field::input("display_name", Kind::Text),
    Field::input("entity_alias", Kind::Text),
    Field::input("explicit_max_ttl", Kind::Text),
    Field::input("id", Kind::Text),
    Field::input("lease", Kind::Text),
    Field::input("meta", Kind::Pairs),
    Field::input("no_default_policy", Kind::Boolean),
    Field::input("no_parent", Kind::Boolean),
    Field::input("num_uses", Kind::Integer),
    Field::input("period", Kind::Text),
    Field::input("policies", Kind::Texts),
    Field::input("renewable", Kind::Boolean),
    Field::input("ttl", Kind::Text),
    Field::input("type", Kind::Text),
];

const NAMED: &[Field] = &[
    Field::input("accessor", Kind::Text),
    Field::input("increment", Kind::Seconds),
    Field::input("token", Kind::Text),
];

const ROLE: &[Field] = &[
    Field::new("allowed_entity_aliases", Kind::Texts, Unset::Null),
    Field::new("allowed_policies", Kind::Texts, Unset::Zero),
    Field::new("allowed_policies_glob", Kind::Texts, Unset::Zero),
    Field::new("disallowed_policies", Kind::Texts, Unset::Zero),
    Field::new("disallowed_policies_glob", Kind::Texts, Unset::Zero),
    Field::new("explicit_max_ttl", Kind::Seconds, Unset::Zero),
    Field::new("orphan", Kind::Boolean, Unset::Zero),
    Field::new("path_suffix", Kind::Text, Unset::Zero),
    Field::new("period", Kind::Seconds, Unset::Zero),
    Field::new("renewable", Kind::Boolean, Unset::True),
    Field::new("token_explicit_max_ttl", Kind::Seconds, Unset::Zero),
    Field::new("token_no_default_policy", Kind::Boolean, Unset::Zero),
    Field::new("token_period", Kind::Seconds, Unset::Zero),
    Field::new("token_type", Kind::Text, Unset::Is("default-service")),
];

/// Who asks, and from where.
pub struct Caller<'a> {
    /// Namespace of the request.
    pub namespace: &'a str,
    /// Token of the request.
    pub token: &'a Token,
    /// What it may do.
    pub acl: &'a Acl,
}

impl Caller<'_> {
    fn has_sudo(&self, path: &str) -> bool {
        self.acl.allows(&format!("{}{path}", self.namespace), Capability::Sudo)
    }
}

/// Answers a call to a path below `auth/token`.
pub fn answer(request: &mut Request, store: &mut Store, caller: &Caller, path: &str) -> Outcome {
    if let Some(name) = entry(path, "roles") {
        return role(request, store, caller.namespace, name.unwrap_or_default());
    }
    let own = caller.token.id.as_str();
    match (request.operation, path) {
        (Operation::List, "accessors") => Ok(Reply::list(store.tokens.accessors(caller.namespace))),
        (Operation::Read | Operation::Write, "lookup-self") => Ok(Reply::Data(caller.token.show())),
        (Operation::Write, "create" | "create-orphan") => create(request, store, caller, path, None),
        (Operation::Write, _) if path.starts_with("create/") => {
            let name = &path["create/".len()..];
            let roles = store.namespaces.get(caller.namespace).map(|namespace| &namespace.token_roles);
            let Some(role) = roles.and_then(|roles| roles.get(name)).cloned() else {
                return Err(Refusal::bad_request(format!("unknown role {name}")));
            };
            create(request, store, caller, path, Some((name.to_owned(), role)))
        }
        (Operation::Write, "renew-self") => renew(request, store, own),
        (Operation::Write, "revoke-self") => {
            store.tokens.revoke(own);
            Ok(Reply::Nothing)
        }
        (Operation::Read | Operation::Write, "lookup") | (Operation::Write, "renew" | "revoke" | "revoke-orphan") => {
            named(request, store, caller, path)
        }
        (Operation::Write, "lookup-accessor" | "renew-accessor" | "revoke-accessor") => {
            by_accessor(request, store, path)
        }
        _ => request.unknown_path(),
    }
}

fn named(request: &mut Request, store: &mut Store, caller: &Caller, path: &str) -> Outcome {
    let params = request.fields(&[NAMED])?;
    let id = text(&params, "token");
    match path {
        "lookup" => {
            let id = if id.is_empty() { &caller.token.id } else { id };
            store.tokens.get(id).map(|token| Reply::Data(token.show())).ok_or_else(|| Refusal::new(403, "bad token"))
        }
        _ if id.is_empty() => Err(Refusal::bad_request("missing token ID")),
        "renew" => renew(request, store, id),
        _ if store.tokens.get(id).is_some_and(|token| token.grant.batch) => {
            Err(Refusal::bad_request("batch tokens cannot be revoked"))
        }
        "revoke" => {
            store.tokens.revoke(id);
            Ok(Reply::Nothing)
        }
        _ if !caller.has_sudo("auth/token/revoke-orphan") => {
            Err(Refusal::bad_request("root or sudo privileges required to revoke and orphan"))
        }
        _ if store.tokens.get(id).is_none() => Err(Refusal::bad_request("token to revoke not found")),
        _ => {
            store.tokens.revoke_alone(id);
            Ok(Reply::Nothing)
        }
    }
}

fn by_accessor(request: &mut Request, store: &mut Store, path: &str) -> Outcome {
    let params = request.fields(&[NAMED])?;
    let accessor = text(&params, "accessor");
    if accessor.is_empty() {
        return Err(Refusal::bad_request("missing accessor"));
    }
    let Some(token) = store.tokens.by_accessor(accessor) else {
        return Err(Refusal::collected(400, "invalid accessor"));
    };
    let id = token.id.clone();
    let shown = token.show();
    let without_token = |mut value: Value, member: &str| {
        if let Some(shown) = value.as_object_mut() {
            shown.insert(member.to_owned(), json!(""));
        }
        value
    };
    match path {
        "lookup-accessor" => Ok(Reply::Data(without_token(shown, "id"))),
        "revoke-accessor" => {
            store.tokens.revoke(&id);
            Ok(Reply::Nothing)
        }
        _ => match renew(request, store, &id)? {
            Reply::Auth(auth) => Ok(Reply::Auth(without_token(auth, "client_token"))),
            other => Ok(other),
        },
    }
}

fn renew(request: &mut Request, store: &mut Store, id: &str) -> Outcome {
    let params = request.fields(&[NAMED])?;
    match store.tokens.get(id) {
        None => return Err(Refusal::bad_request("token not found")),
        Some(token) if token.grant.batch => return Err(Refusal::bad_request("batch tokens cannot be renewed")),
        Some(_) => {}
    }
    let renewed = store.tokens.renew(id, number(&params, "increment"), SYSTEM_TTL);
    renewed.map(Reply::Auth).ok_or_else(|| Refusal::bad_request("lease is not renewable"))
}

fn create(
    request: &mut Request,
    store: &Store,
    caller: &Caller,
    path: &str,
    role: Option<(String, Map<String, Value>)>,
) -> Outcome {
    let params = request.fields(&[CREATE])?;
    let refuse = |error: &str| Err(Refusal::bad_request(error));
    let sudo = caller.has_sudo(&format!("auth/token/{path}"));
    if caller.token.grant.batch {
        return refuse("batch tokens cannot create more tokens");
    }
    if caller.token.grant.num_uses > 0 {
        return refuse("restricted use token cannot generate child tokens");
    }
    if let Some(field) = ["entity_alias", "id"].into_iter().find(|field| !text(&params, field).is_empty()) {
        let what = format!("the lab makes no tokens with `{field}`");
        return Err(Refusal::new(501, what.clone()).remembered(what));
    }
    let seconds = |name: &str| times::seconds(text(&params, name)).map_err(Refusal::bad_request);
    let batch = match text(&params, "type") {
        "" | "service" => false,
        "batch" => true,
        _ => return refuse("invalid 'token_type' value"),
    };
    let period = seconds("period")?;
    if period > 0 && !sudo {
        return refuse("root or sudo privileges required to create periodic token");
    }
    if flag(&params, "no_parent") && !sudo {
        return refuse("root or sudo privileges required to create orphan token");
    }
    let display_name = Some(text(&params, "display_name")).filter(|name| !name.is_empty());
    let orphan = path == "create-orphan" || flag(&params, "no_parent");
    let mut grant = Grant {
        path: format!("auth/token/{path}"),
        display_name: display_name.map_or_else(|| "token".to_owned(), |name| format!("token-{name}")),
        no_default_policy: flag(&params, "no_default_policy"),
        ttl: if text(&params, "ttl").is_empty() { seconds("lease")? } else { seconds("ttl")? },
        explicit_max_ttl: seconds("explicit_max_ttl")?,
        period,
        num_uses: number(&params, "num_uses"),
        metadata: params.get("meta").cloned().unwrap_or_default(),
        renewable: params.get("renewable").is_none_or(|_| flag(&params, "renewable")),
        batch,
        parent: (!orphan).then(|| caller.token.id.clone()),
        bound_cidrs: caller.token.grant.bound_cidrs.clone(),
        ..Grant::default()
    };
    match &role {
        Some((name, role)) => keep_to_role(&mut grant, name, role, strings(&params, "policies"))?,
        None => choose_policies(&mut grant, caller, sudo, strings(&params, "policies"))?,
    }
    if grant.policies.iter().any(|policy| policy == "root")
        && !caller.token.grant.policies.iter().any(|policy| policy == "root")
    {
        return refuse("root tokens may not be created without parent token being root");
    }
    let known = store.namespaces.get(caller.namespace).map(|namespace| &namespace.policies);
    for policy in grant.policies.iter().filter(|policy| *policy != "root") {
        if known.is_none_or(|known| !known.contains_key(policy)) {
            request.warn(format!("Policy {policy:?} does not exist"));
        }
    }
    Ok(Reply::Login(Box::new(grant)))
}

/// Without a role, a token has at most what its parent has, unless the parent has sudo.
fn choose_policies(grant: &mut Grant, caller: &Caller, sudo: bool, wanted: Vec<String>) -> Result<(), Refusal> {
    let parent = &caller.token.grant.policies;
    if caller.namespace != caller.token.namespace {
        if !sudo {
            let error = "root or sudo privileges required to directly generate a token in a child namespace";
            return Err(Refusal::bad_request(error));
        }
        if wanted.iter().any(|policy| policy == "root") {
            return Err(Refusal::bad_request("root tokens may not be created from a parent namespace"));
        }
    } else if wanted.is_empty() {
        grant.no_default_policy |= !parent.iter().any(|policy| policy == "default");
        grant.policies.clone_from(parent);
        return Ok(());
    } else if !sudo {
        if wanted.iter().any(|policy| !parent.contains(policy)) {
            return Err(Refusal::bad_request("child policies must be subset of parent"));
        }
        grant.no_default_policy |= !parent.iter().chain(&wanted).any(|policy| policy == "default");
    }
    grant.policies = wanted;
    Ok(())
}

fn keep_to_role(grant: &mut Grant, name: &str, role: &Map<String, Value>, wanted: Vec<String>) -> Result<(), Refusal> {
    let allowed = strings(role, "allowed_policies");
    grant.no_default_policy |= flag(role, "token_no_default_policy");
    let outside = wanted.iter().any(|policy| policy != "default" && !allowed.contains(policy));
    if !allowed.is_empty() && outside {
        let error = format!(
            "token policies ({wanted:?}) must be subset of the role's allowed policies ({allowed:?}) or glob policies \
             ([])"
        );
        return Err(Refusal::bad_request(error));
    }
    let disallowed = strings(role, "disallowed_policies");
    if let Some(policy) = wanted.iter().find(|policy| disallowed.contains(policy)) {
        return Err(Refusal::bad_request(format!("token policy {policy:?} is disallowed by this role")));
    }
    grant.policies = if wanted.is_empty() { allowed } else { wanted };
    if flag(role, "orphan") {
        grant.parent = None;
    }
    grant.renewable &= flag(role, "renewable");
    let limit = number(role, "token_explicit_max_ttl");
    if limit > 0 && (grant.explicit_max_ttl == 0 || limit < grant.explicit_max_ttl) {
        grant.explicit_max_ttl = limit;
    }
    if number(role, "token_period") > 0 {
        grant.period = number(role, "token_period");
    }
    grant.role = Some(name.to_owned());
    Ok(())
}

fn role(request: &mut Request, store: &mut Store, namespace: &str, name: &str) -> Outcome {
    let Some(namespace) = store.namespaces.get_mut(namespace) else { return Ok(Reply::Nothing) };
    let roles = &mut namespace.token_roles;
    match (request.operation, name) {
        (Operation::List, "") => Ok(Reply::list(roles.keys().cloned())),
        (_, "") => request.unsupported(),
        (Operation::Read, _) => {
            Ok(roles.get(name).map_or(Reply::Nothing, |role| Reply::Data(Value::Object(role.clone()))))
        }
        (Operation::Write, _) => {
            let params = request.fields(&[ROLE])?;
            let mut role = roles.get(name).cloned().unwrap_or_else(|| fields::defaults(ROLE));
            role.extend(params);
            role.insert("name".to_owned(), json!(name));
            roles.insert(name.to_owned(), role);
            Ok(Reply::Nothing)
        }
        (Operation::Delete, _) => {
            roles.remove(name);
            Ok(Reply::Nothing)
        }
        _ => request.unsupported(),
    }
}
