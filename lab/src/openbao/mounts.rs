//! `sys/mounts`, `sys/auth`, `sys/remount` and `sys/internal/ui/mounts`.

use serde_json::{Map, Value, json};

use crate::openbao::acl::Acl;
use crate::openbao::engine::Engine;
use crate::openbao::fields::{self, Field, Kind, flag, text};
use crate::openbao::ids;
use crate::openbao::mount::{CONFIG, MOUNT, Mount, TUNE, Table};
use crate::openbao::reply::{Outcome, Refusal, Reply};
use crate::openbao::request::{Operation, Request};
use crate::openbao::store::{Namespace, Store};
use crate::openbao::times::SYSTEM_TTL;

/// Built-in engines of OpenBao 2.2.
const SECRETS: &[&str] = &[
    "database",
    "kubernetes",
    "kv",
    "kv-v1",
    "kv-v2",
    "ldap",
    "openldap",
    "pki",
    "rabbitmq",
    "ssh",
    "totp",
    "transit",
];
const AUTH: &[&str] = &["approle", "cert", "jwt", "kerberos", "kubernetes", "ldap", "oidc", "radius", "userpass"];

/// Paths at which the server's own engines are.
const PROTECTED: &[&str] = &["audit/", "auth/", "cubbyhole/", "identity/", "sys/"];

const REMOUNT: &[Field] = &[Field::input("from", Kind::Text), Field::input("to", Kind::Text)];

impl Table {
    /// What the path of a mount begins with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Secrets => "",
            Self::Auth => "auth/",
        }
    }
}

/// Answers a call to a path below `sys/mounts` or `sys/auth`.
pub fn answer(request: &mut Request, namespace: &mut Namespace, table: Table, path: &str) -> Outcome {
    if path.is_empty() {
        return match request.operation {
            Operation::Read => Ok(Reply::Data(list(namespace, table))),
            _ => request.unsupported(),
        };
    }
    if let Some(path) = path.strip_suffix("/tune") {
        return match path.strip_prefix("auth/") {
            Some(path) if table == Table::Secrets => tune(request, namespace, Table::Auth, &slashed(path)),
            _ => tune(request, namespace, table, &slashed(path)),
        };
    }
    let path = slashed(path);
    match request.operation {
        Operation::Read => match namespace.table(table).get(&path) {
            Some(mount) => Ok(Reply::Data(mount.show())),
            None => Err(Refusal::bad_request(match table {
                Table::Secrets => format!("No secret engine mount at {path}"),
                Table::Auth => format!("No auth engine at {path}"),
            })),
        },
        Operation::Write => mount(request, namespace, table, &path),
        Operation::Delete => unmount(namespace, table, &path),
        Operation::List | Operation::Patch => request.unsupported(),
    }
}

fn slashed(path: &str) -> String {
    format!("{}/", path.trim_matches('/'))
}

fn list(namespace: &Namespace, table: Table) -> Value {
    namespace.table(table).iter().map(|(path, mount)| (path.clone(), mount.show())).collect::<Map<_, _>>().into()
}

fn mount(request: &mut Request, namespace: &mut Namespace, table: Table, path: &str) -> Outcome {
    let params = request.fields(&[MOUNT])?;
    let refuse = |error: String| Err(Refusal::bad_request(error));
    let sent = params.get("config").and_then(Value::as_object).cloned().unwrap_or_default();
    // The server decodes this object into a struct and ignores what it does not have, without a word.
    let config = fields::parse(&[CONFIG], &sent).map_err(Refusal::bad_request)?;
    let place = format!("{} {}", request.call.method, request.call.path);
    request.violations.extend(config.ignored.iter().map(|name| format!("{place} has no parameter `config.{name}`")));
    let kind = text(&params, "type");
    let mut options = params.get("options").and_then(Value::as_object).cloned().unwrap_or_default();
    let (known, kind) = match (table, kind) {
        (_, "") => return refuse("backend type must be specified as a string".to_owned()),
        (Table::Secrets, "kv-v1" | "kv-v2") => {
            options.insert("version".to_owned(), json!(&kind[4..]));
            (SECRETS, "kv")
        }
        (Table::Secrets, kind) => (SECRETS, kind),
        (Table::Auth, kind) => (AUTH, kind),
    };
    if kind != "kv" && !text(&options, "version").is_empty() {
        return refuse(match table {
            Table::Secrets => format!("secrets engine {kind:?} does not allow setting a version"),
            Table::Auth => format!("auth method {kind:?} does not allow setting a version"),
        });
    }
    check_place(namespace, table, path)?;
    if !known.contains(&kind) {
        return refuse(format!("plugin not found in the catalog: {kind}"));
    }
    let engine = match table {
        Table::Secrets => Engine::secrets(kind, Some(text(&options, "version"))),
        Table::Auth => Engine::auth(kind),
    };
    let mut mount = Mount::new(table, kind, engine);
    // Secrets engines have no type of tokens, and the server does not look at what was sent.
    let config: Map<String, Value> =
        config.values.into_iter().filter(|(name, _)| table == Table::Auth || name != "token_type").collect();
    mount.config.tune(&config, table)?;
    check_leases(&mount)?;
    mount.options = Value::Object(options);
    text(&params, "description").clone_into(&mut mount.description);
    mount.local = flag(&params, "local");
    mount.seal_wrap = flag(&params, "seal_wrap");
    mount.external_entropy_access = flag(&params, "external_entropy_access");
    namespace.table_mut(table).insert(path.to_owned(), mount);
    Ok(Reply::Nothing)
}

fn check_leases(mount: &Mount) -> Result<(), Refusal> {
    let (default, max) = (mount.config.default_lease_ttl, mount.config.max_lease_ttl);
    if max > 0 && default > max {
        return Err(Refusal::bad_request("given default lease TTL greater than given max lease TTL"));
    }
    if max == 0 && default > SYSTEM_TTL {
        let error = format!("given default lease TTL greater than system max lease TTL of {SYSTEM_TTL}");
        return Err(Refusal::bad_request(error));
    }
    Ok(())
}

/// No mount is above, below or at the place of another.
fn check_place(namespace: &Namespace, table: Table, path: &str) -> Result<(), Refusal> {
    let protected = match table {
        Table::Secrets => PROTECTED.iter().any(|protected| path.starts_with(protected)),
        Table::Auth => path == "token/",
    };
    if protected {
        return Err(Refusal::new(403, format!("cannot mount {:?}", format!("{}{path}", table.prefix()))));
    }
    let taken = |other: &&String| path.starts_with(other.as_str()) || other.starts_with(path);
    match namespace.table(table).keys().find(taken) {
        Some(other) => Err(Refusal::bad_request(format!("path is already in use at {}{other}", table.prefix()))),
        None => Ok(()),
    }
}

fn unmount(namespace: &mut Namespace, table: Table, path: &str) -> Outcome {
    let protected = match table {
        Table::Secrets => PROTECTED.contains(&path),
        Table::Auth => path == "token/",
    };
    if protected {
        return Err(Refusal::bad_request(match table {
            Table::Secrets => format!("cannot unmount {path:?}"),
            Table::Auth => "token credential backend cannot be disabled".to_owned(),
        }));
    }
    namespace.table_mut(table).remove(path);
    Ok(Reply::Nothing)
}

fn tune(request: &mut Request, namespace: &mut Namespace, table: Table, path: &str) -> Outcome {
    let whole = format!("{}{path}", table.prefix());
    let mount = namespace.table_mut(table).get_mut(path);
    match request.operation {
        Operation::Read => match mount {
            Some(mount) => Ok(Reply::Data(mount.show_tuned())),
            None => Err(Refusal::bad_request(format!("cannot fetch sysview for path {whole:?}"))),
        },
        Operation::Write => {
            let params = request.fields(&[TUNE])?;
            let Some(mount) = mount else {
                return Err(Refusal::bad_request(format!("tune of path {whole:?} failed: no mount entry found")));
            };
            if let Some(warning) = mount.tune(table, &params)? {
                request.warn(warning);
            }
            Ok(Reply::Nothing)
        }
        _ => request.unsupported(),
    }
}

/// `sys/remount`: the real server moves the mount after its answer; here it has moved by then.
pub fn remount(request: &mut Request, store: &mut Store, namespace: &str) -> Outcome {
    if request.operation != Operation::Write {
        return request.unsupported();
    }
    let params = request.fields(&[REMOUNT])?;
    let (from, to) = (text(&params, "from").to_owned(), text(&params, "to").to_owned());
    if from.is_empty() || to.is_empty() {
        return Err(Refusal::bad_request("both 'from' and 'to' path must be specified as a string"));
    }
    let (from, to) = (slashed(&from), slashed(&to));
    let Some(here) = store.namespaces.get_mut(namespace) else { return Ok(Reply::Nothing) };
    let (table, source, target) = match (from.strip_prefix("auth/"), to.strip_prefix("auth/")) {
        (Some(source), Some(target)) => (Table::Auth, source, target),
        (Some(_), None) => {
            return Err(Refusal::bad_request(format!("cannot remount auth mount to non-auth mount {to:?}")));
        }
        (None, _) => (Table::Secrets, from.as_str(), to.as_str()),
    };
    let own = |path: &str| PROTECTED.iter().any(|own| path.starts_with(own)) && table == Table::Secrets;
    if own(source) || (table == Table::Auth && source == "token/") {
        return Err(Refusal::bad_request(format!("cannot remount {from:?}")));
    }
    if own(target) {
        return Err(Refusal::bad_request(format!("cannot remount to destination {to}")));
    }
    let mounts = here.table_mut(table);
    if !mounts.contains_key(source) {
        return Err(Refusal::bad_request(format!("no matching mount at {from:?}")));
    }
    if let Some(taken) = mounts.keys().find(|path| path.starts_with(target) || target.starts_with(path.as_str())) {
        return Err(Refusal::bad_request(format!("path already in use at {:?}", format!("{}{taken}", table.prefix()))));
    }
    if let Some(mount) = mounts.remove(source) {
        mounts.insert(target.to_owned(), mount);
    }
    let id = ids::uuid();
    store.migrations.insert(id.clone(), (from, to));
    request.warn(
        "Mount move has been queued. Progress will be reported in OpenBao's server log, tagged with the returned \
         migration_id",
    );
    Ok(Reply::Data(json!({ "migration_id": id })))
}

/// `sys/remount/status/:migration_id`.
pub fn remount_status(request: &Request, store: &Store, id: &str) -> Outcome {
    match (request.operation, store.migrations.get(id)) {
        (Operation::Read, Some((from, to))) => Ok(Reply::Data(json!({
            "migration_id": id,
            "migration_info": { "source_mount": from, "target_mount": to, "status": "success" },
        }))),
        (Operation::Read, None) => Ok(Reply::Nothing),
        _ => request.unsupported(),
    }
}

/// `sys/internal/ui/mounts`: with a token, what it reaches; without, what is shown to everybody.
pub fn visible(request: &Request, namespace: &Namespace, here: &str, acl: Option<&Acl>) -> Outcome {
    if request.operation != Operation::Read {
        return request.unsupported();
    }
    let shown = |table: Table| -> Map<String, Value> {
        let mounts = namespace.table(table).iter().filter(|(path, mount)| {
            let reached = acl.is_some_and(|acl| acl.reaches(&format!("{here}{}{path}", table.prefix())));
            reached || mount.config.listing_visibility == "unauth"
        });
        mounts
            .map(|(path, mount)| {
                let shown = match acl {
                    Some(_) => mount.show(),
                    None => {
                        json!({ "type": mount.kind, "description": mount.description, "options": mount.options })
                    }
                };
                (path.clone(), shown)
            })
            .collect()
    };
    Ok(Reply::Data(json!({ "secret": shown(Table::Secrets), "auth": shown(Table::Auth) })))
}

/// `sys/internal/ui/mounts/:path`: the mount that a path leads to.
pub fn visible_at(request: &Request, namespace: &Namespace, here: &str, acl: Option<&Acl>, path: &str) -> Outcome {
    if request.operation != Operation::Read {
        return request.unsupported();
    }
    let found = namespace.route(path).and_then(|(table, at, _)| {
        let mount = namespace.table(table).get(&at)?;
        let whole = format!("{}{at}", table.prefix());
        acl.is_some_and(|acl| acl.reaches(&format!("{here}{whole}"))).then_some((mount, whole))
    });
    let Some((mount, whole)) = found else {
        let check = "preflight capability check returned 403, please ensure client's policies grant access to path";
        return Err(Refusal::new(403, format!("{check} {:?}", slashed(path))));
    };
    let mut shown = mount.show();
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("path".to_owned(), json!(whole));
    }
    Ok(Reply::Data(shown))
}
