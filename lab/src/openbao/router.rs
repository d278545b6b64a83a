//! Who may call what, and which handler answers.

use serde_json::{Map, Value, json};

use crate::openbao::acl::{Acl, Capability};
use crate::openbao::engine::Seat;
use crate::openbao::fields::{Field, Kind, strings};
use crate::openbao::mount::Table;
use crate::openbao::policies::Age;
use crate::openbao::reply::{Outcome, Refusal, Reply};
use crate::openbao::request::{Operation, Request};
use crate::openbao::store::{Barrier, Store};
use crate::openbao::token_paths::{self, Caller};
use crate::openbao::tokens::{Grant, Token};
use crate::openbao::{audit, mounts, namespaces, policies};

const CAPABILITIES: &[Field] = &[Field::input("path", Kind::Texts), Field::input("paths", Kind::Texts)];

/// Paths for whoever has the capability `sudo` (`PathsSpecial.Root`); `*` stands for the rest.
const PROTECTED: &[&str] = &[
    "auth/token/accessors*",
    "auth/token/revoke-orphan",
    "sys/audit",
    "sys/audit/*",
    "sys/auth/*",
    "sys/remount",
    "sys/seal",
];

/// Paths whose answers repeat their data at the top level (`http/handler.go`, `injectDataIntoTopRoutes`).
const REPEATING: &[&str] = &[
    "sys/audit",
    "sys/audit/*",
    "sys/auth",
    "sys/auth/*",
    "sys/capabilities-self",
    "sys/mounts",
    "sys/mounts/*",
    "sys/policy",
    "sys/policy/*",
    "sys/remount",
];

/// A call in its namespace.
pub struct Routed<'a, 'b> {
    /// The call.
    pub request: &'a mut Request<'b>,
    /// What the server remembers.
    pub store: &'a mut Store,
    /// Namespace: empty, or a path with a slash at its end.
    pub here: &'a str,
    /// Whether the server has namespaces.
    pub has_namespaces: bool,
    /// Token of the call, if it has one that is known.
    pub token: Option<&'a Token>,
}

/// Whether an answer repeats its data at the top level.
pub fn repeats(path: &str) -> bool {
    is_among(path, REPEATING)
}

fn is_among(path: &str, patterns: &[&str]) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => path.starts_with(prefix),
        None => path == *pattern,
    })
}

impl Routed<'_, '_> {
    /// Checks the token and answers.
    pub fn answer(mut self) -> Outcome {
        let acl = self.token.map(|token| self.store.acl(token));
        if !self.is_open() {
            let acl = acl.as_ref().ok_or_else(Refusal::unknown_token)?;
            self.check(acl)?;
        }
        match self.dispatch(acl.as_ref())? {
            Reply::Login(grant) => Ok(self.issue(*grant)),
            reply => Ok(reply),
        }
    }

    /// Whether the path needs no token.
    fn is_open(&self) -> bool {
        let path = self.request.path.as_str();
        let login = || {
            let namespace = self.store.namespaces.get(self.here)?;
            let (table, mount, rest) = namespace.route(path).filter(|(table, ..)| *table == Table::Auth)?;
            Some(namespace.table(table).get(&mount)?.engine.is_login(rest))
        };
        path == "sys/internal/ui/mounts" || path.starts_with("sys/internal/ui/mounts/") || login() == Some(true)
    }

    fn check(&self, acl: &Acl) -> Result<(), Refusal> {
        let path = format!("{}{}", self.here, self.request.guarded_path());
        let exists = self.exists();
        let allowed = acl.allows(&path, self.request.capability(exists))
            && (!is_among(&self.request.path, PROTECTED) || acl.allows(&path, Capability::Sudo));
        if allowed { Ok(()) } else { Err(Refusal::denied()) }
    }

    fn exists(&self) -> Option<bool> {
        let namespace = self.store.namespaces.get(self.here)?;
        if let Some(name) = self.request.path.strip_prefix("auth/token/roles/") {
            return Some(namespace.token_roles.contains_key(name));
        }
        let (table, mount, rest) = namespace.route(&self.request.path)?;
        namespace.table(table).get(&mount)?.engine.exists(rest)
    }

    fn dispatch(&mut self, acl: Option<&Acl>) -> Outcome {
        let path = self.request.path.clone();
        if path == "sys" || path.starts_with("sys/") {
            return self.system(path.strip_prefix("sys/").unwrap_or_default(), acl);
        }
        if let (Some(path), Some(token), Some(acl)) = (path.strip_prefix("auth/token/"), self.token, acl) {
            return token_paths::answer(self.request, self.store, &Caller { namespace: self.here, token, acl }, path);
        }
        let Some(namespace) = self.store.namespaces.get_mut(self.here) else { return Ok(Reply::Nothing) };
        let Some((table, at, rest)) = namespace.route(&path) else { return Err(Refusal::no_route(&path)) };
        let Some(mount) = namespace.table_mut(table).get_mut(&at) else { return Err(Refusal::no_route(&path)) };
        let seat = Seat {
            path: format!("{}{at}", table.prefix()),
            default_ttl: mount.default_ttl(),
            max_ttl: mount.max_ttl(),
        };
        mount.engine.answer(self.request, rest, &seat)
    }

    fn system(&mut self, path: &str, acl: Option<&Acl>) -> Outcome {
        if !self.here.is_empty() && namespaces::is_restricted(path) {
            return Err(Refusal::bad_request("operation only available in root namespace"));
        }
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        match first {
            "audit" => return audit::answer(self.request, &mut self.store.audit, rest),
            "namespaces" if self.has_namespaces => {
                return namespaces::answer(self.request, self.store, self.here, rest);
            }
            // OpenBao 2.2 has none, and clients find that out by asking.
            "namespaces" => return Err(Refusal::unsupported_path()),
            "remount" if rest.is_empty() => return mounts::remount(self.request, self.store, self.here),
            "remount" => {
                let id = rest.strip_prefix("status/").unwrap_or_default();
                return mounts::remount_status(self.request, self.store, id);
            }
            "seal" if rest.is_empty() && self.request.operation == Operation::Write => {
                self.store.barrier = Barrier::Sealed;
                return Ok(Reply::Nothing);
            }
            _ => {}
        }
        let is_root = self.here.is_empty();
        let Some(namespace) = self.store.namespaces.get_mut(self.here) else { return Ok(Reply::Nothing) };
        match first {
            "mounts" => mounts::answer(self.request, namespace, Table::Secrets, rest),
            "auth" => mounts::answer(self.request, namespace, Table::Auth, rest),
            "policy" => policies::answer(self.request, namespace, is_root, Age::Old, rest),
            "policies" if rest == "detailed/acl" => policies::detailed(self.request, namespace, is_root),
            "policies" if rest == "acl" || rest.starts_with("acl/") => {
                let name = rest.strip_prefix("acl/").unwrap_or_default();
                policies::answer(self.request, namespace, is_root, Age::New, name)
            }
            "capabilities-self" => capabilities(self.request, self.here, acl),
            "internal" if rest == "ui/mounts" => mounts::visible(self.request, namespace, self.here, acl),
            "internal" if rest.starts_with("ui/mounts/") => {
                mounts::visible_at(self.request, namespace, self.here, acl, &rest["ui/mounts/".len()..])
            }
            _ => self.request.unknown_path(),
        }
    }

    /// Issues the token of a login or of `auth/token/create`.
    fn issue(&mut self, grant: Grant) -> Reply {
        let namespace = self.store.namespaces.get(self.here);
        let mount = namespace.and_then(|namespace| {
            let (table, at, _) = namespace.route(&grant.path)?;
            namespace.table(table).get(&at)
        });
        let (default, max) = mount.map(|mount| (mount.default_ttl(), mount.max_ttl())).unwrap_or_default();
        let (auth, warning) = self.store.tokens.issue(self.here, grant, default, max);
        self.request.warnings.extend(warning);
        Reply::Auth(auth)
    }
}

/// `sys/capabilities-self`.
fn capabilities(request: &mut Request, here: &str, acl: Option<&Acl>) -> Outcome {
    let (Operation::Write, Some(acl)) = (request.operation, acl) else { return request.unsupported() };
    let params = request.fields(&[CAPABILITIES])?;
    let paths = [strings(&params, "paths"), strings(&params, "path")].concat();
    if paths.is_empty() {
        return Err(Refusal::bad_request("paths must be supplied"));
    }
    let words = |path: &String| json!(acl.words(&format!("{here}{}", path.trim_start_matches('/'))));
    let mut data: Map<String, Value> = paths.iter().map(|path| (path.clone(), words(path))).collect();
    if let [only] = paths.as_slice() {
        data.insert("capabilities".to_owned(), words(only));
    }
    Ok(Reply::Data(Value::Object(data)))
}

/// The token of a call, from either header.
pub fn token_of<'a>(headers: impl Fn(&str) -> Option<&'a str>) -> Option<&'a str> {
    let bearer = || headers("authorization").and_then(|value| value.strip_prefix("Bearer "));
    headers("x-vault-token").filter(|token| !token.is_empty()).or_else(bearer)
}
