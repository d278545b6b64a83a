//! What the user reads when something is wrong with the way to the API.

use lab::{Fault, HaProxy};
use tfplugin::harness::Host;

use crate::estate::{document, failure, fine, haproxy_config, host, understood};
use crate::haproxy_edge::{backend, frontend};

#[tokio::test]
async fn version_2_is_refused_with_a_sentence() {
    let edge = HaProxy::start().await;
    let url = format!("{}/v2", edge.url);
    let config = haproxy_config(&url, &edge.user, &edge.password);
    let mut host = Host::new(provider::provider(), config).await.expect("a valid schema");
    let told = failure(host.apply(&document(&backend("web", 9))).await);
    assert!(told.contains("ersion 2 of the Data Plane API is not supported") && told.contains("haproxy.url"), "{told}");
}

/// An API that has version 2 alone does not know our paths.
#[tokio::test]
async fn an_api_without_version_3_is_named() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let unknown = r#"{"code":404,"message":"path /v3/services/haproxy/configuration/backends was not found"}"#;
    edge.fault(Fault::on("GET", "/services/haproxy/configuration/backends").always().status(404, unknown));
    let told = failure(host.apply(&document(&backend("web", 9))).await);
    assert!(told.contains("needs version 3 of the Data Plane API"), "{told}");
    assert!(host.addresses().is_empty());
}

#[tokio::test]
async fn a_wrong_password_is_named_by_its_place_and_not_shown() {
    let edge = HaProxy::start().await;
    let config = haproxy_config(&edge.url, &edge.user, "not-the-password");
    let mut host = Host::new(provider::provider(), config).await.expect("a valid schema");
    let told = failure(host.apply(&document(&backend("web", 9))).await);
    assert!(told.contains("401") && told.contains("HAPROXY_DATAPLANE_PASSWORD"), "{told}");
    assert!(!told.contains("not-the-password"), "{told}");
}

/// A server that fails in the midst of the work leaves nothing half done.
#[tokio::test]
async fn nothing_is_left_half_way() {
    for (method, path) in [
        ("POST", "/services/haproxy/transactions"),
        ("POST", "/services/haproxy/configuration/backends"),
        ("PUT", "/services/haproxy/transactions/*"),
    ] {
        let edge = HaProxy::start().await;
        let mut host = host(&edge).await;
        let before = edge.config_text();
        edge.fault(Fault::on(method, path).always().status(500, r#"{"code":500,"message":"no luck"}"#));
        let told = failure(host.apply(&document(&backend("web", 9))).await);
        assert!(told.contains("no luck") && told.contains(&path.replace("/*", "/")), "{told}");
        assert_eq!(edge.config_text(), before);
        edge.clear_faults();
        fine(host.apply(&document(&backend("web", 9))).await);
        assert_eq!(edge.open_transactions(), [""; 0]);
        understood(&edge);
    }
}

#[tokio::test]
async fn names_are_checked_at_plan() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let told = failure(host.validate(&document(&backend("web", 9).replace("name = \"web\"", "name = \"a b\""))).await);
    assert!(told.contains("`name`") && told.contains("`a b`"), "{told}");
    assert!(edge.requests().is_empty());
}

/// Which maps a frontend has depends on its mode, and `defaults` may say another one than the one that was thought of.
#[tokio::test]
async fn routes_need_a_mode() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let text = frontend(lab::haproxy::free_port()).replace("  mode = \"http\"\n", "");
    let told = failure(host.validate(&document(&text)).await);
    assert!(told.contains("`routes = true` needs `mode`"), "{told}");
    assert!(edge.requests().is_empty());
}

/// Somebody leaves transactions behind until the API takes no more.
#[tokio::test]
async fn too_many_open_transactions_are_told() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let open: Vec<String> = (0..20).map(|_| edge.colleague_opens()).collect();
    let told = failure(host.apply(&document(&backend("web", 9))).await);
    assert!(told.contains("429") && told.contains("oo many transactions are open"), "{told}");
    assert_eq!(edge.open_transactions().len(), 20, "those of others are theirs");
    for id in open {
        edge.act("DELETE", &format!("/transactions/{id}"), &serde_json::Value::Null);
    }
    fine(host.apply(&document(&backend("web", 9))).await);
    understood(&edge);
}

/// An API that has no place for maps cannot keep the marks of transactions.
#[tokio::test]
async fn an_api_without_maps_takes_changes() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    for method in ["GET", "POST"] {
        let refusal = r#"{"code":500,"message":"maps dir doesn't exist or not specified"}"#;
        edge.fault(Fault::on(method, "/services/haproxy/storage/maps").always().status(500, refusal));
    }
    fine(host.apply(&document(&backend("web", 9))).await);
    assert_eq!(edge.open_transactions(), [""; 0]);
    understood(&edge);
}
