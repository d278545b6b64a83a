//! Addresses of providers.

use std::fmt::{self, Display, Formatter};

/// The hosts that the two engines put before an address without one; both have the same providers.
pub(super) const DEFAULT_HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// Terraform's own provider, which is part of the engines.
const BUILT_IN: &str = "terraform.io";

/// A provider's address; without a host it is in the registry of whichever engine runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    pub host: Option<String>,
    pub namespace: String,
    pub name: String,
}

impl Address {
    /// What a `source` says, in one to three parts.
    pub(super) fn parse(source: &str) -> Option<Self> {
        let parts: Vec<&str> = source.split('/').collect();
        let (host, namespace, name) = match parts.as_slice() {
            [name] => (None, "hashicorp", *name),
            [namespace, name] => (None, *namespace, *name),
            [host, namespace, name] => (Some(*host), *namespace, *name),
            _ => return None,
        };
        let safe = |part: &str| !part.is_empty() && part != "." && part != "..";
        if ![host.unwrap_or("host"), namespace, name].into_iter().all(safe) {
            return None;
        }
        // Hosts and names mean the same in capitals.
        let host = host.map(str::to_lowercase).filter(|host| !DEFAULT_HOSTS.contains(&host.as_str()));
        Some(Address { host, namespace: namespace.to_lowercase(), name: name.to_lowercase() })
    }

    /// The provider of a local name that nothing declares.
    pub(super) fn implied(local_name: &str) -> Self {
        let (host, namespace) = match local_name {
            "terraform" => (Some(BUILT_IN.to_owned()), "builtin"),
            _ => (None, "hashicorp"),
        };
        Address { host, namespace: namespace.to_owned(), name: local_name.to_owned() }
    }

    /// Whether the engines bring it themselves.
    pub(super) fn is_built_in(&self) -> bool {
        self.host.as_deref() == Some(BUILT_IN)
    }

    /// The hosts under which a mirror has it.
    pub(super) fn hosts(&self) -> Vec<&str> {
        match &self.host {
            Some(host) => vec![host],
            None => DEFAULT_HOSTS.to_vec(),
        }
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(host) = &self.host {
            write!(f, "{host}/")?;
        }
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> Option<String> {
        Address::parse(source).map(|address| address.to_string())
    }

    #[test]
    fn a_default_host_is_no_host() {
        assert_eq!(text("aws").as_deref(), Some("hashicorp/aws"));
        assert_eq!(text("registry.terraform.io/hashicorp/aws").as_deref(), Some("hashicorp/aws"));
        assert_eq!(text("registry.opentofu.org/Hashicorp/aws").as_deref(), Some("hashicorp/aws"));
        assert_eq!(text("example.com/corp/thing").as_deref(), Some("example.com/corp/thing"));
    }

    #[test]
    fn an_address_never_leaves_its_folder() {
        for source in ["", "a/../b", "../b", "a/b/c/d", "a//b"] {
            assert_eq!(text(source), None, "{source}");
        }
    }
}
