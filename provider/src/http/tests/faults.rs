//! Which fault is repeated for which method, and what the user is told.

use tfplugin::Error;
use tfplugin::value::{Path, Step};
use tokio::net::TcpSocket;

use super::server::{Act, Server, answer, cut, fail, settings};
use crate::http::{Method, Request, Transport};
use crate::path;

const METHODS: [Method; 5] = [Method::Get, Method::Put, Method::Delete, Method::Post, Method::Patch];

fn class(error: &Error) -> &'static str {
    if error.is_answer_lost() {
        "lost"
    } else if error.is_not_found() {
        "not found"
    } else if error.is_conflict() {
        "conflict"
    } else {
        "failed"
    }
}

/// For GET, for PUT and DELETE, and for POST and PATCH: how many requests are sent, and the class of the error.
type Row = (&'static str, Act, (usize, &'static str), (usize, &'static str), (usize, &'static str));

fn table() -> Vec<Row> {
    let (failed, repeated) = ((1, "failed"), (3, "failed"));
    let (lost, lost_again) = ((1, "lost"), (3, "lost"));
    let at_once = "retry-after: 0\r\n";
    vec![
        ("reset", Act::Reset, repeated, lost_again, lost),
        ("closed", Act::Close, repeated, lost_again, lost),
        ("cut body", cut("{\"id\":"), repeated, lost_again, lost),
        ("no answer", Act::Silence, repeated, lost_again, lost),
        ("429", answer("429 Too Many Requests", "", "Retry later"), repeated, repeated, repeated),
        ("500", answer("500 Internal Server Error", "", ""), repeated, failed, lost),
        ("501", answer("501 Not Implemented", "", ""), failed, failed, failed),
        ("502", answer("502 Bad Gateway", "", ""), repeated, lost_again, lost),
        ("503", answer("503 Service Unavailable", "", ""), repeated, repeated, lost),
        ("503 with Retry-After", answer("503 Service Unavailable", at_once, ""), repeated, repeated, repeated),
        ("504", answer("504 Gateway Timeout", "", ""), repeated, lost_again, lost),
        ("595", answer("595 No route to host", "", ""), repeated, repeated, repeated),
        ("596", answer("596 Connection timed out", "", ""), repeated, lost_again, lost),
        ("busy", answer("500 x", "", r#"{"message":"got lock request timeout"}"#), repeated, repeated, repeated),
        (
            "500 that means 404",
            answer("500 x", "", r#"{"message":"does not exist"}"#),
            (1, "not found"),
            (1, "not found"),
            (1, "not found"),
        ),
        ("500 that declines", answer("500 x", "", r#"{"message":"no"}"#), failed, failed, failed),
        ("301", answer("301 Moved Permanently", "location: /x\r\n", ""), failed, failed, failed),
        ("400", answer("400 Bad Request", "", "{}"), failed, failed, failed),
        ("401", answer("401 Unauthorized", "", "{}"), failed, failed, failed),
        ("403", answer("403 Forbidden", "", "{}"), failed, failed, failed),
        ("404", answer("404 Not Found", "", "{}"), (1, "not found"), (1, "not found"), (1, "not found")),
        ("404 of a stranger", answer("404 x", "", r#"{"message":"not mine"}"#), failed, failed, failed),
        ("503 of a stranger", answer("503 x", "", r#"{"message":"not mine"}"#), repeated, repeated, lost),
        ("409", answer("409 Conflict", "", "{}"), (1, "conflict"), (1, "conflict"), (1, "conflict")),
    ]
}

#[tokio::test]
async fn a_fault_is_repeated_only_where_that_is_safe() {
    for (fault, act, read, put, post) in table() {
        for method in METHODS {
            let expected = match method {
                Method::Get => read,
                Method::Put | Method::Delete => put,
                Method::Post | Method::Patch => post,
            };
            let server = Server::start(vec![act.clone()]).await;
            let error = fail(&server.transport(), Request::new(method, path!("groups/7"))).await;
            assert_eq!((server.requests().len(), class(&error)), expected, "{method} and {fault}: {error}");
            assert!(error.message().starts_with(&format!("{method} {}groups/7 ", server.address)), "{error}");
        }
    }
}

#[tokio::test]
async fn a_reason_in_the_status_line_points_at_what_the_user_set() {
    let body = r#"{"message":"the reason is above"}"#;
    let server = Server::start(vec![answer("400 memory is too small", "", body)]).await;
    let place = Path(vec![Step::Attribute("memory".into()), Step::Attribute("dedicated".into())]);
    let request = || Request::put(path!("vm"));
    let error = fail(&server.transport(), request().places([("memory".to_owned(), place.clone())])).await;
    assert!(error.message().ends_with("answered 400 Bad Request: memory is too small"), "{error}");
    assert_eq!(error.path(), Some(&place));
    assert_eq!(fail(&server.transport(), request()).await.path(), None);
}

#[tokio::test]
async fn a_refused_connection_is_tried_again_by_every_method() {
    // Bound, so that no other test gets the port, but not listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = format!("http://{}", socket.local_addr().unwrap());
    for method in METHODS {
        let transport = Transport::new(settings(&address)).unwrap();
        let error = fail(&transport, Request::new(method, path!("x"))).await;
        assert_eq!(class(&error), "failed");
        assert!(error.message().contains("got no connection: Connection refused"), "{error}");
        assert!(error.message().ends_with("(tried 3 times)"), "{error}");
        assert!(error.hint_text().unwrap().contains("GITLAB_BASE_URL"), "{error}");
    }
}

#[tokio::test]
async fn an_unknown_host_is_named() {
    let transport = Transport::new(settings("http://gitlab.invalid")).unwrap();
    let error = fail(&transport, Request::get(path!("x"))).await;
    assert!(error.message().starts_with("GET http://gitlab.invalid/x cannot find the host: "), "{error}");
    assert!(error.hint_text().unwrap().contains("host name"), "{error}");
}

#[tokio::test]
async fn a_passing_fault_ends_in_the_answer() {
    let script = vec![Act::Reset, answer("503 x", "", ""), answer("200 OK", "x-next-page: 2\r\n", "{\"id\":1.50}")];
    let server = Server::start(script).await;
    let answer = server.transport().send(Request::get(path!("groups")).query("search", "a b&c")).await.unwrap();
    assert_eq!((answer.status(), answer.header("x-next-page")), (200, Some("2")));
    assert_eq!(answer.json().unwrap().to_string(), "{\"id\":1.50}");
    assert!(server.requests()[2].starts_with("GET /api/v4/groups?search=a+b%26c HTTP/1.1\r\n"));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn what_is_sent_is_what_was_asked() {
    let server = Server::start(vec![answer("404 Not Found", "", "gone")]).await;
    let transport = server.transport();
    let request =
        Request::post(path!("x")).json(serde_json::json!({"n": 1})).header("x-vault-namespace", "a/").accept(404);
    assert_eq!(transport.send(request).await.unwrap().text(), "gone");
    let request = Request::put(path!("x")).form([("content", "iso,a"), ("content", "b c")]).accept(404);
    transport.send(request).await.unwrap();
    transport.send(Request::put(path!("x")).bytes("text/plain", "raw").accept(404)).await.unwrap();

    let requests = server.requests();
    for part in
        ["private-token: glpat-credential", "user-agent: terraform-provider-substrate/", "x-vault-namespace: a/"]
    {
        assert!(requests[0].contains(part), "{}", requests[0]);
    }
    assert!(requests[0].contains("content-type: application/json") && requests[0].ends_with("\r\n\r\n{\"n\":1}"));
    assert!(requests[1].ends_with("\r\n\r\ncontent=iso%2Ca&content=b+c"), "{}", requests[1]);
    assert!(requests[2].contains("content-type: text/plain") && requests[2].ends_with("\r\n\r\nraw"));
}

#[tokio::test]
async fn an_error_names_what_was_asked_what_was_said_and_what_to_do() {
    let rows = [
        (
            answer("401 Unauthorized", "", r#"{"message":"401 Unauthorized"}"#),
            "answered 401 Unauthorized",
            "GITLAB_TOKEN",
        ),
        (answer("403 Forbidden", "", r#"{"message":"insufficient_scope"}"#), ": insufficient_scope", "scope"),
        (answer("404 Not Found", "", r#"{"message":"404 Group Not Found"}"#), ": 404 Group Not Found", "not exist"),
        (answer("404 Not Found", "", r#"{"message":"not mine"}"#), ": not mine", "BASE_URL leads to a proxy"),
        (answer("409 Conflict", "", r#"{"message":"taken"}"#), ": taken", "import"),
        (answer("429 Too Many Requests", "", "Retry later\n"), ": Retry later (tried 3 times)", "-parallelism"),
        (answer("500 Internal Server Error", "content-type: text/html\r\n", "<html>"), "Error (tried 3 times)", "log"),
        (
            answer("302 Found", "location: https://git.example.com/x\r\n", ""),
            "to https://git.example.com/x",
            "BASE_URL",
        ),
    ];
    for (act, end, hint) in rows {
        let server = Server::start(vec![act]).await;
        let error =
            fail(&server.transport(), Request::get(path!("groups" / "a/b".trim())).query("statistics", true)).await;
        assert!(error.message().starts_with(&format!("GET {}groups/a%2Fb answered ", server.address)), "{error}");
        assert!(error.message().ends_with(end), "{error}");
        assert!(error.hint_text().unwrap().contains(hint), "{error}");
    }
}

#[tokio::test]
async fn a_lost_answer_says_what_may_exist() {
    let server = Server::start(vec![Act::Reset]).await;
    let request = Request::post(path!("projects")).purpose("create project `acme/site`");
    let error = fail(&server.transport(), request).await;
    assert!(error.is_answer_lost());
    assert!(error.message().contains("the request to create project `acme/site` may have been executed"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_is_no_proof() {
    let conflict = answer("409 Conflict", "", "taken");
    let server = Server::start(vec![Act::Reset, conflict.clone()]).await;
    let error = fail(&server.transport(), Request::post(path!("x")).repeatable(true)).await;
    assert!(error.is_answer_lost() && error.message().contains("409 Conflict: taken"), "{error}");

    let server = Server::start(vec![Act::Reset, answer("404 Not Found", "", "")]).await;
    assert!(fail(&server.transport(), Request::delete(path!("x"))).await.is_not_found());

    let server = Server::start(vec![Act::Reset, answer("200 OK", "", "{}")]).await;
    assert!(server.transport().send(Request::put(path!("x"))).await.is_ok());
}

#[tokio::test]
async fn an_answer_that_is_not_json_is_shown_in_part() {
    let server = Server::start(vec![answer("200 OK", "", &format!("<html>{}", "sign in ".repeat(100)))]).await;
    let error = server.transport().send(Request::get(path!("user"))).await.unwrap().json().unwrap_err();
    assert!(
        error.message().contains("user answered 200 OK with something that is not JSON: expected value"),
        "{error}"
    );
    assert!(error.message().contains("<html>sign in sign in") && error.message().len() < 400, "{error}");
    assert!(error.hint_text().unwrap().contains("GITLAB_BASE_URL"));

    let error = server.transport().send(Request::post(path!("x"))).await.unwrap().json().unwrap_err();
    assert!(error.is_answer_lost(), "{error}");
}

#[tokio::test]
async fn a_path_to_another_object_is_not_sent() {
    let server = Server::start(vec![Act::Close]).await;
    let error = fail(&server.transport(), Request::delete(path!("groups" / "..".trim()))).await;
    assert!(error.message().contains("`..` cannot be part"), "{error}");
    assert!(server.requests().is_empty());
}

#[test]
fn an_address_is_checked() {
    for (address, problem) in [
        ("gitlab.example.com", "is not a URL"),
        ("ftp://x", "begins with neither"),
        ("https://user:hunter2@x", "holds a user name or a password"),
        ("https://x/?a=b", "has a `?` or `#` part"),
    ] {
        let error = Transport::new(settings(address)).err().unwrap();
        assert!(error.message().contains(problem) && !error.to_string().contains("hunter2"), "{error}");
    }
    let mut bad = settings("https://x");
    bad.credentials = vec![("private-token".to_owned(), "glpat-broken\n".to_owned())];
    let error = Transport::new(bad).err().unwrap();
    assert!(error.hint_text().unwrap().contains("line break") && !error.to_string().contains("glpat"), "{error}");
}
