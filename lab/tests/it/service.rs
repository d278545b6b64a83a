//! The server around the API: tokens, limits, TLS, faults, the log and the control endpoints.

use std::time::Duration;

use lab::{Fault, GitLab};
use serde_json::{Value, json};

use crate::client::{Client, http};

#[tokio::test]
async fn tokens_are_checked() {
    let lab = GitLab::start().await;
    let wrong = Client::with_token(&lab, "wrong").get("/user").await;
    assert_eq!(wrong.expect(401), json!({"message": "401 Unauthorized"}));
    let reader = Client::with_token(&lab, &lab.read_token);
    assert_eq!(reader.get("/user").await.expect(200)["username"], "root");
    let refused = reader.post("/groups", json!({"name": "a", "path": "a"})).await.expect(403);
    assert_eq!(refused["error"], "insufficient_scope");
    let bearer = http(None).get(format!("{}/user", lab.api())).bearer_auth(&lab.token).send().await.unwrap();
    assert_eq!(bearer.status(), 200);
}

#[tokio::test]
async fn forms_and_queries_are_as_good_as_json() {
    let lab = GitLab::start().await;
    let request = http(None).post(format!("{}/groups?path=by-query", lab.api())).header("PRIVATE-TOKEN", &lab.token);
    let form = request.header("Content-Type", "application/x-www-form-urlencoded").body("name=By+form");
    assert_eq!(form.send().await.unwrap().status(), 201);
    let client = Client::of(&lab);
    assert_eq!(client.get("/groups/by-query").await.expect(200)["name"], "By form");
    let logged = &lab.requests()[0];
    assert_eq!(logged.to_string(), r#"POST /groups ?path="by-query" name="By form" → 201"#);
}

#[tokio::test]
async fn every_answer_tells_the_rate_limit() {
    let lab = GitLab::builder().rate_limit(2, Duration::from_secs(600)).start().await.unwrap();
    let client = Client::of(&lab);
    let first = client.get("/version").await;
    assert_eq!((first.header("ratelimit-limit"), first.header("ratelimit-remaining")), ("2", "1"));
    assert_eq!(first.header("ratelimit-observed"), "1");
    assert!(first.header("ratelimit-reset").parse::<u64>().unwrap() > 1_700_000_000);
    client.get("/nowhere").await.expect(404);
    let refused = client.get("/version").await;
    assert_eq!((refused.status, refused.text.as_str()), (429, "Retry later\n"));
    assert_eq!(refused.header("retry-after"), "600");
}

#[tokio::test]
async fn a_limit_without_enforcement_only_counts() {
    let lab = GitLab::start().await;
    assert_eq!(Client::of(&lab).get("/version").await.header("ratelimit-remaining"), "1999");
}

#[tokio::test]
async fn tls_is_trusted_with_the_certificate_and_only_then() {
    let lab = GitLab::builder().tls().start().await.unwrap();
    assert!(lab.url.starts_with("https://127.0.0.1:"));
    Client::of(&lab).get("/version").await.expect(200);
    let other = GitLab::builder().tls().start().await.unwrap();
    let stranger = http(other.pem.as_deref()).get(format!("{}/version", lab.api())).send().await;
    assert!(stranger.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_status_comes_instead_of_the_answer_once() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    lab.fault(Fault::on("POST", "/groups").nth(2).status(503, "no healthy upstream").header("Retry-After", "0"));
    client.post("/groups", json!({"name": "a", "path": "a"})).await.expect(201);
    let struck = client.post("/groups", json!({"name": "b", "path": "b"})).await;
    assert_eq!((struck.status, struck.header("retry-after")), (503, "0"));
    assert_eq!(struck.text, "no healthy upstream");
    client.get("/groups/b").await.expect(404);
    client.post("/groups", json!({"name": "b", "path": "b"})).await.expect(201);
    assert_eq!(lab.count("POST", "/groups"), 3);
    assert_eq!(lab.count("*", "/groups/*"), 1);
    lab.clear_log();
    assert_eq!(lab.requests(), []);
}

#[tokio::test]
async fn a_reset_before_leaves_nothing_and_one_after_leaves_the_object() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    let create = async |path: &str| client.try_send("POST", "/groups", &json!({"name": path, "path": path})).await;
    lab.fault(Fault::on("POST", "/groups").reset_before());
    create("before").await.unwrap_err();
    client.get("/groups/before").await.expect(404);
    lab.fault(Fault::on("POST", "/groups").reset_after());
    create("after").await.unwrap_err();
    client.get("/groups/after").await.expect(200);
    let statuses: Vec<u16> = lab.requests().iter().map(|request| request.status).collect();
    assert_eq!(statuses, [0, 404, 201, 200]);
}

#[tokio::test]
async fn a_cut_body_ends_in_the_middle() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    lab.fault(Fault::on("GET", "/user").cut());
    let request = http(None).get(format!("{}/user", lab.api())).header("PRIVATE-TOKEN", &lab.token);
    let mut response = request.send().await.expect("the head arrives");
    assert_eq!(response.status(), 200);
    let promised = response.content_length().unwrap();
    let half = response.chunk().await.expect("half of the body arrives").unwrap();
    assert_eq!(half.len() as u64, promised / 2);
    response.chunk().await.unwrap_err();
    client.get("/user").await.expect(200);
}

#[tokio::test]
async fn a_malformed_body_is_not_json() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    lab.fault(Fault::on("*", "/**").malformed());
    let reply = client.post("/groups", json!({"name": "a", "path": "a"})).await;
    assert_eq!((reply.status, reply.body), (201, Value::Null));
    client.get("/groups/a").await.expect(200);
}

#[tokio::test]
async fn a_hanging_request_is_not_executed() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    lab.fault(Fault::on("DELETE", "/groups/*").hang());
    client.post("/groups", json!({"name": "a", "path": "a"})).await.expect(201);
    let answer = tokio::time::timeout(Duration::from_millis(200), client.delete("/groups/a")).await;
    assert!(answer.is_err());
    client.get("/groups/a").await.expect(200);
}

#[tokio::test]
async fn a_stalled_request_is_executed_and_not_answered() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    lab.fault(Fault::on("POST", "/groups").stall());
    let create = client.post("/groups", json!({"name": "a", "path": "a"}));
    assert!(tokio::time::timeout(Duration::from_millis(200), create).await.is_err());
    client.get("/groups/a").await.expect(200);
}

/// What a careless server does with secrets.
#[tokio::test]
async fn an_echo_repeats_all_that_was_sent() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    lab.fault(Fault::on("POST", "/groups").echo(400));
    let refusal = client.post("/groups", json!({"name": "a\"b", "path": "a"})).await.expect(400);
    let said = refusal["message"].as_str().unwrap();
    assert!(said.contains(r#""name":"a\"b""#) && said.contains(&lab.token), "{said}");
    assert_eq!(refusal["errors"], json!([said]));
    assert_eq!(serde_json::from_slice::<Value>(&lab.requests()[0].answer).unwrap(), refusal);
    client.get("/groups/a").await.expect(404);
}

#[tokio::test]
async fn a_delayed_request_is_executed() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    lab.fault(Fault::on("GET", "/version").delay(Duration::from_millis(60)));
    let start = std::time::Instant::now();
    client.get("/version").await.expect(200);
    assert!(start.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn other_processes_use_the_control_endpoints() {
    let lab = GitLab::start().await;
    let client = Client::of(&lab);
    let control =
        |method: &str, path: &str| http(None).request(method.parse().unwrap(), format!("{}/lab/{path}", lab.url));
    let fault = json!({"method": "GET", "path": "/version", "effect": {"status": {"status": 500, "body": "oops"}}});
    let set = control("POST", "faults").body(fault.to_string()).send().await.unwrap();
    assert_eq!(set.status(), 204);
    assert_eq!(client.get("/version").await.text, "oops");
    client.get("/nowhere").await.expect(404);
    let requests: Value =
        serde_json::from_str(&control("GET", "requests").send().await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!((&requests[0]["path"], &requests[0]["status"]), (&json!("/version"), &json!(500)));
    let violations = control("GET", "violations").send().await.unwrap().text().await.unwrap();
    assert_eq!(violations, r#"["GET /api/v4/nowhere is no endpoint"]"#);
    let wrong = control("POST", "faults").body(r#"{"method": "GET"}"#).send().await.unwrap();
    assert_eq!(wrong.status(), 400);
    control("POST", "reset").send().await.unwrap();
    assert_eq!((lab.requests().len(), lab.violations().len()), (0, 0));
}

#[tokio::test]
async fn the_demonstration_is_valid_and_survives_a_reset() {
    let lab = GitLab::builder().demo().start().await.unwrap();
    for _ in 0..2 {
        let (status, projects) = lab.call("GET", "/groups/acme/projects?include_subgroups=true", &Value::Null);
        assert_eq!((status, projects.as_array().unwrap().len()), (200, 2));
        assert_eq!(lab.call("DELETE", "/groups/acme", &Value::Null).0, 202);
        lab.reset();
    }
    assert_eq!(lab.requests(), []);
}

#[test]
fn code_without_a_runtime_has_the_same_server() {
    let lab = lab::blocking::GitLab::start();
    assert_eq!(lab.call("POST", "/groups", &json!({"name": "a", "path": "a"})).0, 201);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { Client::of(&lab).get("/groups/a").await.expect(200) });
    assert_eq!(lab.count("GET", "/groups/*"), 1);
}

#[test]
fn the_command_announces_itself_and_ends_with_its_input() {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_lab"));
    let command = command.args(["gitlab", "--seed", "demo"]);
    let piped = || std::process::Stdio::piped();
    let mut child = command.stdin(piped()).stdout(piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.as_mut().unwrap()), &mut line).unwrap();
    let announced: Value = serde_json::from_str(&line).unwrap();
    assert!(announced["url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert!(announced["token"].is_string());
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());

    let wrong = std::process::Command::new(env!("CARGO_BIN_EXE_lab")).arg("gitea").output().unwrap();
    assert!(!wrong.status.success());
    assert!(String::from_utf8(wrong.stderr).unwrap().contains("there is no server `gitea`"));
}
