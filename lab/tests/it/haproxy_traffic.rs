//! The real HAProxy behind the API: traffic flows while it is changed, and what it refuses changes nothing.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use lab::haproxy::{Builder, Upstream, free_port};
use lab::http::plain;
use lab::{Fault, HaProxy};
use serde_json::{Value, json};

use crate::haproxy_client::{Edge, certificate};

/// Asks over and over, a connection for each request, until it is told to stop.
struct Traffic {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<String>>,
}

impl Traffic {
    fn to(port: u16, host: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (told, host) = (Arc::clone(&stop), host.to_owned());
        let thread = thread::spawn(move || {
            let mut answers = Vec::new();
            while !told.load(Ordering::Relaxed) {
                answers.push(ask(port, &host));
            }
            answers
        });
        Self { stop, thread }
    }

    fn answers(self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("it only asks")
    }
}

/// Status and body, or what went wrong.
fn ask(port: u16, host: &str) -> String {
    let answer = plain::exchange(&format!("127.0.0.1:{port}"), "GET", "/", &[("Host", host)], &[]);
    answer.map_or_else(|error| error.to_string(), |(status, body)| format!("{status} {body}"))
}

/// Opens a transaction, makes these changes in it and commits it with a forced reload: status and message.
async fn commit(lab: &HaProxy, changes: &[(&str, &str, Value)]) -> (u16, String) {
    let client = Edge::of(lab);
    let opened = client.send("POST", &format!("/transactions?version={}", lab.version()), &Value::Null).await;
    let id = opened.body["id"].as_str().expect("a transaction has an id").to_owned();
    for (method, path, body) in changes {
        let changed = client.send(method, &format!("/configuration{path}?transaction_id={id}"), body).await;
        assert_eq!(changed.status, 202, "{method} {path}: {}", changed.text);
    }
    let committed = client.send("PUT", &format!("/transactions/{id}?force_reload=true"), &Value::Null).await;
    (committed.status, committed.body["message"].as_str().unwrap_or_default().to_owned())
}

/// A frontend with a bind and a map of hosts, and a backend for each upstream.
async fn with_routes(builder: Builder, upstreams: &[(&str, &Upstream)]) -> (HaProxy, u16) {
    let lab = builder.map("hosts.map", "").start().await.expect("HAProxy starts");
    let (port, map) = (free_port(), lab.paths().maps.join("hosts.map"));
    let mut changes = vec![
        ("POST", "/frontends".to_owned(), json!({"name": "edge", "mode": "http"})),
        ("POST", "/frontends/edge/binds".to_owned(), json!({"name": "http", "address": "127.0.0.1", "port": port})),
        (
            "POST",
            "/frontends/edge/backend_switching_rules/0".to_owned(),
            json!({"name": format!("%[req.hdr(host),lower,map({})]", map.display())}),
        ),
    ];
    for (name, upstream) in upstreams {
        changes.push(("POST", "/backends".to_owned(), json!({"name": name, "mode": "http"})));
        let server = json!({"name": "s", "address": "127.0.0.1", "port": upstream.port});
        changes.push(("POST", format!("/backends/{name}/servers"), server));
    }
    let changes: Vec<_> = changes.iter().map(|(method, path, body)| (*method, path.as_str(), body.clone())).collect();
    assert_eq!(commit(&lab, &changes).await, (200, String::new()));
    (lab, port)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traffic_flows_through_every_reload() {
    let (one, two) = (Upstream::http("one"), Upstream::http("two"));
    let (lab, port) = with_routes(HaProxy::builder(), &[("one", &one), ("two", &two)]).await;
    let entry = |value: &str| json!({"key": "a.test", "value": value});
    lab.act("POST", "/runtime/maps/hosts.map/entries?force_sync=true", &entry("one"));
    assert_eq!(ask(port, "a.test"), "200 one");
    let traffic = Traffic::to(port, "A.test");
    let (before, worker) = (lab.reloads(), lab.worker_pid());
    for round in 0..5 {
        let name = format!("more{round}");
        let added = commit(&lab, &[("POST", "/backends", json!({"name": name, "mode": "http"}))]).await;
        assert_eq!(added, (200, String::new()));
    }
    assert_eq!(lab.reloads(), before + 5);
    assert_ne!(lab.worker_pid(), worker);
    lab.act("PUT", "/runtime/maps/hosts.map/entries/a.test?force_sync=true", &entry("two"));
    assert_eq!(ask(port, "a.test"), "200 two");
    assert_eq!(lab.map_text("hosts.map").as_deref(), Some("a.test two\n"));
    let answers = traffic.answers();
    let lost: Vec<&String> =
        answers.iter().filter(|answer| !["200 one", "200 two"].contains(&answer.as_str())).collect();
    assert!(lost.is_empty(), "{} of {}: {lost:?}", lost.len(), answers.len());
    assert!(answers.len() > 20, "{}", answers.len());
    assert_eq!(lab.violations(), [""; 0]);
}

#[tokio::test]
async fn what_haproxy_refuses_leaves_the_file_as_it_is() {
    for builder in [HaProxy::builder(), HaProxy::builder().old()] {
        let lab = builder.start().await.expect("HAProxy starts");
        let (before, worker) = (lab.config_text(), lab.worker_pid());
        let frontend = json!({"name": "bad", "mode": "http", "default_backend": "missing"});
        let (status, message) = commit(&lab, &[("POST", "/frontends", frontend)]).await;
        assert_eq!(status, 400);
        let said = "msg=\"config Proxy 'bad': unable to find required default_backend: 'missing'.\"";
        assert!(message.contains(said), "{message}");
        assert_eq!(lab.config_text(), before);
        assert_eq!((lab.version(), lab.worker_pid(), lab.reloads()), (1, worker, 0));
        assert_eq!(lab.open_transactions(), [""; 0]);
        assert_eq!(ask(lab.status_port, "any"), "200 up");
    }
}

#[tokio::test]
async fn an_occupied_port_is_told_and_undone_as_with_3_0() {
    let lab = HaProxy::start().await;
    let (before, worker) = (lab.config_text(), lab.worker_pid());
    let occupied = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = occupied.local_addr().unwrap().port();
    let bind = json!({"name": "taken", "address": "127.0.0.1", "port": port});
    let (status, message) = commit(&lab, &[("POST", "/frontends/status/binds", bind)]).await;
    assert_eq!(status, 400);
    assert!(message.starts_with("Reload failed: failed to reload configuration, "), "{message}");
    let said = format!("cannot bind socket (Address already in use) [127.0.0.1:{port}]");
    assert!(message.replace("for [", "[").contains(&said), "{message}");
    assert_eq!(lab.config_text(), before);
    assert_eq!((lab.version(), lab.worker_pid()), (2, worker), "the counter moved on, the worker did not");
    assert_eq!(lab.processes().failed, 1);
    assert_eq!(ask(lab.status_port, "any"), "200 up");
}

#[tokio::test]
async fn an_occupied_port_is_not_told_and_stays_as_with_2_6() {
    let lab = HaProxy::builder().old().start().await.unwrap();
    let worker = lab.worker_pid();
    let occupied = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = occupied.local_addr().unwrap().port();
    let bind = json!({"name": "taken", "address": "127.0.0.1", "port": port});
    assert_eq!(commit(&lab, &[("POST", "/frontends/status/binds", bind)]).await, (200, String::new()));
    assert!(lab.config_text().contains(&format!("bind 127.0.0.1:{port} name taken")));
    assert_eq!((lab.worker_pid(), lab.processes().failed), (worker, 1));
    let info = Edge::of(&lab).send("GET", "/runtime/info", &Value::Null).await;
    assert_eq!(info.body["info"]["pid"], worker, "that is how it can be found out");
    assert_eq!(ask(lab.status_port, "any"), "200 up");
    drop(occupied);
    let path = "/configuration/frontends/status/binds/taken?version=2&force_reload=true";
    lab.act("DELETE", path, &Value::Null);
    assert_ne!(lab.worker_pid(), worker);
}

#[tokio::test]
async fn help_of_the_master_becomes_entries_as_with_2_6() {
    let one = Upstream::http("one");
    let (lab, port) = with_routes(HaProxy::builder().old(), &[("one", &one)]).await;
    let entry = json!({"key": "a.test", "value": "one"});
    lab.act("POST", "/runtime/maps/hosts.map/entries", &entry);
    assert_eq!(lab.map_text("hosts.map").as_deref(), Some(""), "it is written only when asked for");
    assert_eq!(ask(port, "a.test"), "200 one");
    lab.act("PUT", "/runtime/maps/hosts.map/entries/a.test?force_sync=true", &entry);
    let text = lab.map_text("hosts.map").unwrap();
    assert!(text.contains("\nversion :\n") && text.ends_with("\na.test one\n"), "{text}");
    lab.act("DELETE", "/runtime/maps/hosts.map/entries/missing", &Value::Null);
}

#[tokio::test]
async fn what_others_wrote_is_kept() {
    let lab = HaProxy::start().await;
    let before = lab.config_text();
    let object =
        json!({"name": "more", "mode": "tcp", "servers": {"s": {"name": "s", "address": "127.0.0.1", "port": 1}}});
    lab.act("POST", "/configuration/backends?version=1&full_section=true&force_reload=true", &object);
    let added = "\nbackend more\n  mode tcp\n  server s 127.0.0.1:1\n";
    let after = lab.config_text();
    assert!(after.ends_with(added), "{after}");
    // The library names the defaults of what it read without.
    let status = before[before.find("# of the house").unwrap()..]
        .replace("frontend status", "frontend status from unnamed_defaults_1");
    assert!(after.strip_suffix(added).unwrap().ends_with(&status), "{after}");
    lab.act("DELETE", "/configuration/backends/more?version=2&force_reload=true", &Value::Null);
    assert!(lab.config_text().ends_with(&status));
    assert_eq!(lab.call("PUT", "/services/haproxy/configuration/backends/more?version=3", &object).0, 404);
}

#[tokio::test]
async fn a_colleague_outdates_what_is_open_and_too_much_is_refused() {
    let lab = HaProxy::start().await;
    let id = lab.colleague_opens();
    assert_eq!(lab.open_transactions(), [id.as_str()]);
    lab.colleague_adds_backend("theirs");
    assert_eq!(lab.open_transactions(), [""; 0]);
    assert_eq!(lab.call("PUT", &format!("/services/haproxy/transactions/{id}"), &Value::Null).0, 406);
    for _ in 0..20 {
        assert!(!lab.colleague_opens().is_empty());
    }
    let more = Edge::of(&lab).send("POST", "/transactions?version=2", &Value::Null).await;
    assert_eq!((more.status, lab.open_transactions().len()), (429, 20));
    lab.fault(Fault::on("GET", "/services/haproxy/configuration/version").status(503, ""));
    assert_eq!(Edge::of(&lab).send("GET", "/configuration/version", &Value::Null).await.status, 503);
    assert_eq!(lab.count("GET", "/services/haproxy/configuration/version"), 1);
}

#[tokio::test]
async fn a_certificate_that_is_replaced_is_shown_after_the_reload() {
    let lab = HaProxy::start().await;
    let client = Edge::of(&lab);
    let (one, two) = (certificate("one.test"), certificate("two.test"));
    let uploaded = client.upload("/storage/ssl_certificates?skip_reload=true", "edge.pem", &one).await;
    assert_eq!((uploaded.status, &uploaded.body["issuers"]), (201, &json!("one.test")), "{}", uploaded.text);
    let (port, file) = (free_port(), lab.paths().certificates.join("edge.pem"));
    let bind = json!({"name": "https", "address": "127.0.0.1", "port": port, "ssl": true, "ssl_certificate": file});
    let bound = commit(&lab, &[("POST", "/frontends/status/binds", bind)]).await;
    assert_eq!(bound, (200, String::new()));
    let pem = |whole: &str| whole.split_inclusive("-----END CERTIFICATE-----\n").next().unwrap().to_owned();
    let ask = async |trusted: &str, host: &str| {
        let address = format!("127.0.0.1:{port}").parse().unwrap();
        let authority = reqwest::Certificate::from_pem(trusted.as_bytes()).unwrap();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([authority]).resolve(host, address);
        let answer = client.build().unwrap().get(format!("https://{host}:{port}/")).send().await;
        answer.map(|answer| answer.status().as_u16()).ok()
    };
    assert_eq!(ask(&pem(&one), "one.test").await, Some(200));
    let path = "/v3/services/haproxy/storage/ssl_certificates/edge.pem?force_reload=true";
    assert_eq!(client.send_text("PUT", path, "text/plain", two.clone()).await.status, 200);
    assert_eq!(ask(&pem(&one), "one.test").await, None);
    assert_eq!(ask(&pem(&two), "two.test").await, Some(200));
    assert_eq!(lab.certificate_text("edge.pem"), Some(two));
}

#[tokio::test]
async fn tls_passes_through_to_the_server_that_its_name_chooses() {
    let behind = Upstream::tls("behind");
    let lab = HaProxy::builder().map("sni.map", "localhost behind\n").start().await.unwrap();
    let (port, map) = (free_port(), lab.paths().maps.join("sni.map"));
    let done = commit(
        &lab,
        &[
            ("POST", "/frontends", json!({"name": "pass", "mode": "tcp"})),
            ("POST", "/frontends/pass/binds", json!({"name": "b", "address": "127.0.0.1", "port": port})),
            ("POST", "/frontends/pass/tcp_request_rules/0", json!({"type": "inspect-delay", "timeout": 3000})),
            (
                "POST",
                "/frontends/pass/tcp_request_rules/1",
                json!({"type": "content", "action": "accept", "cond": "if", "cond_test": "{ req.ssl_hello_type 1 }"}),
            ),
            (
                "POST",
                "/frontends/pass/backend_switching_rules/0",
                json!({"name": format!("%[req.ssl_sni,lower,map({})]", map.display())}),
            ),
            ("POST", "/backends", json!({"name": "behind", "mode": "tcp"})),
            ("POST", "/backends/behind/servers", json!({"name": "s", "address": "127.0.0.1", "port": behind.port})),
        ],
    )
    .await;
    assert_eq!(done, (200, String::new()));
    let client = crate::client::http(behind.pem.as_deref());
    let answer = client.get(format!("https://localhost:{port}/")).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "behind");
    assert_eq!(behind.served(), 1);
}
