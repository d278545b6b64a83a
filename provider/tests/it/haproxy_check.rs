//! The check of the edge: which layer is missing.

use lab::HaProxy;
use lab::haproxy::Upstream;
use tfplugin::value::Value;

use crate::estate::{document, fine, host, understood};
use crate::haproxy_edge::{backend, frontend, route};

/// What the check of a host says is missing, where these are its further arguments.
async fn missing(edge: &HaProxy, host_name: &str, arguments: &str) -> (String, String) {
    let text = format!(
        "data \"substrate_haproxy_edge_check\" \"c\" {{\n  host = \"{host_name}\"\n  {arguments}\n}}\n\noutput \"missing\" {{\n  \
         value = data.substrate_haproxy_edge_check.c.missing\n}}\n\noutput \"detail\" {{\n  value = \
         data.substrate_haproxy_edge_check.c.detail\n}}\n"
    );
    let mut host = host(edge).await;
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
