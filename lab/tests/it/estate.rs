//! A configuration starts the servers that it names, and no other.

use lab::Estate;
use serde_json::json;

#[tokio::test]
async fn a_server_that_is_not_named_is_not_started() {
    let gitlab = Estate::of(&["resource \"substrate_gitlab_group\" \"a\" {}", "https://gitlab.example.com"]).await;
    assert!(gitlab.gitlab.is_some() && gitlab.vault.is_none() && gitlab.issuer.is_none());
    let vault = Estate::of(&["data \"substrate_vault_policy\" \"a\" {}"]).await;
    assert!(vault.gitlab.is_none() && vault.vault.is_some() && vault.issuer.is_none());
    assert!(gitlab.aws.is_none() && vault.aws.is_none() && vault.proxmox.is_none());
    let none = Estate::of(&["locals {}"]).await;
    assert!(none.gitlab.is_none() && none.vault.is_none());
}

#[tokio::test]
async fn a_secret_on_its_way_from_one_server_to_the_other_needs_both() {
    let delivery = "resource \"substrate_gitlab_project_access_token\" \"a\" { deliver = { vault_kv = {} } }";
    let estate = Estate::of(&[delivery]).await;
    let http = crate::client::http(None);
    let group = json!({ "name": "a", "path": "a" }).to_string();
    let created =
        http.post(format!("{}/groups", estate.gitlab().api())).header("PRIVATE-TOKEN", &estate.gitlab().token);
    created.header("Content-Type", "application/json").body(group).send().await.unwrap();
    http.get(format!("{}/v1/sys/health", estate.vault().url)).send().await.unwrap();
    http.get(format!("{}/version", estate.gitlab().api())).header("PRIVATE-TOKEN", "x").send().await.unwrap();
    let log: Vec<String> = estate.requests().iter().map(ToString::to_string).collect();
    assert_eq!(log, ["POST /groups name=\"a\" path=\"a\" → 201", "GET /sys/health → 200", "GET /version → 401"]);
    estate.clear_log();
    assert_eq!((estate.requests(), estate.violations()), (vec![], vec![]));
    assert_eq!(estate.remove("substrate_gitlab_group", &|_| "a".to_owned()), "/groups/a");
    estate.vault().act("PUT", "/sys/policies/acl/ci", &json!({ "policy": "path \"a\" {}" }));
    estate.remove("substrate_vault_policy", &|_| "ci".to_owned());
    assert_eq!(estate.vault().call("GET", "/sys/policies/acl/ci", &json!(null)).0, 404);
}

#[tokio::test]
async fn an_account_of_aws_is_started_for_its_resources_and_left_by_a_colleague() {
    let estate = Estate::of(&["resource \"substrate_iam_role\" \"a\" {}"]).await;
    assert!(estate.gitlab.is_none() && estate.vault.is_none());
    let trust = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
    let made = estate.aws().query("iam", "CreateRole", &[("RoleName", "a"), ("AssumeRolePolicyDocument", trust)]);
    assert_eq!(made.0, 200, "{}", made.1);
    let client = crate::aws_client::Client::of(estate.aws());
    assert_eq!(client.iam("GetRole", &[("RoleName", "a")]).await.0, 200);
    let log: Vec<String> = estate.requests().iter().map(ToString::to_string).collect();
    assert_eq!(log, [r#"iam /GetRole RoleName="a" → 200"#]);
    assert_eq!(estate.remove("substrate_iam_role", &|_| "a".to_owned()), "iam /DeleteRole a");
    estate.clear_log();
    assert_eq!((estate.requests(), estate.violations()), (vec![], vec![]));
    assert_eq!(estate.stable(&estate.aws().url), "http://aws");
}

#[test]
fn a_thread_of_its_own_carries_an_account_for_tests_without_a_runtime() {
    let aws = lab::blocking::Aws::start();
    assert_eq!(aws.query("sts", "GetCallerIdentity", &[]).0, 200);
    assert_eq!(aws.route53("GET", "/hostedzone", "").0, 200);
    assert_eq!(aws.requests(), []);
}

#[test]
fn examples_get_addresses_that_exist_and_logs_lose_them() {
    let example = r#"
        resource "substrate_vault_jwt_auth_backend" "a" { oidc_discovery_url = "https://gitlab.example.com" }
        resource "substrate_vault_audit" "a" { options = { file_path = "/var/log/vault/audit.log" } }
    "#;
    let estate = lab::blocking::Estate::of(&[example]);
    let text = estate.localized(example);
    assert!(!text.contains("gitlab.example.com") && !text.contains("/var/log/vault"), "{text}");
    let path = text.split('"').find(|word| word.ends_with("/audit.log")).unwrap();
    let device = json!({ "type": "file", "options": { "file_path": path } });
    estate.vault().act("PUT", "/sys/audit/file", &device);
    estate.vault().act("PUT", "/sys/auth/jwt", &json!({ "type": "jwt" }));
    let issuer = &estate.issuer.as_ref().unwrap().url;
    estate.vault().act("PUT", "/auth/jwt/config", &json!({ "oidc_discovery_url": issuer }));
    assert!(std::fs::read_to_string(path).unwrap().contains("oidc_discovery_url"), "Vault writes its log there");
    assert_eq!(estate.stable(&text), example);
    assert_eq!(estate.stable(&estate.vault().url), "http://vault");
}

#[tokio::test]
async fn a_cluster_is_started_for_its_resources_and_left_by_a_colleague() {
    let estate = Estate::of(&["resource \"substrate_proxmox_pool\" \"a\" {}"]).await;
    assert!(estate.gitlab.is_none() && estate.vault.is_none() && estate.aws.is_none());
    let lab = estate.proxmox();
    let pve = crate::proxmox_client::Pve::of(lab);
    pve.post("/pools", &[("poolid", "ci")]).await.data();
    assert_eq!(estate.requests()[0].to_string(), "POST /pools poolid=\"ci\" → 200");
    lab.act("POST", "/nodes/pve1/qemu", &[("vmid", "100"), ("pool", "ci"), ("start", "1"), ("protection", "1")]);
    let attributes = |name: &str| if name == "vm_id" { "100" } else { "ci" }.to_owned();
    assert_eq!(estate.remove("substrate_proxmox_vm", &attributes), "/nodes/pve1/qemu/100");
    assert_eq!(estate.remove("substrate_proxmox_pool", &attributes), "/pools/ci");
    assert_eq!((lab.guests(), estate.requests().len()), (vec![], 1));
    pve.post("/pools", &[("poolid", "ci"), ("bogus", "1")]).await;
    estate.clear_log();
    assert_eq!(lab.excuse(), ["POST /pools: `bogus` is not known"]);
}

#[test]
fn an_edge_is_started_for_its_resources_and_left_by_a_colleague() {
    let example = "resource \"substrate_haproxy_frontend\" \"a\" { binds = { http = { port = 8080 } } }";
    let estate = lab::blocking::Estate::of(&[example]);
    assert!(estate.gitlab.is_none() && estate.vault.is_none() && estate.aws.is_none());
    let text = estate.localized(example);
    assert!(!text.contains("8080"), "{text}");
    assert_eq!(estate.stable(&text), example);
    let edge = estate.haproxy();
    assert_eq!(estate.stable(&edge.url), "http://haproxy");
    edge.colleague_adds_backend("web");
    assert_eq!(estate.remove("substrate_haproxy_backend", &|_| "web".to_owned()), "/configuration/backends/web");
    assert!(!edge.config_text().contains("backend web"), "{}", edge.config_text());
    let maps = edge.paths().maps;
    let text = "# Routes\na.test/shop/ web|a.test\nb.test/shop/ web|a.test\na.test web|a.test\nb.test other\n";
    std::fs::write(maps.join("edge.prefix.map"), text).unwrap();
    let route = |name: &str| if name == "place" { "a.test/shop" } else { "edge" }.to_owned();
    estate.remove("substrate_haproxy_route", &route);
    assert_eq!(edge.map_text("edge.prefix.map").unwrap(), "# Routes\na.test web|a.test\nb.test other\n");
    assert_eq!((estate.requests(), estate.violations()), (vec![], vec![]));
}
