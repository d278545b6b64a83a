//! All that is Vault's on OpenBao, in its first namespace and below it: lives, data sources, ephemeral resources.

use std::collections::BTreeSet;

use lab::{Issuer, OpenBao, colleague};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tfplugin::harness::{Host, data_sources, ephemerals, resources};
use tfplugin::value::{Object, Value};

use crate::estate::{document, failure, fine, host, object, read, understood};
use crate::vault_estate::{block, host_with};

/// Arguments of examples that OpenBao 2.2.2 ignores, each with the reason.
const LACKING: &[(&str, &str, &str)] = &[
    ("substrate_vault_auth_backend", "identity_token_key", "Vault has it since OpenBao branched off"),
    ("substrate_vault_auth_backend", "trim_request_trailing_slashes", "Vault has it since OpenBao branched off"),
    (
        "substrate_vault_jwt_auth_backend",
        "unsupported_critical_cert_extensions",
        "Vault has it since OpenBao branched off",
    ),
    ("substrate_vault_mount", "allowed_managed_keys", "managed keys are Vault Enterprise's"),
    ("substrate_vault_mount", "delegated_auth_accessors", "Vault has it since OpenBao branched off"),
    ("substrate_vault_mount", "identity_token_key", "Vault has it since OpenBao branched off"),
    ("substrate_vault_mount", "trim_request_trailing_slashes", "Vault has it since OpenBao branched off"),
];

/// Types that only the first namespace has, with OpenBao's words.
const OF_THE_FIRST: &[(&str, &str)] = &[("substrate_vault_audit", "operation only available in root namespace")];

/// The namespace that is not the first.
const TEAM: &str = "team";

/// The names of Vault's types.
fn of_vault(all: Vec<(String, &'static tfplugin::schema::Table)>) -> Vec<String> {
    let names: Vec<String> =
        all.into_iter().map(|(name, _)| name).filter(|name| name.starts_with("substrate_vault_")).collect();
    assert!(!names.is_empty());
    names
}

/// What examples refer to that is neither Vault nor OpenBao.
struct Surroundings {
    issuer: Issuer,
    logs: TempDir,
}

impl Surroundings {
    fn new() -> Self {
        Self { issuer: Issuer::start(), logs: TempDir::new().expect("a scratch directory") }
    }

    /// An example as it can be applied here.
    fn localized(&self, text: &str) -> String {
        let text = text.replace("https://gitlab.example.com", &self.issuer.url);
        text.replace("/var/log/vault", &self.logs.path().display().to_string())
    }
}

/// An example of a type without what OpenBao ignores.
fn known(kind: &str, text: &str) -> String {
    let lacks = |line: &&str| {
        let begins = |argument: &str| line.trim_start().starts_with(&format!("{argument} "));
        LACKING.iter().any(|(of, argument, _)| *of == kind && begins(argument))
    };
    text.lines().filter(|line| !lacks(line)).map(|line| format!("{line}\n")).collect()
}

/// Leads the life of one type in a namespace of a new server; the empty one is the first.
async fn lead(kind: &str, bao: &OpenBao, host: &mut Host, namespace: &str) {
    let around = Surroundings::new();
    let examples = ["resource.tf", "resource_update.tf"]
        .map(|file| around.localized(&known(kind, &read(&format!("examples/resources/{kind}/{file}")))));
    let [resource, update] = &examples;
    if let Some((_, words)) = OF_THE_FIRST.iter().find(|(first, _)| *first == kind && !namespace.is_empty()) {
        let said = failure(host.apply(&document(resource)).await);
        assert!(said.contains(words), "{kind}: {said}");
        return;
    }
    for example in &examples {
        applied(kind, host, example).await;
    }
    let address = format!("{kind}.example");
    let instance = host.instance(&address).unwrap_or_else(|error| panic!("{error}"));
    let (_, path) = colleague::removal(kind, &|name| instance.text(name));
    let (status, answer) = bao.call_in(namespace, "DELETE", &path, &Json::Null);
    assert_eq!(status, 204, "DELETE {path}: {answer}");
    fine(host.refresh().await);
    assert!(host.instance(&address).is_err(), "{kind} is gone, and a refresh does not say so");
    applied(kind, host, update).await;
    fine(host.destroy().await);
    assert!(host.addresses().is_empty());
    understood(bao);
}

/// Applies without a word, and plans nothing after it.
async fn applied(kind: &str, host: &mut Host, text: &str) {
    let text = document(text);
    let report = fine(host.apply(&text).await);
    assert!(report.messages.is_empty(), "{kind}: {}", report.text());
    let planned = host.plan(&text).await.expect("no rule is broken");
    planned.empty().unwrap_or_else(|error| panic!("{kind}: {error}"));
}

#[tokio::test]
async fn every_resource_lives_and_dies_on_openbao() {
    for kind in of_vault(resources(&provider::provider())) {
        let bao = OpenBao::start().await;
        lead(&kind, &bao, &mut host(&bao).await, "").await;
    }
}

/// Namespaces are those of a small fake, from the source of OpenBao 2.3 and not from a recording.
#[tokio::test]
async fn every_resource_lives_and_dies_in_a_namespace() {
    for kind in of_vault(resources(&provider::provider())) {
        let bao = OpenBao::with_namespaces().await;
        assert_eq!(bao.call("POST", "/sys/namespaces/team", &json!({})).0, 200);
        let [address, token, namespace] =
            [("address", bao.url.as_str()), ("token", bao.token.as_str()), ("namespace", TEAM)];
        let config = block([address, token, namespace].map(|(name, text)| (name, Value::from(text))));
        lead(&kind, &bao, &mut host_with(config).await, TEAM).await;
    }
}

/// What is named as different is different: OpenBao ignores it, and the user is warned of that.
#[tokio::test]
async fn what_openbao_lacks_is_ignored_there_and_told() {
    let kinds: BTreeSet<&str> = LACKING.iter().map(|(kind, ..)| *kind).collect();
    for kind in kinds {
        let around = Surroundings::new();
        let update = around.localized(&read(&format!("examples/resources/{kind}/resource_update.tf")));
        let bao = OpenBao::start().await;
        let mut host = host(&bao).await;
        fine(host.apply(&document(&known(kind, &update))).await);
        understood(&bao);
        let report = fine(host.apply(&document(&update)).await);
        assert!(report.text().contains("differs from the plan"), "{kind}: {}", report.text());
        for (_, argument, _) in LACKING.iter().filter(|(of, ..)| *of == kind) {
            let ignored = bao.violations().iter().any(|line| line.ends_with(&format!("{argument}`")));
            assert!(ignored, "{kind}: `{argument}` is not ignored: {:?}", bao.violations());
        }
    }
}

#[tokio::test]
async fn every_data_source_is_read_on_openbao() {
    for kind in of_vault(data_sources(&provider::provider())) {
        let bao = OpenBao::start().await;
        let mut host = host(&bao).await;
        let example = read(&format!("examples/data-sources/{kind}/data-source.tf"));
        let example = document(&Surroundings::new().localized(&example));
        fine(host.apply(&example).await);
        let outputs = host.outputs(&example).await.unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert!(!outputs.is_empty() && outputs.values().all(|value| value.is_wholly_known() && !value.is_null()));
        host.plan(&example).await.expect("no rule is broken").empty().unwrap_or_else(|error| panic!("{kind}: {error}"));
        understood(&bao);
    }
}

/// What an ephemeral resource is opened with, on a server that has what it needs.
fn prepared(kind: &str, bao: &OpenBao) -> Object {
    let act = |method: &str, path: &str, body: Json| {
        let (status, answer) = bao.call(method, path, &body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
    };
    let arguments = match kind {
        "substrate_vault_approle_auth_backend_role_secret_id" => {
            act("POST", "/sys/auth/approle", json!({ "type": "approle" }));
            act("POST", "/auth/approle/role/deploy", json!({ "token_ttl": "20m" }));
            let metadata = object([("team", "platform".into())]);
            object([("role_name", "deploy".into()), ("ttl", "20m".into()), ("metadata", metadata)])
        }
        "substrate_vault_kv_secret_v2" => {
            act("POST", "/sys/mounts/kv", json!({ "type": "kv", "options": { "version": "2" } }));
            act("POST", "/kv/data/app", json!({ "data": { "password": "kept-in-the-server" } }));
            object([("mount", "kv".into()), ("name", "app".into())])
        }
        "substrate_vault_token" => object([("policies", Value::List(vec!["default".into()])), ("ttl", "20m".into())]),
        other => panic!("say here what a {other} is opened with"),
    };
    match arguments {
        Value::Map(arguments) => arguments,
        other => panic!("{other:?} is no object"),
    }
}

/// How many tokens and secret ids live.
fn living(bao: &OpenBao) -> usize {
    let listed = ["/auth/token/accessors", "/auth/approle/role/deploy/secret-id"];
    let keys = listed.map(|path| bao.call("LIST", path, &Json::Null).1["data"]["keys"].as_array().map_or(0, Vec::len));
    keys.iter().sum()
}

#[tokio::test]
async fn every_ephemeral_resource_is_opened_renewed_and_closed_on_openbao() {
    for kind in of_vault(ephemerals(&provider::provider())) {
        let bao = OpenBao::start().await;
        let host = host(&bao).await;
        let arguments = prepared(&kind, &bao);
        let before = living(&bao);
        let mut opened = host.open(&kind, arguments).await.unwrap_or_else(|error| panic!("{error}"));
        let issues = usize::from(kind != "substrate_vault_kv_secret_v2");
        assert_eq!(living(&bao), before + issues, "{kind} is open");
        let secret = ["client_token", "secret_id", "data"].iter().find_map(|name| opened.value.get(*name));
        assert!(secret.is_some_and(|secret| !secret.is_null()), "{kind}: {:?}", opened.value.keys());
        if opened.renews {
            host.renew(&mut opened).await.unwrap_or_else(|error| panic!("{error}"));
        }
        host.close(opened).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(living(&bao), before, "{kind} is closed");
        understood(&bao);
    }
}
