//! Waits that the server asks for, and budgets that all transports to a host share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue};
use time::OffsetDateTime;
use tokio::time::Instant;

use super::server::{Server, answer, fail, settings};
use crate::http::budget::{Class, Host};
use crate::http::failure::{Asked, Fault};
use crate::http::retry::{Jitter, Retry, asked_wait, repeat};
use crate::http::{Answer, Method, Redactor, Refusal, Request, Rule, Transport};
use crate::path;

const READS: Rule = Rule { method: Method::Get, pattern: "groups/*", per_second: 10.0, burst: 2 };

fn asked() -> Arc<Asked> {
    let origins = settings("http://x").origins;
    let (method, redactor) = (Method::Post, Redactor::default());
    Arc::new(Asked {
        action: None,
        method,
        url: "http://x".into(),
        repeatable: false,
        purpose: None,
        confidential: false,
        places: BTreeMap::new(),
        redactor,
        origins,
    })
}

/// How long three tries take when the first two are answered with 429 and this header.
async fn time_of_three_tries(name: &'static str, value: &str) -> Duration {
    let asked = asked();
    let headers = HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_str(value).unwrap())]);
    let (retry, jitter) = (Retry::default(), Jitter::new());
    let begin = Instant::now();
    let result = repeat(&retry, &jitter, &asked, |number| {
        let (asked, headers, body) = (asked.clone(), headers.clone(), Bytes::new());
        async move {
            let answer = Answer { asked, status: StatusCode::TOO_MANY_REQUESTS, reason: None, headers, body };
            match number {
                3 => Ok(answer),
                _ => Err(Fault::Refused { refusal: Refusal::read(&answer, |_| None), answer }),
            }
        }
    });
    assert!(result.await.is_ok());
    begin.elapsed()
}

#[tokio::test(start_paused = true)]
async fn the_server_is_obeyed_when_it_asks_to_wait() {
    let jitter = 2 * Retry::default().first_wait;
    let seconds = time_of_three_tries("retry-after", "7").await;
    assert!((Duration::from_secs(14)..Duration::from_secs(14) + jitter).contains(&seconds), "{seconds:?}");

    let reset = time_of_three_tries("ratelimit-reset", "9").await;
    assert!((Duration::from_secs(18)..Duration::from_secs(18) + jitter).contains(&reset), "{reset:?}");

    let none = time_of_three_tries("x-other", "9").await;
    assert!(none <= Duration::from_millis(750), "{none:?}");
}

#[test]
fn a_time_of_day_is_a_wait() {
    let wait = |name: &'static str, value: String| {
        asked_wait(&HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_str(&value).unwrap())]))
    };
    let soon = Duration::from_secs(28)..=Duration::from_secs(30);
    let then = OffsetDateTime::from(SystemTime::now() + Duration::from_secs(30));
    let format = time::format_description::parse_borrowed::<2>(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT",
    );
    let date = then.format(&format.unwrap()).unwrap();
    assert!(soon.contains(&wait("retry-after", date.clone()).unwrap()), "{date}");
    assert!(soon.contains(&wait("ratelimit-reset", then.unix_timestamp().to_string()).unwrap()));
    assert_eq!(wait("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT".into()), Some(Duration::ZERO));
    assert_eq!(wait("retry-after", "soon".into()), None);
    assert_eq!(wait("ratelimit-reset", u64::MAX.to_string()), None);
}

#[test]
fn jitter_is_spread() {
    let jitter = Jitter::new();
    let retry = Retry::default();
    let waits: Vec<_> = (1..=1000).map(|_| retry.backoff(20, &jitter)).collect();
    let mean = waits.iter().sum::<Duration>() / 1000;
    assert!(waits.iter().all(|wait| *wait <= retry.longest_wait));
    assert!((Duration::from_secs(13)..Duration::from_secs(17)).contains(&mean), "{mean:?}");
}

#[test]
fn a_rule_matches_by_segments() {
    let rule = |pattern| Rule { pattern, ..READS };
    assert!(rule("groups/*").matches(Method::Get, "groups/a%2Fb"));
    assert!(!rule("groups/*").matches(Method::Put, "groups/7"));
    assert!(!rule("groups/*").matches(Method::Get, "groups"));
    assert!(!rule("groups/*").matches(Method::Get, "groups/7/labels"));
    assert!(rule("groups/**").matches(Method::Get, "groups/7/labels"));
    assert!(!rule("groups/**").matches(Method::Get, "groups"));
}

#[tokio::test(start_paused = true)]
async fn all_aliases_of_a_host_share_its_budget() {
    let hosts = [1, 2].map(|_| Host::of("http://shared.test".into(), &[READS], 16));
    let class = Class { method: Method::Get, pattern: Some(READS.pattern) };
    let begin = Instant::now();
    for number in 0..12 {
        drop(hosts[number % 2].admit(class, &Retry::default()).await.unwrap());
    }
    let elapsed = begin.elapsed();
    assert!((Duration::from_secs(1)..Duration::from_millis(1050)).contains(&elapsed), "{elapsed:?}");

    let other = Class { method: Method::Get, pattern: None };
    drop(hosts[0].admit(other, &Retry::default()).await.unwrap());
    assert_eq!(begin.elapsed(), elapsed, "another class does not wait");
}

#[tokio::test]
async fn two_transports_to_a_host_share_its_budget() {
    let server = Server::start(vec![answer("200 OK", "", "{}")]).await;
    let transports = [1, 2].map(|_| {
        let mut settings = server.settings();
        settings.rules.push(READS);
        Transport::new(settings).unwrap()
    });
    let begin = Instant::now();
    for transport in transports.iter().chain(&transports) {
        transport.send(Request::get(path!("groups/7"))).await.unwrap();
    }
    assert!(begin.elapsed() >= Duration::from_millis(190), "two of four requests waited 100 ms each");
    let expected = BTreeMap::from([("GET groups/*".to_owned(), 2)]);
    assert!(transports.iter().all(|transport| transport.statistics() == expected));
}

#[tokio::test]
async fn an_exhausted_limit_closes_the_class() {
    let headers = "ratelimit-remaining: 0\r\nratelimit-reset: 3600\r\n";
    let server = Server::start(vec![answer("200 OK", headers, "{}")]).await;
    let mut settings = server.settings();
    settings.retry.patience = Duration::from_secs(1);
    let transport = Transport::new(settings).unwrap();
    transport.send(Request::get(path!("x"))).await.unwrap();
    let error = fail(&transport, Request::get(path!("y"))).await;
    assert!(error.message().contains("limit for `GET (other)` is used up for 5"), "{error}");
    transport.send(Request::post(path!("x"))).await.unwrap();
    assert_eq!(server.requests().len(), 2);

    drop(transport);
    let next = Transport::new(server.settings()).unwrap();
    next.send(Request::get(path!("x"))).await.expect("the next server on the port has a limit of its own");
}

#[tokio::test]
async fn a_waiting_write_goes_before_a_waiting_read() {
    let host = Host::of("http://busy.test".into(), &[], 1);
    let retry = Retry::default();
    let class = |method| Class { method, pattern: None };
    let order = std::sync::Mutex::new(Vec::new());
    let enter = async |method| {
        let permit = host.admit(class(method), &retry).await.unwrap();
        order.lock().unwrap().push(method);
        drop(permit);
    };

    let running = host.admit(class(Method::Get), &retry).await.unwrap();
    let release = async {
        // Both are polled before this, and so they wait.
        drop(running);
    };
    tokio::join!(enter(Method::Get), enter(Method::Put), release);
    assert_eq!(*order.lock().unwrap(), [Method::Put, Method::Get]);

    let running = host.admit(class(Method::Get), &retry).await.unwrap();
    let abandoned = async {
        let write = enter(Method::Put);
        tokio::select! { biased; () = write => unreachable!("the host is busy"), () = std::future::ready(()) => {} }
    };
    let release = async {
        abandoned.await;
        drop(running);
    };
    tokio::join!(enter(Method::Get), release);
    assert_eq!(order.lock().unwrap().last(), Some(&Method::Get), "an abandoned write holds nobody up");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_waits_for_its_limit_lets_reads_pass() {
    let host = Host::of("http://paused.test".into(), &[], 1);
    let retry = Retry::default();
    let begin = Instant::now();
    let enter = async |method| {
        drop(host.admit(Class { method, pattern: None }, &retry).await.unwrap());
        begin.elapsed()
    };
    let running = host.admit(Class { method: Method::Put, pattern: None }, &retry).await.unwrap();
    let release = async {
        // Both are polled before this, and so they wait for room; now the write must wait for the server too.
        let headers = HeaderMap::from_iter([("retry-after".parse().unwrap(), HeaderValue::from_static("30"))]);
        let status = StatusCode::TOO_MANY_REQUESTS;
        running.observe(&Answer { asked: asked(), status, reason: None, headers, body: Bytes::new() });
        drop(running);
    };
    // The read is woken first, and again when the write has left.
    let (read, write, ()) = tokio::join!(biased; enter(Method::Get), enter(Method::Put), release);
    assert_eq!(read, Duration::ZERO);
    assert!(write >= Duration::from_secs(30), "{write:?}");
}
