//! One mount: its settings, how they are read, tuned and shown (`vault/mount.go`, `vault/logical_system.go`).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::openbao::engine::Engine;
use crate::openbao::fields::{Field, Kind, flag, number, strings, text};
use crate::openbao::ids;
use crate::openbao::reply::Refusal;
use crate::openbao::times::{self, SYSTEM_TTL};

/// The two kinds of mounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Secrets engines, under `sys/mounts`.
    Secrets,
    /// Auth engines, under `sys/auth`.
    Auth,
}

/// A mount.
#[derive(Debug)]
pub struct Mount {
    /// What it does.
    pub engine: Engine,
    /// Type.
    pub kind: String,
    /// Options, or null.
    pub options: Value,
    /// Description.
    pub description: String,
    /// Whether replication leaves it out.
    pub local: bool,
    /// Whether the seal wraps what it stores.
    pub seal_wrap: bool,
    /// Whether it takes entropy from elsewhere.
    pub external_entropy_access: bool,
    /// What can be tuned.
    pub config: Config,
    accessor: String,
    uuid: String,
}

/// What can be tuned.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Default lease in seconds; 0 for the system's.
    pub default_lease_ttl: i64,
    /// Longest lease in seconds; 0 for the system's.
    pub max_lease_ttl: i64,
    /// Whether the listing for the unauthenticated shows it: empty, `unauth` or `hidden`.
    pub listing_visibility: String,
    force_no_cache: bool,
    token_type: Option<String>,
    lists: BTreeMap<String, Vec<String>>,
    lockout: Option<Map<String, Value>>,
}

const LISTS: &[&str] = &[
    "allowed_response_headers",
    "audit_non_hmac_request_keys",
    "audit_non_hmac_response_keys",
    "passthrough_request_headers",
];

/// Body of `sys/mounts/:path` and `sys/auth/:path`.
pub const MOUNT: &[Field] = &[
    Field::input("config", Kind::Object),
    Field::input("description", Kind::Text),
    Field::input("external_entropy_access", Kind::Boolean),
    Field::input("local", Kind::Boolean),
    Field::input("options", Kind::Pairs),
    Field::input("plugin_name", Kind::Text),
    Field::input("plugin_version", Kind::Text),
    Field::input("seal_wrap", Kind::Boolean),
    Field::input("type", Kind::Text),
];

/// Object `config` in that body. The times are texts, `system` among them.
pub const CONFIG: &[Field] = &[
    Field::input("allowed_response_headers", Kind::Texts),
    Field::input("audit_non_hmac_request_keys", Kind::Texts),
    Field::input("audit_non_hmac_response_keys", Kind::Texts),
    Field::input("default_lease_ttl", Kind::Text),
    Field::input("force_no_cache", Kind::Boolean),
    Field::input("listing_visibility", Kind::Text),
    Field::input("max_lease_ttl", Kind::Text),
    Field::input("passthrough_request_headers", Kind::Texts),
    Field::input("plugin_name", Kind::Text),
    Field::input("plugin_version", Kind::Text),
    Field::input("token_type", Kind::Text),
];

/// Body of `…/tune`.
pub const TUNE: &[Field] = &[
    Field::input("allowed_response_headers", Kind::Texts),
    Field::input("audit_non_hmac_request_keys", Kind::Texts),
    Field::input("audit_non_hmac_response_keys", Kind::Texts),
    Field::input("default_lease_ttl", Kind::Text),
    Field::input("description", Kind::Text),
    Field::input("listing_visibility", Kind::Text),
    Field::input("max_lease_ttl", Kind::Text),
    Field::input("options", Kind::Pairs),
    Field::input("passthrough_request_headers", Kind::Texts),
    Field::input("plugin_version", Kind::Text),
    Field::input("token_type", Kind::Text),
    Field::input("user_lockout_config", Kind::Object),
];

impl Mount {
    /// The mounts that a namespace has from the start.
    pub fn first(table: Table) -> BTreeMap<String, Self> {
        let make = |path: &str, kind: &str, description: &str, header: Option<&str>| {
            let mut mount = Self::new(table, kind, Engine::Opaque);
            mount.description = description.to_owned();
            mount.options = Value::Null;
            let headers = header.map(|header| ("passthrough_request_headers".to_owned(), vec![header.to_owned()]));
            mount.config.lists.extend(headers);
            (path.to_owned(), mount)
        };
        if table == Table::Auth {
            return BTreeMap::from([make("token/", "token", "token based credentials", None)]);
        }
        let mut mounts = BTreeMap::from([
            make("cubbyhole/", "cubbyhole", "per-token private secret storage", None),
            make("identity/", "identity", "identity store", Some("Authorization")),
            make("sys/", "system", "system endpoints used for control, policy and debugging", Some("Accept")),
        ]);
        for (path, mount) in &mut mounts {
            mount.local = path == "cubbyhole/";
            mount.seal_wrap = path == "sys/";
        }
        mounts
    }

    /// A mount with nothing set.
    pub fn new(table: Table, kind: &str, engine: Engine) -> Self {
        let prefix = if table == Table::Auth { "auth_" } else { "" };
        let token_type = (table == Table::Auth).then(|| "default-service".to_owned());
        Self {
            engine,
            kind: kind.to_owned(),
            options: json!({}),
            description: String::new(),
            local: false,
            seal_wrap: false,
            external_entropy_access: false,
            config: Config { token_type, ..Config::default() },
            accessor: ids::mount_accessor(&format!("{prefix}{kind}")),
            uuid: ids::uuid(),
        }
    }

    /// Default lease in seconds.
    pub fn default_ttl(&self) -> i64 {
        if self.config.default_lease_ttl > 0 { self.config.default_lease_ttl } else { SYSTEM_TTL }
    }

    /// Longest lease in seconds.
    pub fn max_ttl(&self) -> i64 {
        if self.config.max_lease_ttl > 0 { self.config.max_lease_ttl } else { SYSTEM_TTL }
    }

    /// As the lists of mounts show it.
    pub fn show(&self) -> Value {
        let mut config = self.config.show();
        config.insert("default_lease_ttl".to_owned(), json!(self.config.default_lease_ttl));
        config.insert("max_lease_ttl".to_owned(), json!(self.config.max_lease_ttl));
        if let Some(lockout) = &self.config.lockout {
            config.insert("user_lockout_config".to_owned(), json!(lockout));
        }
        json!({
            "type": self.kind,
            "description": self.description,
            "accessor": self.accessor,
            "local": self.local,
            "seal_wrap": self.seal_wrap,
            "external_entropy_access": self.external_entropy_access,
            "options": self.options,
            "uuid": self.uuid,
            "plugin_version": "",
            "running_plugin_version": "v2.0.0+builtin.bao",
            "running_sha256": "",
            "config": config,
        })
    }

    /// As `tune` shows it: the leases are those that are in force.
    pub fn show_tuned(&self) -> Value {
        let mut shown = self.config.show();
        shown.insert("description".to_owned(), json!(self.description));
        shown.insert("default_lease_ttl".to_owned(), json!(self.default_ttl()));
        shown.insert("max_lease_ttl".to_owned(), json!(self.max_ttl()));
        shown.extend(self.config.lockout.clone().unwrap_or_default());
        if self.options.as_object().is_some_and(|options| !options.is_empty()) {
            shown.insert("options".to_owned(), self.options.clone());
        }
        if self.external_entropy_access {
            shown.insert("external_entropy_access".to_owned(), json!(true));
        }
        Value::Object(shown)
    }

    /// Takes over what `tune` sends. Gives the warning if that starts an upgrade.
    pub fn tune(&mut self, table: Table, params: &Map<String, Value>) -> Result<Option<String>, Refusal> {
        let mut config = self.config.clone();
        config.tune(params, table)?;
        if config.max_lease_ttl > 0 && config.default_lease_ttl > config.max_lease_ttl {
            return Err(Refusal::bad_request(format!(
                "backend max lease TTL of {} would be less than backend default lease TTL of {}",
                config.max_lease_ttl, config.default_lease_ttl
            )));
        }
        if let Some(lockout) =
            params.get("user_lockout_config").and_then(Value::as_object).filter(|map| !map.is_empty())
        {
            config.lockout = Some(self.lockout(lockout)?);
        }
        if params.contains_key("plugin_version") {
            let version = text(params, "plugin_version");
            return Err(Refusal::bad_request(format!("version {version:?} is not a valid semantic version")));
        }
        let warning = self.tune_options(params)?;
        self.config = config;
        if params.contains_key("description") {
            text(params, "description").clone_into(&mut self.description);
        }
        Ok(warning)
    }

    /// Options are added, and an empty one is taken away. An engine of the first version becomes one of the second.
    fn tune_options(&mut self, params: &Map<String, Value>) -> Result<Option<String>, Refusal> {
        let sent = params.get("options").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut options = self.options.as_object().cloned().unwrap_or_default();
        let version = |options: &Map<String, Value>| text(options, "version").parse::<i64>().unwrap_or_default();
        let mut warning = None;
        if sent.contains_key("version") {
            let (from, to) = (version(&options), version(&sent));
            if ![1, 2].contains(&to) {
                return Err(Refusal::bad_request(format!("invalid version provided: {to}")));
            }
            if from > to {
                return Err(Refusal::bad_request(format!("cannot downgrade mount from version {from}")));
            }
            if from < to {
                warning = Some(format!(
                    "Upgrading mount from version {from} to version {to}. This mount will be unavailable for a brief \
                     period and will resume service shortly."
                ));
            }
            if to == 2 {
                self.engine.upgrade();
            }
        }
        for (name, value) in &sent {
            if value == "" && name != "version" {
                options.remove(name);
            } else {
                options.insert(name.clone(), value.clone());
            }
        }
        if !sent.is_empty() {
            self.options = Value::Object(options);
        }
        Ok(warning)
    }

    /// `user_lockout_config`, whose numbers come as texts.
    fn lockout(&self, sent: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
        if !["approle", "ldap", "userpass"].contains(&self.kind.as_str()) {
            let error = format!("tuning of user lockout configuration for auth type {:?} not allowed", self.kind);
            return Err(Refusal::bad_request(error));
        }
        let kept = self.config.lockout.as_ref();
        let was = |name: &str| kept.map_or(0, |kept| number(kept, name));
        let seconds = |name: &str, shown: &str| match text(sent, name) {
            "" => Ok(was(shown)),
            "system" => Ok(0),
            time => times::seconds(time).map_err(Refusal::bad_request),
        };
        let threshold = match text(sent, "lockout_threshold") {
            "" => was("user_lockout_threshold"),
            threshold => threshold
                .parse()
                .map_err(|_| Refusal::bad_request(format!("unable to parse user lockout threshold: {threshold:?}")))?,
        };
        let disable = match sent.get("lockout_disable") {
            Some(disable) => disable.as_bool().unwrap_or_default(),
            None => kept.is_some_and(|kept| flag(kept, "user_lockout_disable")),
        };
        Ok(Map::from_iter([
            (
                "user_lockout_counter_reset_duration".to_owned(),
                json!(seconds("lockout_counter_reset_duration", "user_lockout_counter_reset_duration")?),
            ),
            ("user_lockout_threshold".to_owned(), json!(threshold)),
            ("user_lockout_duration".to_owned(), json!(seconds("lockout_duration", "user_lockout_duration")?)),
            ("user_lockout_disable".to_owned(), json!(disable)),
        ]))
    }
}

impl Config {
    /// Takes over what was sent; what was left out stays.
    pub fn tune(&mut self, params: &Map<String, Value>, table: Table) -> Result<(), Refusal> {
        let lease = |name: &str, kept: i64| match text(params, name) {
            "" => Ok(kept),
            "system" => Ok(0),
            time => times::seconds(time)
                .map_err(|why| Refusal::bad_request(format!("unable to parse {name} of {time}: {why}"))),
        };
        self.default_lease_ttl = lease("default_lease_ttl", self.default_lease_ttl)?;
        self.max_lease_ttl = lease("max_lease_ttl", self.max_lease_ttl)?;
        if params.contains_key("listing_visibility") {
            let visibility = text(params, "listing_visibility");
            if !["", "hidden", "unauth"].contains(&visibility) {
                return Err(Refusal::bad_request(format!("invalid listing_visibility {visibility}")));
            }
            visibility.clone_into(&mut self.listing_visibility);
        }
        if params.contains_key("token_type") {
            if table == Table::Secrets {
                return Err(Refusal::bad_request("'token_type' can only be modified on auth mounts"));
            }
            self.token_type = Some(match text(params, "token_type") {
                "" => "default-service".to_owned(),
                kind @ ("batch" | "default-batch" | "default-service" | "service") => kind.to_owned(),
                _ => return Err(Refusal::bad_request("invalid value for 'token_type'")),
            });
        }
        self.force_no_cache |= flag(params, "force_no_cache");
        for name in LISTS.iter().filter(|name| params.contains_key(**name)) {
            match strings(params, name) {
                empty if empty.is_empty() => drop(self.lists.remove(*name)),
                items => drop(self.lists.insert((*name).to_owned(), items)),
            }
        }
        Ok(())
    }

    fn show(&self) -> Map<String, Value> {
        let mut shown = Map::from_iter([("force_no_cache".to_owned(), json!(self.force_no_cache))]);
        if !self.listing_visibility.is_empty() {
            shown.insert("listing_visibility".to_owned(), json!(self.listing_visibility));
        }
        if let Some(token_type) = &self.token_type {
            shown.insert("token_type".to_owned(), json!(token_type));
        }
        shown.extend(self.lists.iter().map(|(name, items)| (name.clone(), json!(items))));
        shown
    }
}
