//! Auth methods and their roles, against the real Vault.

use lab::Vault;
use serde_json::json;
use tfplugin::harness::Action;

use crate::estate::{document, failure, fine, host, understood};

const METHOD: &str = "substrate_vault_auth_backend.m";

fn method(rest: &str) -> String {
    format!("resource \"substrate_vault_auth_backend\" \"m\" {{\n  type = \"userpass\"\n{rest}\n}}\n")
}

#[tokio::test]
async fn a_method_is_mounted_at_its_type_unless_it_has_a_path() {
    let vault = Vault::start().await;
    let mut host = host(&vault).await;
    fine(host.apply(&document(&method(""))).await);
    assert_eq!(host.instance(METHOD).expect("it was created").text("path"), "userpass");
    let other = format!("{}{}", method(""), method("").replace("\"m\"", "\"n\""));
    let said = failure(host.apply(&document(&other)).await);
    assert!(said.contains("userpass"), "{said}");
    understood(&vault);
}

/// Nothing of what the server fills in is a change, and two spellings of one time are none.
#[tokio::test]
async fn tuning_is_compared_by_meaning() {
    let vault = Vault::start().await;
    let mut host = host(&vault).await;
    let tuned = |lease: &str| method(&format!("  tune = {{ default_lease_ttl = \"{lease}\" }}"));
    for text in [method(""), method("  tune = {}"), tuned("1h"), tuned("3600"), tuned("60m"), method("  tune = {}")] {
        fine(host.apply(&document(&text)).await);
        let again = fine(host.plan(&document(&text)).await);
        assert!(again.actions.is_empty(), "{text}\n{:?}", again.actions);
    }
    fine(host.apply(&document(&tuned("1h"))).await);
    assert_eq!(fine(host.plan(&document(&tuned("60m"))).await).actions.get(METHOD), None);
    let (status, _) = vault.call("POST", "/sys/auth/userpass/tune", &json!({ "max_lease_ttl": "2h" }));
    assert_eq!(status, 204);
    assert_eq!(fine(host.plan(&document(&tuned("1h"))).await).actions.get(METHOD), Some(&Action::Update));
    let said = failure(
        host.validate(&document(&method("  tune = { default_lease_ttl = \"2h\", max_lease_ttl = \"90m\" }"))).await,
    );
    assert!(said.contains("`tune` has `default_lease_ttl = \"2h\"`, which is longer than"), "{said}");
    understood(&vault);
}

/// The tuning was a block there, with an empty text for what nobody set.
#[tokio::test]
async fn the_state_of_a_peer_moves_here() {
    let vault = Vault::start().await;
    let there = json!({ "type": "userpass", "config": { "max_lease_ttl": "2h" } });
    assert_eq!(vault.call("POST", "/sys/auth/userpass", &there).0, 204);
    let mut host = host(&vault).await;
    let tune = json!([{
        "allowed_response_headers": [], "audit_non_hmac_request_keys": [], "audit_non_hmac_response_keys": [],
        "default_lease_ttl": "", "listing_visibility": "", "max_lease_ttl": "2h", "passthrough_request_headers": [],
        "token_type": "default-service",
    }]);
    let state =
        json!({ "id": "userpass", "path": "userpass", "type": "userpass", "tune": tune, "disable_remount": false });
    fine(host.move_from(METHOD, "vault_auth_backend", 1, &state.to_string()).await);
    fine(host.refresh().await);
    let text = document(&method("  tune = { max_lease_ttl = \"120m\" }"));
    assert_eq!(fine(host.plan(&text).await).actions.get(METHOD), None);
    understood(&vault);
}

#[tokio::test]
async fn a_secret_id_of_no_role_is_refused_before_it_is_asked_for() {
    let vault = Vault::start().await;
    let host = host(&vault).await;
    let kind = "substrate_vault_approle_auth_backend_role_secret_id";
    for (backend, role, words) in [
        ("approle/", "deploy", "a path has no slash at its ends"),
        ("approle", "Deploy", "Vault would keep it as `deploy`"),
        ("approle", "a/b", "a name has letters"),
    ] {
        let arguments = [("backend", backend), ("role_name", role)];
        let arguments = arguments.map(|(name, text)| (name.to_owned(), text.into())).into();
        let said = host.open(kind, arguments).await.expect_err("it is refused").to_string();
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(vault.requests(), []);
}
