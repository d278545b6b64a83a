//! The check of the edge: which layer is missing.

use lab::HaProxy;
use lab::haproxy::Upstream;
use tfplugin::harness::Host;
use tfplugin::value::Value;

use crate::estate::{self, document, failure, fine, host, understood};
use crate::haproxy_edge::{backend, frontend, route};

/// What the check of a host says is missing, where these are its further arguments.
async fn missing(edge: &HaProxy, host_name: &str, arguments: &str) -> (String, String) {
    checked(&mut host(edge).await, host_name, arguments).await
}

async fn checked(host: &mut Host, host_name: &str, arguments: &str) -> (String, String) {
    let text = format!(
        "data \"substrate_haproxy_edge_check\" \"c\" {{\n  host = \"{host_name}\"\n  {arguments}\n}}\n\noutput \"missing\" {{\n  \
         value = data.substrate_haproxy_edge_check.c.missing\n}}\n\noutput \"detail\" {{\n  value = \
         data.substrate_haproxy_edge_check.c.detail\n}}\n"
    );
    let document = document(&text);
    fine(host.apply(&document).await);
    let outputs = host.outputs(&document).await.expect("the data source has outputs");
    let text = |name: &str| outputs[name].as_str().unwrap_or_default().to_owned();
    assert!(matches!(outputs["missing"], Value::String(_)), "{outputs:?}");
    (text("missing"), text("detail"))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_layer_is_found() {
    let edge = HaProxy::start().await;
    let there = Upstream::http("shop");
    let ingress = Upstream::answering("404 Not Found", "default backend - 404");
    let port = lab::haproxy::free_port();
    let text = backend("be_there", there.port)
        + &backend("be_ingress", ingress.port)
        + &backend("be_down", 9)
        + &frontend(port)
        + &route("there", "hosts = [\"there.example.com\"]\n  backend = \"be_there\"")
        + &route("lost", "hosts = [\"lost.example.com\"]\n  backend = \"be_ingress\"")
        + &route("down", "hosts = [\"down.example.com\"]\n  backend = \"be_down\"");
    let mut host = host(&edge).await;
    fine(host.apply(&document(&text)).await);
    let at = |port: u16| format!("address = \"127.0.0.1\"\n  tls = false\n  port = {port}");
    for (name, arguments, expected, words) in [
        ("nowhere.invalid", "tls = false".to_owned(), "dns", "DNS has no address"),
        ("there.example.com", at(9), "edge", "127.0.0.1:9"),
        ("there.example.com", at(port).replace("false", "true"), "tls", "127.0.0.1"),
        ("unknown.example.com", at(port), "haproxy", "no route for the host"),
        ("down.example.com", at(port), "haproxy", "no server is up"),
        ("lost.example.com", at(port), "ingress", "the ingress behind HAProxy answers 404"),
        ("there.example.com", at(port), "none", "answers 200"),
    ] {
        let (layer, detail) = missing(&edge, name, &arguments).await;
        assert_eq!(layer, expected, "{name}: {detail}");
        assert!(detail.contains(words), "{name}: {detail}");
    }
    understood(&edge);
}

/// What is asked for is the path as it is written, with its query and its end.
#[tokio::test(flavor = "multi_thread")]
async fn the_path_is_asked_for_as_it_stands() {
    let edge = HaProxy::start().await;
    let port = lab::haproxy::free_port();
    let rules = format!(
        "\nfrontend echo\n  mode http\n  bind 127.0.0.1:{port}\n  http-request return status 200 if {{ url /shop/ }} || \
         {{ url \"/x?y=1&z=2\" }} || {{ url /a%20b }}\n  http-request deny\n"
    );
    edge.rewrite(|text| text.to_owned() + &rules);
    for path in ["/shop/", "/x?y=1&z=2", "/a%20b"] {
        let arguments = format!("address = \"127.0.0.1\"\n  tls = false\n  port = {port}\n  path = \"{path}\"");
        let (layer, detail) = missing(&edge, "a.example.com", &arguments).await;
        assert_eq!(layer, "none", "{path}: {detail}");
    }
    let mut host = host(&edge).await;
    let text = "data \"substrate_haproxy_edge_check\" \"c\" {\n  host = \"a.example.com\"\n  path = \"/a//b\"\n}\n";
    let told = failure(host.validate(&document(text)).await);
    assert!(told.contains("`path`") && told.contains("`/a//b`"), "{told}");
    understood(&edge);
}

/// The check asks the API for nothing, so it needs no user; everything else does.
#[tokio::test]
async fn a_check_needs_no_user() {
    let config = estate::backend("haproxy", [("url", "http://127.0.0.1:9".into())]);
    let mut host = Host::new(provider::provider(), config).await.expect("a valid schema");
    let (layer, detail) = checked(&mut host, "a.example.com", "address = \"127.0.0.1\"\n  port = 9").await;
    assert_eq!(layer, "edge", "{detail}");
    let told = failure(host.apply(&document(&backend("web", 9))).await);
    assert!(
        told.contains("here is no user for the Data Plane API") && told.contains("HAPROXY_DATAPLANE_USERNAME"),
        "{told}"
    );
}
