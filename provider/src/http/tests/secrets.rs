//! No secret in any error or log, whatever the server echoes.

use super::log::Log;
use super::server::{Act, Server, answer, cut, fail};
use crate::http::Request;
use crate::path;

const SECRET: &str = "hunter2 \"quoted\"/ä";
const CREDENTIAL: &str = "glpat-credential";

fn echoes() -> Vec<Act> {
    let json =
        serde_json::json!({ "message": format!("bad value {SECRET} for {CREDENTIAL}"), "value": SECRET }).to_string();
    let plain = format!("you sent {SECRET} with {CREDENTIAL}");
    let ranges = ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found", "409 Conflict", "422 x"];
    let mut acts: Vec<_> = ranges.iter().map(|status| answer(status, "", &json)).collect();
    acts.extend(["429 x", "500 x", "502 x", "503 x"].iter().map(|status| answer(status, "", &plain)));
    acts.push(answer("302 Found", &format!("location: https://x/?token={CREDENTIAL}\r\n"), ""));
    acts.push(answer("200 OK", "", &plain));
    acts.push(answer("200 OK", "", &json[..json.len() - 8]));
    acts.push(answer("200 OK", "", "{\"token\":\"glpat-creden"));
    acts.extend([cut(&plain), Act::Close, Act::Reset, Act::Silence]);
    acts
}

#[tokio::test]
async fn no_secret_is_shown_or_logged() {
    let log = Log::capture();
    let mut errors = String::new();
    for act in echoes() {
        for request in [Request::get(path!("x" / SECRET)), Request::post(path!("x"))] {
            let server = Server::start(vec![act.clone()]).await;
            let request = request
                .query("private_token", SECRET)
                .json(serde_json::json!({ "value": SECRET }))
                .secret(SECRET)
                .purpose(format!("store {SECRET}"));
            let error = match server.transport().send(request).await {
                Ok(answer) => answer.json().unwrap_err(),
                Err(error) => error,
            };
            errors.push_str(&format!("{error}\n{error:?}\n"));
        }
    }
    for text in [errors, log.text()] {
        assert!(text.contains("(redacted)"), "{text}");
        for secret in ["hunter2", "quoted", "glpat-creden"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[tokio::test]
async fn an_exchange_is_logged() {
    let log = Log::capture();
    let server = Server::start(vec![Act::Close, answer("200 OK", "", "{\"id\":1}")]).await;
    let transport = server.transport();
    transport.send(Request::get(path!("groups")).query("page", 2)).await.unwrap();
    drop(transport);

    let text = log.text();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("DEBUG message=exchange method=GET url=") && lines[0].contains("problem="), "{text}");
    assert!(lines[1].contains("query=\"page=2\" status=200 duration_ms=") && lines[1].ends_with("try=2"), "{text}");
    assert!(lines[2].starts_with("TRACE message=answer body") && lines[2].contains(r#"body="{\"id\":1}""#), "{text}");
    assert!(lines[3].starts_with("INFO message=requests sent") && lines[3].contains("GET (other): 2"), "{text}");
}

/// A secret is read that nobody sent, so no redactor knows it.
#[tokio::test]
async fn of_a_confidential_answer_only_the_servers_own_words_are_shown() {
    let log = Log::capture();
    let mut errors = String::new();
    for act in [
        answer("500 x", "", &format!("{{\"data\":\"{SECRET}\"")),
        answer("403 Forbidden", "", &format!("{SECRET} is not for you")),
        answer("200 OK", "", &format!("{{\"data\":\"{SECRET}\"")),
        cut(SECRET),
    ] {
        let server = Server::start(vec![act]).await;
        let request = Request::get(path!("x")).confidential();
        let failed = match server.transport().send(request).await {
            Ok(answer) => answer.json().unwrap_err(),
            Err(error) => error,
        };
        errors.push_str(&format!("{failed}\n{failed:?}\n"));
    }
    assert!(errors.contains("403 Forbidden"), "{errors}");
    assert!(!errors.contains("hunter2") && !log.text().contains("hunter2"), "{errors}");
}

/// A key in an object is shown by other answers; its value is not, whatever it is.
#[tokio::test]
async fn all_values_of_an_object_are_secrets_of_its_request() {
    let data = serde_json::json!({ "password": "hunter2", "user": "app", "deep": [{ "pin": 19_541_107 }, true] });
    let echo = serde_json::json!({ "message": data.to_string() }).to_string();
    let server = Server::start(vec![answer("400 Bad Request", "", &echo)]).await;
    let request = Request::post(path!("app/db")).secrets_in(&data).json(data.clone()).confidential();
    let text = fail(&server.transport(), request).await.to_string();
    assert!(["/app/db", "password", "pin"].iter().all(|word| text.contains(word)), "{text}");
    assert!(!text.contains("hunter2") && !text.contains("19541107"), "{text}");
}
