//! What the server remembers.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::openbao::acl::Acl;
use crate::openbao::audit::Device;
use crate::openbao::ids;
use crate::openbao::mount::{Mount, Table};
use crate::openbao::policies::{self, Policy};
use crate::openbao::tokens::{Token, Tokens};

/// Everything, in a tree of namespaces.
#[derive(Debug)]
pub struct Store {
    /// Whether it has keys, and whether they are in use.
    pub barrier: Barrier,
    /// Namespaces by path; the first has an empty path, the others end in a slash.
    pub namespaces: BTreeMap<String, Namespace>,
    /// Tokens of all namespaces.
    pub tokens: Tokens,
    /// Audit devices by path with a slash at the end.
    pub audit: BTreeMap<String, Device>,
    /// Moves of mounts by their IDs: from where to where.
    pub migrations: BTreeMap<String, (String, String)>,
    /// ID and name of the cluster.
    pub cluster: (String, String),
}

/// Whether the server has keys, and whether they are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    /// There are no keys yet.
    Uninitialized,
    /// The key is not known.
    Sealed,
    /// The server works.
    Unsealed,
}

/// A tree of mounts and policies.
#[derive(Debug)]
pub struct Namespace {
    /// UUID.
    pub uuid: String,
    /// Short ID, such as `root`.
    pub id: String,
    /// What users note about it.
    pub custom_metadata: Map<String, Value>,
    /// Secrets engines by path with a slash at the end.
    pub secrets: BTreeMap<String, Mount>,
    /// Auth engines by path with a slash at the end, without `auth/`.
    pub auth: BTreeMap<String, Mount>,
    /// Policies by name, but for `root`.
    pub policies: BTreeMap<String, Policy>,
    /// Roles of tokens by name.
    pub token_roles: BTreeMap<String, Map<String, Value>>,
}

impl Store {
    /// A new server's store.
    pub fn new(barrier: Barrier, root_token: &str) -> Self {
        let mut tokens = Tokens::default();
        tokens.plant_root(root_token);
        let letters = ids::uuid();
        Self {
            barrier,
            namespaces: BTreeMap::from([(String::new(), Namespace::new("root".to_owned()))]),
            tokens,
            audit: BTreeMap::new(),
            migrations: BTreeMap::new(),
            cluster: (ids::uuid(), format!("vault-cluster-{}", &letters[..8])),
        }
    }

    /// What a token may do. Its policies are those of the namespace that issued it, and count from there on.
    pub fn acl(&self, token: &Token) -> Acl {
        if token.grant.policies.iter().any(|policy| policy == "root") && token.namespace.is_empty() {
            return Acl::Root;
        }
        let policies = self.namespaces.get(&token.namespace).map(|namespace| &namespace.policies);
        let held = token.grant.policies.iter().filter_map(|name| policies?.get(name));
        Acl::of(held.flat_map(|policy| &policy.rules).map(|rule| (token.namespace.as_str(), rule)))
    }
}

impl Namespace {
    /// A namespace as it is made: the engines that the server needs, and the default policy.
    pub fn new(id: String) -> Self {
        Self {
            uuid: ids::uuid(),
            id,
            custom_metadata: Map::new(),
            secrets: Mount::first(Table::Secrets),
            auth: Mount::first(Table::Auth),
            policies: BTreeMap::from([("default".to_owned(), policies::default())]),
            token_roles: BTreeMap::new(),
        }
    }

    /// The mounts of a kind.
    pub fn table(&self, table: Table) -> &BTreeMap<String, Mount> {
        match table {
            Table::Secrets => &self.secrets,
            Table::Auth => &self.auth,
        }
    }

    /// The mounts of a kind, to change them.
    pub fn table_mut(&mut self, table: Table) -> &mut BTreeMap<String, Mount> {
        match table {
            Table::Secrets => &mut self.secrets,
            Table::Auth => &mut self.auth,
        }
    }

    /// The mount that a path leads to, with the mount's path and the rest; `auth/` leads to auth engines.
    pub fn route<'a>(&self, path: &'a str) -> Option<(Table, String, &'a str)> {
        let (table, path) = match path.strip_prefix("auth/") {
            Some(path) => (Table::Auth, path),
            None => (Table::Secrets, path),
        };
        let slashed = format!("{path}/");
        let mounts = self.table(table).keys().filter(|mount| slashed.starts_with(*mount));
        let mount = mounts.max_by_key(|mount| mount.len())?;
        Some((table, mount.clone(), path.get(mount.len()..).unwrap_or_default()))
    }
}
