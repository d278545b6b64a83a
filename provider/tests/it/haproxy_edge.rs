//! What the tests of HAProxy share: configurations of an edge, and requests to it.

use std::fmt::Write;
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use lab::HaProxy;
use tfplugin::harness::Host;
use tfplugin::value::Value;

use crate::estate::haproxy_config;

/// A commit of a transaction, whatever became of it.
pub const COMMIT: (&str, &str) = ("PUT", "/services/haproxy/transactions/*");

/// How many transactions were committed.
pub fn commits(edge: &HaProxy) -> usize {
    edge.count(COMMIT.0, COMMIT.1)
}

/// A backend with one server at a port of the loopback address.
pub fn backend(name: &str, port: u16) -> String {
    format!(
        "resource \"substrate_haproxy_backend\" \"{name}\" {{\n  name = \"{name}\"\n  mode = \"http\"\n  servers = {{ s = {{ \
         address = \"127.0.0.1\", port = {port} }} }}\n}}\n"
    )
}

/// A frontend `edge` with routes that listens on a port of the loopback address.
pub fn frontend(port: u16) -> String {
    format!(
        "resource \"substrate_haproxy_frontend\" \"edge\" {{\n  name = \"edge\"\n  mode = \"http\"\n  routes = true\n  binds = \
         {{ http = {{ address = \"127.0.0.1\", port = {port} }} }}\n}}\n"
    )
}

/// A route of `edge` with these further arguments.
pub fn route(name: &str, arguments: &str) -> String {
    format!(
        "resource \"substrate_haproxy_route\" \"{name}\" {{\n  frontend = substrate_haproxy_frontend.edge.name\n  \
         {arguments}\n}}\n"
    )
}

/// A run with a setting of its own.
pub async fn host_with(edge: &HaProxy, setting: &str, on: bool) -> Host {
    let mut config = haproxy_config(&edge.url, &edge.user, &edge.password);
    if let Some(Value::Map(haproxy)) = config.get_mut("haproxy") {
        haproxy.insert(setting.to_owned(), Value::Bool(on));
    }
    Host::new(provider::provider(), config).await.expect("a valid schema")
}

/// Routes from `host-N.example.com` to a backend, for each number.
pub fn routes(numbers: std::ops::Range<usize>, backend: &str) -> String {
    numbers.fold(String::new(), |mut text, number| {
        let arguments = format!("hosts = [\"host-{number}.example.com\"]\n  backend = \"{backend}\"");
        write!(text, "{}", route(&format!("r{number}"), &arguments)).expect("a text takes everything");
        text
    })
}

/// The answer to a GET for a host and a path: its status, and all of it.
pub fn get(port: u16, host: &str, path: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    Ok((status, answer))
}

/// The body of the answer to a GET, or its status where it is no success, or where it leads.
pub fn asked(port: u16, host: &str, path: &str) -> String {
    let (status, answer) = get(port, host, path).unwrap_or_else(|error| panic!("{host}{path}: {error}"));
    let location = answer.lines().find_map(|line| line.strip_prefix("location: "));
    match (status, location) {
        (200, _) => answer.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned(),
        (_, Some(location)) => format!("{status} {location}"),
        (_, None) => status.to_string(),
    }
}

/// The configuration file without the lines that the API keeps for itself.
pub fn own_text(edge: &HaProxy) -> String {
    let text = edge.config_text();
    let kept = text.split_inclusive('\n');
    kept.filter(|line| !line.starts_with("# _version=") && !line.starts_with("# _md5hash=")).collect()
}
