//! Interrupts and deadlines: what ends a wait, and what must not end a write.

use std::sync::Arc;
use std::time::Duration;

use tfplugin::operation::Operation;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::log::Log;
use super::server::{Act, Server, answer, fail, text};
use crate::http::{Request, Transport};
use crate::path;

const SOON: Duration = Duration::from_secs(5);

fn patient(server: &Server) -> Transport {
    let mut settings = server.settings();
    settings.timeout = Duration::from_secs(60);
    settings.retry.patience = Duration::from_secs(10_000);
    settings.retry.first_wait = Duration::from_secs(3600);
    settings.retry.longest_wait = Duration::from_secs(3600);
    Transport::new(settings).unwrap()
}

/// Sends, and interrupts as soon as the server has the request.
async fn interrupted(server: &Server, request: Request) -> Result<u16, tfplugin::Error> {
    let transport = patient(server);
    let stop = CancellationToken::new();
    let send = Operation::new(stop.clone(), None).run(async { transport.send(request).await });
    let interrupt = async {
        server.arrived().await;
        stop.cancel();
        if let Act::Hold(release, _) = server.first_act() {
            release.add_permits(1);
        }
    };
    let (answer, ()) = timeout(SOON, async { tokio::join!(send, interrupt) }).await.expect("ends soon");
    answer.map(|answer| answer.status())
}

#[tokio::test]
async fn a_stop_ends_a_backoff_at_once() {
    let server = Server::start(vec![answer("503 x", "retry-after: 3600\r\n", "")]).await;
    assert!(interrupted(&server, Request::post(path!("x"))).await.unwrap_err().is_stopped());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_stop_between_two_tries_of_a_write_does_not_hide_the_first() {
    let server = Server::start(vec![Act::Reset]).await;
    let error = interrupted(&server, Request::put(path!("x"))).await.unwrap_err();
    assert!(error.is_answer_lost() && error.message().contains("interrupted"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_stop_drops_a_read_on_the_wire() {
    let server = Server::start(vec![Act::Silence]).await;
    assert!(interrupted(&server, Request::get(path!("x"))).await.unwrap_err().is_stopped());
}

#[tokio::test]
async fn a_stop_awaits_a_write_on_the_wire() {
    let server = Server::start(vec![Act::Hold(Arc::new(Semaphore::new(0)), text("201 Created", "", "{}"))]).await;
    assert_eq!(interrupted(&server, Request::post(path!("x"))).await.unwrap(), 201);
}

#[tokio::test]
async fn nothing_is_sent_after_a_stop() {
    let server = Server::start(vec![answer("200 OK", "", "{}")]).await;
    let stop = CancellationToken::new();
    stop.cancel();
    let transport = patient(&server);
    let error = Operation::new(stop, None).run(transport.send(Request::post(path!("x")))).await.err().unwrap();
    assert!(error.is_stopped() && error.message().starts_with("POST http://"), "{error}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_write_outlives_its_caller() {
    let log = Log::capture();
    let release = Arc::new(Semaphore::new(0));
    let server = Server::start(vec![Act::Hold(release.clone(), text("201 Created", "", "{}"))]).await;
    let transport = patient(&server);
    {
        let send = transport.send(Request::post(path!("x")));
        tokio::select! {
            _ = send => unreachable!("the server holds its answer"),
            () = server.arrived() => {}
        }
    }
    release.add_permits(1);
    timeout(SOON, log.contains("status=201")).await.expect("the answer arrives");
}

#[tokio::test]
async fn a_panic_while_a_write_is_read_is_an_error() {
    let server = Server::start(vec![answer("400 Bad Request", "", "")]).await;
    let mut settings = server.settings();
    settings.explain = |_| panic!("no words for glpat-credential");
    let error = fail(&Transport::new(settings).unwrap(), Request::post(path!("x"))).await;
    assert!(error.is_answer_lost(), "{error}");
    assert!(error.message().contains("x was cut off: the exchange panicked at "), "{error}");
    assert!(error.message().contains(": no words for ("), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_write_may_end_after_the_deadline() {
    let release = Arc::new(Semaphore::new(0));
    let server = Server::start(vec![Act::Hold(release.clone(), text("201 Created", "", "{}"))]).await;
    let transport = patient(&server);
    let limit = Duration::from_millis(100);
    let deadline = Instant::now() + limit;
    let send = Operation::new(CancellationToken::new(), Some(limit)).run(transport.send(Request::post(path!("x"))));
    let answer_late = async {
        tokio::time::sleep_until(deadline + Duration::from_millis(20)).await;
        release.add_permits(1);
    };
    assert!(tokio::join!(send, answer_late).0.is_ok());
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_or_the_patience_is_not_begun() {
    let limited = vec![answer("429 Too Many Requests", "retry-after: 3600\r\n", "Retry later")];
    let server = Server::start(limited.clone()).await;
    let transport = patient(&server);
    let limit = Some(Duration::from_secs(30));
    let send = Operation::new(CancellationToken::new(), limit).run(transport.send(Request::post(path!("x"))));
    let error = timeout(SOON, send).await.expect("ends soon").err().unwrap();
    assert!(
        error.message().ends_with("answered 429 Too Many Requests: Retry later; it asks to wait 3600 s"),
        "{error}"
    );

    let server = Server::start(limited).await;
    let transport = server.transport();
    let error = timeout(SOON, transport.send(Request::get(path!("x")))).await.expect("ends soon").err().unwrap();
    assert!(
        error.message().ends_with("answered 429 Too Many Requests: Retry later; it asks to wait 3600 s"),
        "{error}"
    );
}
