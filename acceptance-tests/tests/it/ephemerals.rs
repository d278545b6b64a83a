//! The examples of ephemeral resources are those of the manual: they open, in a plan too, and leave nothing.

use crate::estate::workdir_in;
use acceptance_tests::environment::repository;
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::{REQUIRED_PROVIDERS, Workdir};
use lab::blocking::Estate;
use lab::machine::announce;
use serde_json::{Value, json};
use std::fs;

/// The registered types, as the provider shows them.
fn kinds(tool: &Tool) -> Vec<String> {
    let workdir = Workdir::new(tool);
    workdir.file("provider.tf", REQUIRED_PROVIDERS);
    let schema = workdir.json(&["providers", "schema", "-json"]);
    let providers = schema["provider_schemas"].as_object().expect("the schema lists providers");
    let ephemerals = providers.values().filter_map(|provider| provider["ephemeral_resource_schemas"].as_object());
    ephemerals.flat_map(|types| types.keys().cloned()).collect()
}

/// The call that opens one, by its method and path.
fn opening(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "substrate_ceph_user_key" => ("POST", "/cluster/user/export"),
        "substrate_vault_approle_auth_backend_role_secret_id" => ("POST", "/auth/approle/role/deploy/secret-id"),
        "substrate_vault_kv_secret_v2" => ("GET", "/kv/data/ci/registry"),
        "substrate_vault_token" => ("POST", "/auth/token/create"),
        other => panic!("say here which call opens a {other}"),
    }
}

/// What the examples look for.
fn furnish(estate: &Estate) {
    if let Some(vault) = &estate.vault {
        vault.act("POST", "/sys/mounts/kv", &json!({ "type": "kv", "options": { "version": "2" } }));
        vault.act("POST", "/sys/auth/approle", &json!({ "type": "approle" }));
        vault.act("POST", "/auth/approle/role/deploy", &json!({ "policies": "default" }));
    }
    if let Some(ceph) = &estate.ceph {
        let caps = json!([{ "entity": "mon", "cap": "profile rbd" }]);
        ceph.act("POST", "/cluster/user", &json!({ "user_entity": "client.kubernetes", "capabilities": caps }));
    }
    if let Some(gitlab) = &estate.gitlab {
        let made = |path: &str, body: Value| {
            let (status, answer) = gitlab.call("POST", path, &body);
            assert_eq!(status, 201, "POST {path}: {answer}");
            answer
        };
        let group = made("/groups", json!({ "name": "Infra", "path": "infra" }));
        made("/projects", json!({ "name": "network", "namespace_id": group["id"] }));
    }
}

/// What a secret or a token leaves in Vault while it lives.
fn living(estate: &Estate) -> Value {
    let Some(vault) = &estate.vault else { return Value::Null };
    let accessors = vault.accessors();
    let ids = vault.call("LIST", "/auth/approle/role/deploy/secret-id", &Value::Null);
    json!([accessors, ids.1["data"]["keys"]])
}

/// How often a call was made.
fn count(estate: &Estate, method: &str, path: &str) -> usize {
    estate.requests().iter().filter(|request| request.method == method && request.path == path).count()
}

#[test]
fn the_examples_of_ephemeral_resources_open_and_leave_nothing() {
    for tool in tools() {
        let kinds = kinds(tool);
        assert!(!kinds.is_empty(), "{}: the provider shows no ephemeral resource", tool.label());
        for kind in kinds {
            let file = repository().join(format!("examples/ephemeral-resources/{kind}/ephemeral-resource.tf"));
            let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            if let Some(reason) = lab::Estate::unavailable(&[&text]) {
                announce(&format!("skipped: the example of {kind}: {reason}"));
                continue;
            }
            let estate = Estate::of(&[&text]);
            furnish(&estate);
            let before = living(&estate);
            let workdir = workdir_in(tool, &estate, &estate.localized(&text));
            let label = format!("{kind} with {}", tool.label());
            let (method, path) = opening(&kind);
            workdir.apply();
            assert!(count(&estate, method, path) > 0, "{label}: nothing was opened");
            estate.clear_log();
            workdir.plans_nothing();
            assert!(count(&estate, method, path) > 0, "{label}: a plan opened nothing");
            workdir.destroy();
            assert_eq!(living(&estate), before, "{label}: something is left");
            assert_eq!(estate.violations(), Vec::<String>::new(), "{label}");
        }
    }
}
