//! What no recording holds of the Data Plane API: it follows the published description.

use lab::HaProxy;
use serde_json::{Value, json};

use crate::haproxy_client::Edge;

const FRONTEND: &str = "/configuration/frontends/status";

/// A client, and the id of a transaction.
async fn opened() -> (HaProxy, Edge, String) {
    let lab = HaProxy::start().await;
    let (client, id) = (Edge::of(&lab), lab.colleague_opens());
    (lab, client, id)
}

#[tokio::test]
async fn rules_are_added_changed_and_removed_by_their_places() {
    let (lab, client, id) = opened().await;
    let acl = |name: &str| json!({"acl_name": name, "criterion": "path_beg", "value": "/a"});
    let change = async |method: &str, index: usize, body: Value| {
        client.send(method, &format!("{FRONTEND}/acls/{index}?transaction_id={id}"), &body).await.status
    };
    assert_eq!(change("POST", 0, acl("b")).await, 202);
    assert_eq!(change("POST", 0, acl("a")).await, 202);
    assert_eq!(change("POST", 2, acl("d")).await, 202);
    assert_eq!(change("PUT", 2, acl("c")).await, 202);
    assert_eq!(change("DELETE", 1, Value::Null).await, 202);
    assert_eq!((change("PUT", 2, acl("x")).await, change("DELETE", 2, Value::Null).await), (400, 400));
    assert_eq!(change("POST", 0, json!({"acl_name": "a"})).await, 422);
    let path = format!("{FRONTEND}/acls?transaction_id={id}");
    let names = |list: &Value| list.as_array().unwrap().iter().map(|acl| acl["acl_name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(&client.send("GET", &path, &Value::Null).await.body), ["a", "c"]);
    let one = |index: usize| format!("{FRONTEND}/acls/{index}?transaction_id={id}");
    assert_eq!(client.send("GET", &one(1), &Value::Null).await.body, acl("c"));
    assert_eq!(client.send("GET", &one(2), &Value::Null).await.status, 404);
    assert_eq!(client.send("GET", &format!("{FRONTEND}/acls"), &Value::Null).await.body, json!([]));
    lab.act("PUT", &format!("/transactions/{id}?force_reload=true"), &Value::Null);
    let text = lab.config_text();
    let written =
        "name status # nobody else\n  acl a path_beg /a\n  acl c path_beg /a\n  # always up\n  http-request return";
    assert!(text.contains(written), "{text}");
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let (lab, client, id) = opened().await;
    let look = async |method: &str, path: &str| {
        let reply = client.send(method, path, &Value::Null).await;
        (reply.status, reply.body["message"].as_str().unwrap_or_default().to_owned())
    };
    let (status, said) = look("GET", &format!("{FRONTEND}/binds/none")).await;
    assert_eq!((status, &*said), (404, "missing object: bind none does not exist in frontend status"));
    let none = format!("/configuration/frontends/none?transaction_id={id}");
    assert_eq!(look("DELETE", &none).await, (404, "missing object: Frontend none does not exist".to_owned()));
    assert_eq!(look("PATCH", FRONTEND).await.0, 405);
    assert_eq!(look("GET", "/configuration/caches").await.0, 404);
    assert_eq!(look("GET", "/runtime/maps/none.map/entries").await.0, 404);
    let wrong =
        client.send("POST", &format!("/configuration/frontends?transaction_id={id}"), &json!({"mode": "tcp"})).await;
    assert_eq!((wrong.status, &wrong.body["code"]), (422, &json!(602)));
    let port = json!({"name": "b", "port": 70_000});
    let wrong = client.send("POST", &format!("{FRONTEND}/binds?transaction_id={id}"), &port).await;
    assert_eq!((wrong.status, &wrong.body["code"]), (422, &json!(608)));
    let stranger = Edge::with_password(&lab, "wrong");
    assert_eq!(stranger.send("GET", "/nothing", &Value::Null).await.status, 404);
    assert_eq!(stranger.send("GET", FRONTEND, &Value::Null).await.status, 401);
    assert_eq!(lab.violations(), [""; 0]);
}

#[tokio::test]
async fn what_the_api_would_drop_is_a_violation_and_what_is_not_modelled_is_refused() {
    let (lab, client, id) = opened().await;
    let body = json!({"name": "a", "http_port": 1, "servers": {"s": {"name": "s", "address": "127.0.0.1"}}});
    let path = format!("/configuration/backends?transaction_id={id}");
    assert_eq!(client.send("POST", &path, &body).await.status, 202);
    let server = json!({"name": "s", "address": "127.0.0.1", "port": 1, "weigth": 2});
    let servers = format!("/configuration/backends/a/servers?transaction_id={id}");
    assert_eq!(client.send("POST", &servers, &server).await.status, 202, "without `full_section` there was none");
    let rule = json!({"type": "lua", "lua_action": "x"});
    let rules = format!("{FRONTEND}/http_request_rules/0?transaction_id={id}");
    assert_eq!(client.send("POST", &rules, &rule).await.status, 501);
    let rule = json!({"type": "deny", "deny_status": 403, "lua_action": "x"});
    assert_eq!(client.send("POST", &rules, &rule).await.status, 202);
    let server = json!({"s": {"name": "s", "address": "127.0.0.1", "stick": "enabled"}});
    let whole = json!({"name": "b", "servers": server, "http_request_rule_list": [rule]});
    assert_eq!(client.send("POST", &format!("{path}&full_section=true"), &whole).await.status, 202);
    let of = |path: &str, field: &str| {
        format!("POST /v3/services/haproxy/configuration/backends{path} has no `{field}`, or the lab does not write it")
    };
    let of_rule = "POST /v3/services/haproxy/configuration/frontends/status/http_request_rules/0 has no `lua_action`, or the \
                   lab does not write it";
    assert_eq!(
        lab.violations(),
        [
            of("", "http_port"),
            of("", "servers"),
            of("/a/servers", "weigth"),
            of_rule.to_owned(),
            of("", "http_request_rule_list.lua_action"),
            of("", "servers.stick"),
        ]
    );
}

#[tokio::test]
async fn a_whole_section_that_is_the_same_changes_nothing() {
    let lab = HaProxy::start().await;
    let client = Edge::of(&lab);
    let path = format!("{FRONTEND}?full_section=true");
    let section = client.send("GET", &path, &Value::Null).await.body;
    assert_eq!(section["http_request_rule_list"][0]["type"], "return");
    let before = lab.config_text();
    let written = client.send("PUT", &format!("{path}&version=1"), &section).await;
    assert_eq!((written.status, written.body), (200, section));
    assert_eq!((lab.config_text(), lab.version(), lab.reloads()), (before, 1, 0));
}

#[tokio::test]
async fn a_raw_text_is_taken_up_and_a_bad_one_is_not() {
    let lab = HaProxy::start().await;
    let client = Edge::of(&lab);
    let raw = "/v3/services/haproxy/configuration/raw?version=1";
    let text = lab.config_text().replace("# always up", "# nearly always up");
    let bad = text.replace("mode http", "mode http\n  nothing");
    let send = async |path: &str, text: &str| client.send_text("POST", path, "text/plain", text.to_owned()).await;
    let refused = send(&format!("{raw}&force_reload=true"), &bad).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("unknown keyword 'nothing'"), "{}", refused.text);
    assert_eq!(send(&format!("{raw}&only_validate=true"), &bad).await.status, 400);
    assert_eq!(send(&format!("{raw}&only_validate=true"), &text).await.status, 202);
    assert_eq!((lab.version(), lab.reloads()), (1, 0));
    let worker = lab.worker_pid();
    assert_eq!(send(&format!("{raw}&force_reload=true"), &text).await.status, 201);
    assert!(lab.config_text().contains("# nearly always up") && lab.config_text().contains("# _version=2\n"));
    assert_eq!(lab.version(), 2);
    assert_ne!(lab.worker_pid(), worker);
}

#[tokio::test]
async fn a_reload_that_is_not_forced_comes_after_the_delay_and_is_shared() {
    let lab = HaProxy::builder().reload_delay(std::time::Duration::from_secs(2)).start().await.unwrap();
    let client = Edge::of(&lab);
    let mut ids = Vec::new();
    for (version, name) in [(1, "a"), (2, "b")] {
        let path = format!("/configuration/backends?version={version}");
        let made = client.send("POST", &path, &json!({"name": name})).await;
        assert_eq!(made.status, 202);
        ids.push(made.headers["Reload-ID"].to_str().unwrap().to_owned());
    }
    assert_eq!(ids[0], ids[1]);
    let status =
        async || client.send("GET", &format!("/reloads/{}", ids[0]), &Value::Null).await.body["status"].clone();
    let begin = std::time::Instant::now();
    while status().await != "succeeded" {
        assert!(begin.elapsed().as_secs() < 30, "the reload comes");
    }
    assert_eq!(lab.reloads(), 1);
}
