//! What the tests build on: the examples, and a host that talks to the servers.

use std::fs;
use std::path::PathBuf;

use lab::http::running::Running;
use lab::{Aws, Ceph, Estate, GitLab, HaProxy, Proxmox, Vault};
use serde_json::Value as Json;
use tfplugin::harness::{Document, Host, Instance, Report};
use tfplugin::value::{Number, Object, Value};

/// The root of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the repository").to_owned()
}

/// A file of the repository.
#[track_caller]
pub fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What a provider can be connected to.
pub trait Servers {
    /// The provider's configuration that leads there.
    fn config(&self) -> Object;

    /// Calls that were not understood there.
    fn violations(&self) -> Vec<String>;
}

impl Servers for GitLab {
    fn config(&self) -> Object {
        config(&self.api(), &self.token)
    }

    fn violations(&self) -> Vec<String> {
        Running::violations(self)
    }
}

impl Servers for Vault {
    fn config(&self) -> Object {
        vault_config(&self.url, &self.root_token)
    }

    fn violations(&self) -> Vec<String> {
        Running::violations(self)
    }
}

impl Servers for Aws {
    fn config(&self) -> Object {
        aws_config_with(&self.url, [quick_route53(false)])
    }

    fn violations(&self) -> Vec<String> {
        Running::violations(self)
    }
}

impl Servers for Proxmox {
    fn config(&self) -> Object {
        proxmox_config(&self.url, &self.token)
    }

    fn violations(&self) -> Vec<String> {
        let mut violations = Running::violations(self);
        violations.extend(self.invalid());
        violations
    }
}

impl Servers for HaProxy {
    fn config(&self) -> Object {
        haproxy_config(&self.url, &self.user, &self.password)
    }

    fn violations(&self) -> Vec<String> {
        Running::violations(self)
    }
}

impl Servers for Ceph {
    fn config(&self) -> Object {
        let endpoints = std::iter::once(&self.url).chain(self.standby.iter().map(|standby| &standby.url));
        ceph_config(endpoints.map(String::as_str))
    }

    fn violations(&self) -> Vec<String> {
        Running::violations(self)
    }
}

impl Servers for Estate {
    fn config(&self) -> Object {
        let configs = [
            self.gitlab.as_ref().map(Servers::config),
            self.vault.as_ref().map(Servers::config),
            self.aws.as_ref().map(Servers::config),
            self.ceph.as_ref().map(Servers::config),
            self.haproxy.as_ref().map(Servers::config),
            self.proxmox.as_ref().map(Servers::config),
        ];
        configs.into_iter().flatten().flatten().collect()
    }

    fn violations(&self) -> Vec<String> {
        Estate::violations(self)
    }
}

/// The provider block that leads to a GitLab at this address, with a token.
pub fn config(url: &str, token: &str) -> Object {
    backend("gitlab", [("base_url", url.into()), ("token", token.into())])
}

/// The provider block that leads to a Vault at this address, with a token.
pub fn vault_config(url: &str, token: &str) -> Object {
    backend("vault", [("address", url.into()), ("token", token.into())])
}

/// The provider block that leads to a Proxmox VE at this address, with a token.
pub fn proxmox_config(url: &str, token: &str) -> Object {
    backend("proxmox", [("endpoint", url.into()), ("api_token", token.into())])
}

/// The provider block that leads to an AWS account at this address, whose services share it, with any credentials.
pub fn aws_config(url: &str) -> Object {
    let endpoints = object([("iam", url.into()), ("route53", url.into()), ("sts", url.into())]);
    let (region, key) = (("region", "us-east-1".into()), ("access_key", "test".into()));
    backend("aws", [region, key, ("secret_key", "test".into()), ("endpoints", endpoints)])
}

/// The secret key of [`aws_config_with`].
pub const AWS_SECRET: &str = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY";

/// The same with keys that look like keys, and with more members.
pub fn aws_config_with<const N: usize>(url: &str, more: [(&str, Value); N]) -> Object {
    let mut config = aws_config(url);
    if let Some(Value::Map(aws)) = config.get_mut("aws") {
        let keys = [("access_key", "AKIAIOSFODNN7EXAMPLE".into()), ("secret_key", AWS_SECRET.into())];
        aws.extend(keys.into_iter().chain(more).map(|(name, value): (&str, Value)| (name.to_owned(), value)));
    }
    config
}

/// Rates of Route 53 that hold nobody up, and whether changes are awaited.
pub fn quick_route53(wait_for_sync: bool) -> (&'static str, Value) {
    let many = || Value::Number(Number::from(1_000_u64));
    let members = [("requests_per_second", many()), ("burst", many()), ("wait_for_sync", Value::Bool(wait_for_sync))];
    ("route53", object(members))
}

/// The provider block that leads to the Data Plane API at this address; a reload may take two seconds.
pub fn haproxy_config(url: &str, user: &str, password: &str) -> Object {
    let (user, password) = (("username", user.into()), ("password", password.into()));
    backend("haproxy", [("url", url.into()), user, password, ("reload_timeout_seconds", 2_u64.into())])
}

/// The provider block that leads to a cluster whose dashboards are at these addresses, with the lab's account.
pub fn ceph_config<'a>(endpoints: impl Iterator<Item = &'a str>) -> Object {
    let endpoints = Value::List(endpoints.map(Value::from).collect());
    let account = (("username", Ceph::USER.into()), ("password", Ceph::PASSWORD.into()));
    backend("ceph", [("endpoints", endpoints), account.0, account.1])
}

/// The provider block with these members under a backend's name.
pub fn backend<const N: usize>(name: &str, members: [(&str, Value); N]) -> Object {
    Object::from([(name.to_owned(), object(members))])
}

/// An object of these members.
pub fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Map(members.map(|(name, value)| (name.to_owned(), value)).into())
}

/// A host whose provider talks to these servers.
pub async fn host(servers: &impl Servers) -> Host {
    Host::new(provider::provider(), servers.config()).await.expect("the provider has a valid schema")
}

/// A configuration.
#[track_caller]
pub fn document(text: &str) -> Document {
    Document::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Applies without a failure.
#[track_caller]
pub fn fine(report: tfplugin::Result<Report>) -> Report {
    report.and_then(Report::success).unwrap_or_else(|error| panic!("{error}"))
}

/// The text of a failure that broke no rule.
#[track_caller]
pub fn failure(report: tfplugin::Result<Report>) -> String {
    let report = report.unwrap_or_else(|error| panic!("{error}"));
    assert!(report.failed(), "it should have failed:\n{}", report.text());
    report.text()
}

/// What GitLab has at a path, seen without the provider.
#[track_caller]
pub fn look(lab: &GitLab, path: &str) -> Json {
    let (status, body) = lab.call("GET", path, &Json::Null);
    assert_eq!(status, 200, "GET {path}: {body}");
    body
}

/// Whether a token opens GitLab.
pub async fn signs_in(lab: &GitLab, token: &str) -> bool {
    let mut host = Host::new(provider::provider(), config(&lab.api(), token)).await.expect("a valid schema");
    let report = host.plan(&document("data \"substrate_gitlab_current_user\" \"me\" {\n}\n")).await;
    !report.expect("no rule is broken").failed()
}

/// Changes GitLab behind the provider's back.
#[track_caller]
pub fn act(lab: &GitLab, method: &str, path: &str, body: Json) -> Json {
    let (status, answer) = lab.call(method, path, &body);
    assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
    answer
}

/// Asserts that every call was understood.
#[track_caller]
pub fn understood(servers: &impl Servers) {
    assert_eq!(servers.violations(), Vec::<String>::new(), "calls that the server would not understand");
}

/// Deletes an object as a colleague would, in the server itself.
pub fn delete(estate: &Estate, instance: &Instance) {
    let path = estate.remove(&instance.type_name, &|name| instance.text(name));
    if ["substrate_gitlab_group", "substrate_gitlab_project"].contains(&instance.type_name.as_str()) {
        wait_for_the_end(estate.gitlab(), &path);
    }
}

/// A group or project waits for its end; each look brings it closer.
fn wait_for_the_end(lab: &GitLab, path: &str) {
    let gone = (0..10).any(|_| lab.call("GET", path, &Json::Null).0 == 404);
    assert!(gone, "{path} does not go");
}
