//! The servers that a configuration needs, started together, and the examples with their addresses.

use std::time::Duration;

use tempfile::TempDir;

use crate::aws::Aws;
use crate::ceph::{self, Ceph};
use crate::colleague::{self, Owner};
use crate::gitlab::GitLab;
use crate::haproxy::{self, HaProxy};
use crate::http::log::Request;
use crate::issuer::Issuer;
use crate::proxmox::Proxmox;
use crate::stable;
use crate::vault::Vault;

/// Words of a configuration that needs a GitLab: its types, and its place to deliver a secret to.
const OF_GITLAB: &[&str] = &["substrate_gitlab_", "gitlab_variable"];

/// The same for Vault.
const OF_VAULT: &[&str] = &["substrate_vault_", "vault_kv"];

/// The same for AWS.
const OF_AWS: &[&str] = &["substrate_aws_", "substrate_iam_", "substrate_route53_"];

/// The same for Proxmox VE.
const OF_PROXMOX: &[&str] = &["substrate_proxmox_"];

/// The same for Ceph.
const OF_CEPH: &[&str] = &["substrate_ceph_"];

/// Words of a configuration that needs a Ceph which knows users.
const OF_REEF: &[&str] = &["substrate_ceph_user"];

/// The same for HAProxy.
const OF_HAPROXY: &[&str] = &["substrate_haproxy_"];

/// Ports in examples that frontends listen on.
const PORTS: &[&str] = &["8080", "8081", "8443"];

/// The address in examples that stands for a GitLab whose ID tokens Vault verifies.
const ISSUER: &str = "https://gitlab.example.com";

/// The directory in examples that stands for one that Vault can write to.
const LOGS: &str = "/var/log/vault";

/// What configurations are applied to. A server that none of them names is not started.
#[derive(Debug)]
pub struct Estate {
    /// The GitLab, where there is one.
    pub gitlab: Option<GitLab>,
    /// The Vault, where there is one.
    pub vault: Option<Vault>,
    /// The AWS account, where there is one.
    pub aws: Option<Aws>,
    /// The Ceph cluster, where there is one.
    pub ceph: Option<Ceph>,
    /// The HAProxy, where there is one.
    pub haproxy: Option<HaProxy>,
    /// The cluster of Proxmox VE, where there is one.
    pub proxmox: Option<Proxmox>,
    /// The issuer that Vault's configuration refers to as `https://gitlab.example.com`.
    pub issuer: Option<Issuer>,
    logs: Option<TempDir>,
    ports: Vec<(&'static str, u16)>,
}

impl Estate {
    /// Why this machine cannot run the servers that these configurations name, if so.
    #[must_use]
    pub fn unavailable(configurations: &[&str]) -> Option<String> {
        if named(configurations, OF_REEF) { ceph::reef_unavailable() } else { None }
    }

    /// Starts the servers that these configurations name.
    ///
    /// # Panics
    ///
    /// One of them does not start; the text says why.
    pub async fn of(configurations: &[&str]) -> Self {
        let names = |words: &[&str]| named(configurations, words);
        let gitlab = if names(OF_GITLAB) { Some(GitLab::start().await) } else { None };
        let vault = if names(OF_VAULT) { Some(Vault::start().await) } else { None };
        let aws = if names(OF_AWS) { Some(Aws::start().await) } else { None };
        let ceph = if names(OF_CEPH) { Some(start_ceph(names(OF_REEF)).await) } else { None };
        let haproxy = if names(OF_HAPROXY) { Some(HaProxy::start().await) } else { None };
        let ports = PORTS.iter().filter(|_| haproxy.is_some()).map(|port| (*port, haproxy::free_port())).collect();
        let proxmox = if names(OF_PROXMOX) { Some(start_proxmox().await) } else { None };
        let issuer = (vault.is_some() && names(&[ISSUER])).then(Issuer::start);
        let logs =
            (vault.is_some() && names(&[LOGS])).then(|| TempDir::new().expect("a scratch directory can be made"));
        Self { gitlab, vault, aws, ceph, haproxy, proxmox, issuer, logs, ports }
    }

    /// The GitLab.
    ///
    /// # Panics
    ///
    /// The configurations name nothing of GitLab's.
    #[must_use]
    pub fn gitlab(&self) -> &GitLab {
        self.gitlab.as_ref().expect("the configurations name nothing of GitLab's")
    }

    /// The Vault.
    ///
    /// # Panics
    ///
    /// The configurations name nothing of Vault's.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        self.vault.as_ref().expect("the configurations name nothing of Vault's")
    }

    /// The AWS account.
    ///
    /// # Panics
    ///
    /// The configurations name nothing of AWS.
    #[must_use]
    pub fn aws(&self) -> &Aws {
        self.aws.as_ref().expect("the configurations name nothing of AWS")
    }

    /// The cluster of Proxmox VE.
    ///
    /// # Panics
    ///
    /// The configurations name nothing of Proxmox VE.
    #[must_use]
    pub fn proxmox(&self) -> &Proxmox {
        self.proxmox.as_ref().expect("the configurations name nothing of Proxmox VE")
    }

    /// The Ceph cluster.
    ///
    /// # Panics
    ///
    /// The configurations name nothing of Ceph's.
    #[must_use]
    pub fn ceph(&self) -> &Ceph {
        self.ceph.as_ref().expect("the configurations name nothing of Ceph's")
    }

    /// The HAProxy.
    ///
    /// # Panics
    ///
    /// The configurations name nothing of HAProxy's.
    #[must_use]
    pub fn haproxy(&self) -> &HaProxy {
        self.haproxy.as_ref().expect("the configurations name nothing of HAProxy's")
    }

    /// The configuration as it is applied here: with the issuer in place of `https://gitlab.example.com`, with a
    /// directory that exists in place of `/var/log/vault`, and with ports that are free in place of those that frontends
    /// listen on.
    #[must_use]
    pub fn localized(&self, configuration: &str) -> String {
        self.stand_ins().iter().fold(configuration.to_owned(), |text, (example, here)| text.replace(example, here))
    }

    /// A text about this estate as any other would have it: without addresses, tokens, accessors, ids and times that
    /// differ from run to run.
    #[must_use]
    pub fn stable(&self, text: &str) -> String {
        let text = self.stand_ins().iter().fold(text.to_owned(), |text, (example, here)| text.replace(here, example));
        let servers = [
            (self.gitlab.as_ref().map(|gitlab| gitlab.url.as_str()), "http://lab"),
            (self.vault.as_ref().map(|vault| vault.url.as_str()), "http://vault"),
            (self.aws.as_ref().map(|aws| aws.url.as_str()), "http://aws"),
            (self.ceph.as_ref().map(|ceph| ceph.url.as_str()), "http://ceph"),
            (self.haproxy.as_ref().map(|haproxy| haproxy.url.as_str()), "http://haproxy"),
            (self.proxmox.as_ref().map(|proxmox| proxmox.url.as_str()), "http://proxmox"),
        ];
        let here = |text: String, (url, name): (Option<&str>, &str)| match url {
            Some(url) => text.replace(url, name),
            None => text,
        };
        let text = servers.into_iter().fold(text, here);
        let paths = self.haproxy.as_ref().map(|haproxy| haproxy.paths());
        let folders = paths.map(|paths| [(paths.maps, "/etc/haproxy/maps"), (paths.certificates, "/etc/haproxy/ssl")]);
        let text = folders
            .into_iter()
            .flatten()
            .fold(text, |text, (folder, name)| here(text, (Some(folder.display().to_string().as_str()), name)));
        stable::words(&text)
    }

    /// All requests since the start or [`Estate::clear_log`], in the order of their answers, whoever gave them.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        let mut requests = self.gitlab.as_ref().map(|gitlab| gitlab.requests()).unwrap_or_default();
        requests.extend(self.vault.iter().flat_map(|vault| vault.requests()));
        requests.extend(self.aws.iter().flat_map(|aws| aws.requests()));
        requests.extend(self.ceph.iter().flat_map(Ceph::settled_requests));
        requests.extend(self.haproxy.iter().flat_map(HaProxy::settled_requests));
        requests.extend(self.proxmox.iter().flat_map(|proxmox| proxmox.requests()));
        requests.sort_by_key(|request| request.at);
        requests
    }

    /// Forgets the requests.
    pub fn clear_log(&self) {
        self.gitlab.iter().for_each(|gitlab| gitlab.clear_log());
        self.vault.iter().for_each(|vault| vault.clear_log());
        self.aws.iter().for_each(|aws| aws.clear_log());
        self.ceph.iter().for_each(|ceph| ceph.clear_log());
        self.haproxy.iter().for_each(|haproxy| haproxy.clear_log());
        self.proxmox.iter().for_each(|proxmox| proxmox.clear_log());
    }

    /// Calls that a server would not understand.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        let mut violations = self.gitlab.as_ref().map(|gitlab| gitlab.violations()).unwrap_or_default();
        violations.extend(self.vault.iter().flat_map(|vault| vault.violations()));
        violations.extend(self.aws.iter().flat_map(|aws| aws.violations()));
        violations.extend(self.ceph.iter().flat_map(|ceph| ceph.violations()));
        violations.extend(self.haproxy.iter().flat_map(|haproxy| haproxy.violations()));
        violations.extend(self.proxmox.iter().flat_map(|proxmox| proxmox.violations()));
        violations
    }

    /// Deletes the object of a resource as a colleague would, in the server itself, and returns its path there, or the
    /// operation of AWS.
    ///
    /// # Panics
    ///
    /// The type is not known, or the server refuses.
    pub fn remove(&self, kind: &str, attribute: &dyn Fn(&str) -> String) -> String {
        if OF_AWS.iter().any(|word| kind.starts_with(word)) {
            return self.aws().remove(kind, attribute);
        }
        if OF_PROXMOX.iter().any(|word| kind.starts_with(word)) {
            return self.proxmox().remove(kind, attribute);
        }
        if OF_HAPROXY.iter().any(|word| kind.starts_with(word)) {
            return self.haproxy().remove(kind, attribute);
        }
        let (owner, path) = colleague::removal(kind, attribute);
        let (status, answer) = match owner {
            Owner::GitLab => self.gitlab().call("DELETE", &path, &serde_json::Value::Null),
            Owner::Vault => self.vault().call("DELETE", &path, &serde_json::Value::Null),
            Owner::Ceph => self.ceph().call("DELETE", &path, &serde_json::Value::Null),
        };
        assert!((200..300).contains(&status), "DELETE {path}: {status} {answer}");
        path
    }

    fn stand_ins(&self) -> Vec<(&'static str, String)> {
        let issuer = self.issuer.iter().map(|issuer| (ISSUER, issuer.url.clone()));
        let logs = self.logs.iter().map(|logs| (LOGS, logs.path().display().to_string()));
        let ports = self.ports.iter().map(|(port, here)| (*port, here.to_string()));
        issuer.chain(logs).chain(ports).collect()
    }
}

fn named(configurations: &[&str], words: &[&str]) -> bool {
    configurations.iter().any(|text| words.iter().any(|word| text.contains(word)))
}

/// A cluster whose tasks are over at once, and whose list is always behind: what is asked depends on no clock.
async fn start_proxmox() -> Proxmox {
    let cluster = Proxmox::builder().task_time(Duration::ZERO).lag(Duration::from_secs(3600)).start().await;
    cluster.expect("a loopback port is free")
}

async fn start_ceph(reef: bool) -> Ceph {
    let builder = if reef { Ceph::builder().reef() } else { Ceph::builder() };
    builder.start().await.unwrap_or_else(|error| panic!("{error}"))
}
