//! The real Vault takes the issuer's tokens, as it takes a GitLab's, and no forged ones.

use lab::blocking::Vault;
use lab::{Issuer, issuer::Job};
use serde_json::{Value, json};

const PROJECT: &str = "acme/platform/web";

/// A Vault that trusts the issuer, with a role for the branch `main` of one project.
fn trusting(config: &Value) -> Vault {
    let vault = Vault::start();
    vault.act("POST", "/sys/auth/gitlab", &json!({ "type": "jwt" }));
    vault.act("POST", "/auth/gitlab/config", config);
    let role = json!({
        "role_type": "jwt",
        "user_claim": "user_login",
        "bound_audiences": ["https://vault.example.com"],
        "bound_claims": { "project_path": PROJECT, "ref": "main", "ref_type": "branch" },
        "token_policies": ["ci"],
    });
    vault.act("POST", "/auth/gitlab/role/web", &role);
    vault
}

/// Logs in as the job would, without a token of Vault.
fn log_in(vault: &Vault, token: &str) -> (u16, Value) {
    vault.call_as("", "POST", "/auth/gitlab/login", &json!({ "role": "web", "jwt": token }))
}

fn job<'a>(issuer: &'a Issuer, project: &str) -> Job<'a> {
    issuer.job(project).audience("https://vault.example.com")
}

#[test]
fn a_job_logs_in_and_a_forged_one_does_not() {
    let issuer = Issuer::start();
    let vault = trusting(&json!({ "jwks_url": issuer.keys_url(), "bound_issuer": issuer.url }));
    let (status, answer) = log_in(&vault, &job(&issuer, PROJECT).token());
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["auth"]["policies"], json!(["ci", "default"]));
    assert_eq!(answer["auth"]["metadata"]["role"], "web");

    let stranger = Issuer::start();
    let own = || job(&issuer, PROJECT);
    let refused = [
        ("another key", stranger.sign(&own().claims()), "failed to verify id token signature"),
        ("another issuer with the same key", own().claim("iss", "https://gitlab.com").token(), "invalid issuer"),
        ("another project", job(&issuer, "acme/platform/webb").token(), "project_path"),
        ("another branch", own().branch("feature").token(), "\"ref\""),
        ("a tag of the branch's name", own().tag("main").token(), "ref_type"),
        ("another audience", own().audience("https://other.example.com").token(), "audience"),
        ("an expired token", own().claim("iat", 1_700_000_000).claim("exp", 1_700_000_060).token(), "expired"),
    ];
    for (what, token, reason) in refused {
        let (status, answer) = log_in(&vault, &token);
        let said = answer["errors"][0].as_str().unwrap_or_default();
        assert!((400..500).contains(&status) && said.contains(reason), "{what}: {status} {answer}");
    }
}

#[test]
fn its_keys_are_discovered_over_tls_by_whoever_trusts_its_certificate() {
    let issuer = Issuer::start_tls();
    let mut config = json!({ "oidc_discovery_url": issuer.url, "oidc_discovery_ca_pem": issuer.pem });
    let vault = trusting(&config);
    let (status, answer) = log_in(&vault, &job(&issuer, PROJECT).token());
    assert_eq!(status, 200, "{answer}");
    config["oidc_discovery_ca_pem"] = Issuer::start_tls().pem.into();
    let (status, answer) = vault.call("POST", "/auth/gitlab/config", &config);
    assert!(status == 400 && answer.to_string().contains("error checking oidc discovery URL"), "{status} {answer}");
}
