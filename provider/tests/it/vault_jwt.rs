//! JWT auth methods and their roles, against the real Vault; each test is named for what it shows.

use lab::{Fault, Issuer, Vault};
use serde_json::{Value as Json, json};
use tfplugin::harness::{Action, Host, Report};

use crate::estate::{document, failure, fine, host};

const METHOD: &str = "substrate_vault_jwt_auth_backend.jwt";
const ROLE: &str = "substrate_vault_jwt_auth_backend_role.web";
const SECRET: &str = "known-to-vault-alone";

fn method(arguments: &str) -> String {
    format!("resource \"substrate_vault_jwt_auth_backend\" \"jwt\" {{\n  {}\n}}\n", arguments.replace("; ", "\n  "))
}

fn role(arguments: &str) -> String {
    let arguments = arguments.replace("; ", "\n  ");
    format!(
        "resource \"substrate_vault_jwt_auth_backend_role\" \"web\" {{\n  role_name = \"web\"\n  user_claim = \"sub\"\n  \
         role_type = \"jwt\"\n  {arguments}\n}}\n"
    )
}

/// Applies without a warning, plans nothing after it, and says what was done.
async fn apply(host: &mut Host, text: &str, address: &str) -> Option<Action> {
    let report = fine(host.apply(&document(text)).await);
    assert!(report.messages.is_empty() && !report.text().contains(SECRET), "{}", report.text());
    host.plan(&document(text)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}\n{text}"));
    report.actions.get(address).copied()
}

fn config(vault: &Vault) -> Json {
    vault.act("GET", "/auth/jwt/config", &Json::Null)["data"].clone()
}

/// A certificate as an argument in HCL.
fn quoted(pem: &str) -> String {
    Json::from(pem).to_string()
}

#[tokio::test]
async fn keys_come_from_any_place_that_vault_knows_and_jwts_are_verified_with_them() {
    let (vault, issuer, secure) = (Vault::start().await, Issuer::start(), Issuer::start_tls());
    let mut host = host(&vault).await;
    let pem = quoted(secure.pem.as_deref().expect("it speaks TLS"));
    let bound = role("backend = substrate_vault_jwt_auth_backend.jwt.path; bound_audiences = [\"vault\"]");
    for (source, signer) in [
        (format!("oidc_discovery_url = \"{}\"", issuer.url), &issuer),
        (format!("oidc_discovery_url = \"{}\"; oidc_discovery_ca_pem = {pem}", secure.url), &secure),
        (format!("jwks_url = \"{}\"; bound_issuer = \"{}\"", issuer.keys_url(), issuer.url), &issuer),
        (format!("jwks_url = \"{}\"; jwks_ca_pem = {pem}", secure.keys_url()), &secure),
        (
            format!(
                "jwks_pairs = [{{ jwks_url = \"{}\" }}, {{ jwks_url = \"{}\", jwks_ca_pem = {pem} }}]",
                issuer.keys_url(),
                secure.keys_url()
            ),
            &secure,
        ),
    ] {
        apply(&mut host, &(method(&source) + &bound), METHOD).await;
        let login = |jwt: &str| vault.call_as("", "POST", "/auth/jwt/login", &json!({ "role": "web", "jwt": jwt })).0;
        assert_eq!(login(&signer.job("acme/web").audience("vault").token()), 200, "{source}");
        assert_eq!(login(&Issuer::start().job("acme/web").audience("vault").token()), 400, "{source}");
    }
    assert_eq!(vault.violations(), [""; 0]);
}

#[tokio::test]
async fn a_method_whose_configuration_is_refused_stays_in_the_state_and_is_configured_by_the_next_apply() {
    let (vault, issuer) = (Vault::start().await, Issuer::start());
    let mut host = host(&vault).await;
    let wrong = method(&format!("oidc_discovery_url = \"{}/nowhere\"", issuer.url));
    let text = failure(host.apply(&document(&wrong)).await);
    assert!(text.contains("error checking oidc discovery URL") && text.contains("Vault itself asks"), "{text}");
    assert!(host.instance(METHOD).is_ok(), "the mount exists: {text}");
    let right = method(&format!("oidc_discovery_url = \"{}\"", issuer.url));
    apply(&mut host, &right, METHOD).await;
    assert_eq!(config(&vault)["oidc_discovery_url"], issuer.url.as_str());
}

#[tokio::test]
async fn the_client_secret_goes_along_with_every_change_and_into_no_state() {
    let (vault, issuer) = (Vault::start().await, Issuer::start());
    let mut host = host(&vault).await;
    let oidc = |more: &str| {
        method(&format!(
            "oidc_discovery_url = \"{}\"; oidc_client_id = \"vault\"; oidc_client_secret_wo = \"{SECRET}\"; {more}",
            issuer.url
        ))
    };
    assert_eq!(apply(&mut host, &oidc("oidc_client_secret_wo_version = 1"), METHOD).await, Some(Action::Create));
    for (more, writes) in [
        ("oidc_client_secret_wo_version = 2", 1),
        ("oidc_client_secret_wo_version = 2; default_role = \"web\"", 1),
        ("oidc_client_secret_wo_version = 2; default_role = \"web\"; description = \"People\"", 0),
    ] {
        vault.clear_log();
        assert_eq!(apply(&mut host, &oidc(more), METHOD).await, Some(Action::Update));
        let sent = vault.requests().into_iter().filter(|request| request.path.ends_with("/auth/jwt/config"));
        let sent: Vec<_> = sent.filter(|request| request.method == "POST").map(|request| request.to_string()).collect();
        assert_eq!(sent.len(), writes, "{sent:?}");
        assert!(sent.iter().all(|request| request.contains(SECRET)), "{sent:?}");
    }
    assert!(!format!("{:?}", host.instance(METHOD)).contains(SECRET));
    vault.fault(Fault::on("POST", "/auth/jwt/config").status(400, &format!("{{\"errors\":[\"no {SECRET}\"]}}")));
    let text = failure(host.apply(&document(&oidc("default_role = \"other\""))).await);
    assert!(!text.contains(SECRET), "{text}");
}

#[tokio::test]
async fn what_somebody_else_configured_is_put_back() {
    let (vault, issuer) = (Vault::start().await, Issuer::start());
    let mut host = host(&vault).await;
    let bound = method(&format!("jwks_url = \"{0}\"; bound_issuer = \"{1}\"", issuer.keys_url(), issuer.url));
    apply(&mut host, &bound, METHOD).await;
    let kept = config(&vault);
    vault.act("POST", "/auth/jwt/config", &json!({ "jwks_url": issuer.keys_url(), "default_role": "root" }));
    assert_eq!(apply(&mut host, &bound, METHOD).await, Some(Action::Update));
    assert_eq!(config(&vault), kept);
    vault.act("POST", "/sys/auth/jwt/tune", &json!({ "max_lease_ttl": "1h", "listing_visibility": "unauth" }));
    assert_eq!(apply(&mut host, &bound, METHOD).await, Some(Action::Update));
    let tuned = vault.act("GET", "/sys/auth", &Json::Null)["data"]["jwt/"]["config"].clone();
    assert_eq!((&tuned["max_lease_ttl"], tuned.get("listing_visibility")), (&json!(0), None));
}

#[tokio::test]
async fn what_would_delete_roles_is_refused_in_the_plan() {
    let (vault, issuer) = (Vault::start().await, Issuer::start());
    let mut host = host(&vault).await;
    let source = format!("jwks_url = \"{}\"", issuer.keys_url());
    apply(&mut host, &method(&source), METHOD).await;
    for change in ["path = \"gitlab\"", "type = \"oidc\"", "local = true"] {
        let text = failure(host.plan(&document(&method(&format!("{source}; {change}")))).await);
        assert!(text.contains("cannot be changed: a replacement deletes its roles"), "{text}");
    }
}

#[tokio::test]
async fn bound_claims_are_lists_however_they_were_written() {
    let vault = Vault::start().await;
    let mut host = host(&vault).await;
    vault.act("POST", "/sys/auth/jwt", &json!({ "type": "jwt" }));
    let claims = json!({ "one": "a,b", "list": ["x", "y"], "flag": true, "number": 7 });
    let written = json!({ "role_type": "jwt", "user_claim": "sub", "bound_claims": claims });
    vault.act("POST", "/auth/jwt/role/web", &written);
    fine(host.import(ROLE, "auth/jwt/role/web").await);
    let claims = "bound_claims = { one = [\"a,b\"], list = [\"y\", \"x\"], flag = [\"true\"], number = [7] }";
    assert_eq!(apply(&mut host, &role(claims), ROLE).await, None);
    assert_eq!(apply(&mut host, &role("bound_subject = \"me\""), ROLE).await, Some(Action::Update));
    let cleared = vault.act("GET", "/auth/jwt/role/web", &Json::Null)["data"].clone();
    assert_eq!((&cleared["bound_claims"], &cleared["role_type"]), (&json!({}), &json!("jwt")));
}

#[tokio::test]
async fn networks_are_compared_by_what_they_mean() {
    let vault = Vault::start().await;
    let mut host = host(&vault).await;
    vault.act("POST", "/sys/auth/jwt", &json!({ "type": "jwt" }));
    let bound = role("token_bound_cidrs = [\"10.0.0.1/32\", \"10.1.0.0/16\", \"2001:DB8:0::1\"]");
    assert_eq!(apply(&mut host, &bound, ROLE).await, Some(Action::Create));
    let text = failure(host.validate(&document(&role("token_bound_cidrs = [\"10.0.0.1:80\"]"))).await);
    assert!(text.contains("`10.0.0.1:80` is not a network"), "{text}");
}

#[tokio::test]
async fn wrong_input_is_refused_at_the_plan() {
    let vault = Vault::start().await;
    let mut host = host(&vault).await;
    let keys = "jwks_url = \"https://gitlab.example.com/keys\"";
    for (wrong, attribute) in [
        (method("description = \"Nobody's keys\""), "oidc_discovery_url"),
        (method(&format!("{keys}; oidc_discovery_url = \"https://gitlab.example.com\"")), "jwks_url"),
        (method("jwt_validation_pubkeys = [\"MFkw\"]"), "jwt_validation_pubkeys"),
        (method(&format!("{keys}; oidc_client_id = \"vault\"")), "oidc_client_id"),
        (method(&format!("{keys}; oidc_discovery_ca_pem = \"x\"")), "oidc_discovery_ca_pem"),
        (method(&format!("{keys}; default_role = \"Web\"")), "default_role"),
        (method(&format!("{keys}; path = \"/jwt\"")), "path"),
        (method(&format!("{keys}; provider_config = {{ gsuite_service_account = \"{{}}\" }}")), "provider_config"),
        (method(&format!("{keys}; tune = {{ default_lease_ttl = \"2h\", max_lease_ttl = \"1h\" }}")), "tune"),
        (role("bound_subject = \"me\"").replace("\"web\"\n", "\"Web\"\n"), "role_name"),
        (role("bound_subject = \"me\"; clock_skew_leeway = -2"), "clock_skew_leeway"),
        (role("bound_subject = \"me\"; token_type = \"default-service\""), "token_type"),
    ] {
        let report = host.validate(&document(&wrong)).await.expect("it breaks no rule");
        let attributes: Vec<_> = report.messages.iter().map(|message| message.attribute.as_str()).collect();
        assert!(report.failed() && attributes.contains(&attribute), "{wrong}{}", report.text());
    }
}

/// The peer keeps a block as a list and several claims as one text with commas.
#[tokio::test]
async fn the_states_of_a_peer_move_here() {
    let (vault, issuer) = (Vault::start().await, Issuer::start());
    vault.act("POST", "/sys/auth/jwt", &json!({ "type": "jwt", "config": { "max_lease_ttl": "2h" } }));
    vault.act("POST", "/auth/jwt/config", &json!({ "jwks_url": issuer.keys_url() }));
    let claims = json!({ "team": ["web", "platform"] });
    let bound = json!({ "role_type": "jwt", "user_claim": "sub", "bound_claims": claims, "token_ttl": 60 });
    vault.act("POST", "/auth/jwt/role/web", &bound);
    let mut host = host(&vault).await;
    let method_state = json!({
        "id": "jwt", "path": "jwt", "type": "jwt", "description": "", "jwks_url": issuer.keys_url(), "jwks_pairs": [], "oidc_client_secret": "",
        "provider_config": {}, "jwt_supported_algs": [], "tune": [{ "max_lease_ttl": "2h", "default_lease_ttl": "" }],
    });
    let role_state = json!({
        "id": "auth/jwt/role/web", "backend": "jwt", "role_name": "web", "role_type": "jwt", "user_claim": "sub",
        "bound_claims": { "team": "web,platform" }, "token_ttl": 60, "token_num_uses": 0, "token_type": "default",
        "disable_bound_claims_parsing": null,
    });
    fine(host.move_from(METHOD, "vault_jwt_auth_backend", 0, &method_state.to_string()).await);
    fine(host.move_from(ROLE, "vault_jwt_auth_backend_role", 0, &role_state.to_string()).await);
    fine(host.refresh().await);
    let source = format!("jwks_url = \"{}\"; tune = {{ max_lease_ttl = \"120m\" }}", issuer.keys_url());
    let text = method(&source) + &role("bound_claims = { team = [\"platform\", \"web\"] }; token_ttl = 60");
    host.plan(&document(&text)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(vault.violations(), [""; 0]);
}
