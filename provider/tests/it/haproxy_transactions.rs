//! Shared transactions: how many there are, what HAProxy refuses of them, and what others lose by them: nothing.

use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use lab::{Fault, HaProxy};
use serde_json::Value as Json;
use tfplugin::harness::Host;
use tokio::join;
use tokio::net::TcpSocket;

use crate::estate::{document, failure, fine, host, understood};
use crate::haproxy_edge::{asked, backend, commits, frontend, host_with, own_text};

/// The configuration as a whole.
const RAW: &str = "/services/haproxy/configuration/raw";

/// That many backends.
fn backends(count: usize) -> String {
    (0..count).map(|number| backend(&format!("be_{number}"), 9)).collect()
}

#[tokio::test]
async fn fifty_backends_in_one_level_are_six_commits_at_most() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let text = backends(50);
    fine(host.apply(&document(&text)).await);
    assert!(commits(&edge) <= 6, "{} commits", commits(&edge));
    assert_eq!(edge.reloads(), commits(&edge), "a reload is one commit's");
    edge.clear_log();
    fine(host.refresh().await);
    assert_eq!(edge.requests().len(), 1, "one list holds all");
    host.plan(&document(&text)).await.expect("no rule is broken").empty().expect("nothing is left to do");
    edge.clear_log();
    fine(host.destroy().await);
    assert!(commits(&edge) <= 6, "{} commits", commits(&edge));
    assert_eq!(edge.open_transactions(), [""; 0]);
    understood(&edge);
}

/// Frontends name the backends that they need, so they are a level of their own.
#[tokio::test]
async fn two_levels_are_two_rounds() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let mut text = backends(10);
    for number in 0..10 {
        let port = lab::haproxy::free_port();
        text += &format!(
            "resource \"substrate_haproxy_frontend\" \"fe_{number}\" {{\n  name = \"fe_{number}\"\n  default_backend = \
             substrate_haproxy_backend.be_{number}.name\n  binds = {{ b = {{ address = \"127.0.0.1\", port = {port} }} \
             }}\n}}\n"
        );
    }
    fine(host.apply(&document(&text)).await);
    assert!(commits(&edge) <= 4, "{} commits", commits(&edge));
    edge.clear_log();
    fine(host.refresh().await);
    assert_eq!(edge.requests().len(), 2, "a list of frontends and one of backends");
    fine(host.destroy().await);
    understood(&edge);
}

/// One of ten names a backend that nobody has: the others are made, and HAProxy's line is told.
#[tokio::test]
async fn only_the_guilty_one_fails() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let port = lab::haproxy::free_port();
    let guilty = frontend(port).replace("routes = true", "default_backend = \"nowhere\"");
    let text = failure(host.apply(&document(&(backends(9) + &guilty))).await);
    assert!(text.contains("unable to find required default_backend: 'nowhere'"), "{text}");
    assert!(text.contains("frontend `edge`") && !text.contains("be_3"), "{text}");
    assert_eq!(host.addresses().len(), 9, "{:?}", host.addresses());
    assert!(!edge.config_text().contains("frontend edge"), "{}", edge.config_text());
    assert_eq!(edge.open_transactions(), [""; 0]);
    fine(host.apply(&document(&(backends(9) + &frontend(port)))).await);
    understood(&edge);
}

/// What needs another of the same transaction is tried again when that one is there.
#[tokio::test]
async fn one_that_needs_another_of_the_refused_waits_for_it() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let needs = frontend(lab::haproxy::free_port()).replace("routes = true", "default_backend = \"be_1\"");
    let bad = frontend(lab::haproxy::free_port())
        .replace("\"edge\"", "\"bad\"")
        .replace("routes = true", "default_backend = \"nowhere\"");
    let text = failure(host.apply(&document(&(needs + &bad + &backends(2)))).await);
    assert!(text.contains("nowhere") && !text.contains("'be_1'"), "{text}");
    assert_eq!(host.addresses().len(), 3, "{:?}", host.addresses());
    understood(&edge);
}

/// A refused configuration leaves the file as it is, byte for byte.
#[tokio::test]
async fn a_refused_configuration_leaves_the_file_alone() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let before = edge.config_text();
    let guilty = frontend(lab::haproxy::free_port()).replace("routes = true", "default_backend = \"nowhere\"");
    failure(host.apply(&document(&guilty)).await);
    assert_eq!(edge.config_text(), before);
    assert_eq!(edge.reloads(), 0);
    assert_eq!(asked(edge.status_port, "any", "/"), "up");
    understood(&edge);
}

/// A port that is bound and does not listen, so that nobody can tell by connecting.
fn taken() -> (TcpSocket, u16) {
    let taken = TcpSocket::new_v4().expect("a socket can be made");
    taken.bind(([127, 0, 0, 1], 0).into()).expect("a port is free");
    let port = taken.local_addr().expect("it is bound").port();
    (taken, port)
}

/// A run that does not try ports, so that a reload tells of them.
async fn blind(edge: &HaProxy) -> Host {
    host_with(edge, "check_ports", false).await
}

/// The longest time in which a port takes no connection while something is done.
async fn longest_stop<T>(port: u16, doing: impl Future<Output = T>) -> (Duration, T) {
    let (over, ended) = mpsc::channel::<()>();
    let watching = std::thread::spawn(move || {
        let (mut answered, mut longest) = (Instant::now(), Duration::ZERO);
        while ended.recv_timeout(Duration::from_millis(10)) == Err(RecvTimeoutError::Timeout) {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                answered = Instant::now();
            }
            longest = longest.max(answered.elapsed());
        }
        longest
    });
    let done = doing.await;
    drop(over);
    (watching.join().expect("it ends"), done)
}

/// `haproxy -c` accepts a bind on an occupied port, and the reload does not.
async fn occupied(edge: HaProxy) {
    let mut host = blind(&edge).await;
    fine(host.apply(&document(&backend("first", 9))).await);
    let before = own_text(&edge);
    let (taken, port) = taken();
    let alone = backend("first", 9) + &frontend(port);
    let told = failure(host.apply(&document(&alone)).await);
    assert!(told.contains("frontend `edge`"), "{told}");
    assert_eq!(own_text(&edge), before);
    assert_eq!(asked(edge.status_port, "any", "/"), "up");

    let worker = edge.worker_pid();
    let text = alone + &backend("second", 9);
    edge.clear_log();
    let (stop, report) = longest_stop(edge.status_port, host.apply(&document(&text))).await;
    let told = failure(report);
    assert!(told.contains("frontend `edge`") && !told.contains("second"), "{told}");
    assert_eq!(commits(&edge), 2, "one reload fails, and the other one is the backend's");
    assert!(stop < Duration::from_secs(4), "HAProxy itself stops for two seconds, and not for {stop:?}");
    assert_eq!(host.addresses(), ["substrate_haproxy_backend.first", "substrate_haproxy_backend.second"]);
    assert!(!edge.config_text().contains("frontend edge"), "{}", edge.config_text());
    assert_ne!(edge.worker_pid(), worker, "the second backend is loaded");
    assert_eq!(asked(edge.status_port, "any", "/"), "up");
    drop(taken);
    fine(host.apply(&document(&text)).await);
    assert_eq!(asked(port, "any", "/"), "503");
    assert_eq!(edge.open_transactions(), [""; 0]);
    understood(&edge);
}

#[tokio::test]
async fn an_occupied_port_is_rolled_back_on_haproxy_3() {
    occupied(HaProxy::start().await).await;
}

/// The API says `success`, and the old worker lives on.
#[tokio::test]
async fn an_occupied_port_is_rolled_back_on_haproxy_2_6() {
    occupied(HaProxy::builder().old().start().await.expect("it starts")).await;
}

/// While one run waits for a reload that fails unsaid, another one must not commit on top of it.
#[tokio::test]
async fn what_another_run_commits_may_still_be_taken_back() {
    let edge = HaProxy::builder().old().start().await.expect("it starts");
    let (mut one, mut two) = (blind(&edge).await, host(&edge).await);
    let (_taken, port) = taken();
    let (bad, good) = (document(&frontend(port)), document(&backend("web", 9)));
    let (first, second) = join!(one.apply(&bad), async {
        while !edge.config_text().contains("frontend edge") {
            tfplugin::operation::sleep(Duration::from_millis(10)).await.expect("nobody interrupts");
        }
        two.apply(&good).await
    });
    let told = failure(first);
    assert!(told.contains("frontend `edge`") && !told.contains("by hand"), "{told}");
    fine(second);
    let text = edge.config_text();
    assert!(text.contains("backend web") && !text.contains("frontend edge"), "{text}");
    assert_eq!(asked(edge.status_port, "any", "/"), "up");
    understood(&edge);
}

/// The answer to the way back is lost: it is gone again.
#[tokio::test]
async fn the_way_back_survives_a_lost_answer() {
    for fault in [Fault::on("POST", RAW).reset_after(), Fault::on("POST", RAW)] {
        for edge in [HaProxy::builder(), HaProxy::builder().old()] {
            let edge = edge.start().await.expect("it starts");
            let mut host = blind(&edge).await;
            fine(host.apply(&document(&backend("web", 9))).await);
            let before = own_text(&edge);
            let (_taken, port) = taken();
            edge.fault(fault.clone());
            let told = failure(host.apply(&document(&(backend("web", 9) + &frontend(port)))).await);
            assert!(told.contains("is as it was before"), "{told}");
            assert_eq!(own_text(&edge), before);
            understood(&edge);
        }
    }
}

/// Where there is no way back, the user reads what may be in the file.
#[tokio::test]
async fn a_way_back_that_fails_is_told() {
    let edge = HaProxy::builder().old().start().await.expect("it starts");
    let mut host = blind(&edge).await;
    let (_taken, port) = taken();
    edge.fault(Fault::on("POST", RAW).always().status(502, ""));
    let told = failure(host.apply(&document(&frontend(port))).await);
    assert!(told.contains("the refused configuration may still be in HAProxy's file"), "{told}");
}

/// The answer to a commit is lost, and the transaction's status says that nothing was committed: it begins anew.
#[tokio::test]
async fn a_lost_answer_of_what_was_not_committed_is_no_success() {
    for status in ["outdated", "failed"] {
        let edge = HaProxy::start().await;
        let mut host = host(&edge).await;
        edge.fault(Fault::on("PUT", "/services/haproxy/transactions/*"));
        let told = format!(r#"{{"id":"x","status":"{status}"}}"#);
        edge.fault(Fault::on("GET", "/services/haproxy/transactions/*").status(200, &told));
        fine(host.apply(&document(&backend("web", 9))).await);
        assert!(edge.config_text().contains("backend web"), "{status}");
        understood(&edge);
    }
}

/// The first request is carried out after all, when its answer is given up and the status was read.
#[tokio::test]
async fn a_commit_that_is_carried_out_late_is_not_done_twice() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    edge.fault(Fault::on("PUT", "/services/haproxy/transactions/*").reset_after());
    edge.fault(
        Fault::on("GET", "/services/haproxy/transactions/*").status(200, r#"{"id":"x","status":"in_progress"}"#),
    );
    fine(host.apply(&document(&backend("web", 9))).await);
    assert_eq!(edge.config_text().matches("backend web").count(), 1);
    understood(&edge);
}

/// The API fails at one of them: the others are made.
#[tokio::test]
async fn only_the_one_whose_answers_are_lost_fails() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let old = frontend(lab::haproxy::free_port()).replace("routes = true", "");
    edge.fault(Fault::on("POST", "/services/haproxy/configuration/frontends").always().status(500, "{}"));
    failure(host.apply(&document(&(backends(9) + &old))).await);
    assert_eq!(host.addresses().len(), 9, "{:?}", host.addresses());
    understood(&edge);
}

/// Somebody removes the transaction before a section is read in it.
#[tokio::test]
async fn a_change_begins_anew_when_its_transaction_is_gone() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    fine(host.apply(&document(&backend("web", 9))).await);
    let gone = r#"{"code":400,"message":"transaction does not exist: x"}"#;
    let read = "/services/haproxy/configuration/backends/web";
    let before = edge.count("GET", read);
    fine(host.refresh().await);
    let refresh = u32::try_from(edge.count("GET", read) - before).expect("it is small");
    edge.fault(Fault::on("GET", read).nth(refresh + 1).status(400, gone));
    fine(host.apply(&document(&backend("web", 10))).await);
    assert!(edge.config_text().contains("127.0.0.1:10"), "{}", edge.config_text());
    assert_eq!(commits(&edge), 2);
}

/// Two runs and somebody else write at once.
#[tokio::test]
async fn nobody_loses_anything() {
    let edge = HaProxy::start().await;
    let (mut one, mut two) = (host(&edge).await, host(&edge).await);
    let open = edge.colleague_opens();
    let path = format!("/configuration/backends?transaction_id={open}");
    edge.act("POST", &path, &serde_json::json!({ "name": "of_somebody", "mode": "http" }));
    let text = |prefix: &str| document(&backends(20).replace("be_", prefix));
    let (ours, theirs) = (text("ours_"), text("theirs_"));
    let (first, second, ()) = join!(one.apply(&ours), two.apply(&theirs), async {
        for number in 0..5 {
            tfplugin::operation::sleep(Duration::from_millis(100)).await.expect("nobody interrupts");
            edge.colleague_adds_backend(&format!("colleague_{number}"));
        }
    });
    fine(first);
    fine(second);
    let text = edge.config_text();
    for number in 0..20 {
        assert!(text.contains(&format!("backend ours_{number}\n")), "{text}");
        assert!(text.contains(&format!("backend theirs_{number}\n")), "{text}");
    }
    (0..5).for_each(|number| assert!(text.contains(&format!("backend colleague_{number}\n")), "{text}"));
    // The API itself outdates the transaction that somebody opened before: theirs to begin anew.
    let (status, _) = edge.call("PUT", &format!("/services/haproxy/transactions/{open}"), &Json::Null);
    assert_eq!(status, 406);
    understood(&edge);
}

/// A transaction with our mark that stays open is a crashed run's; one without is somebody else's.
#[tokio::test]
async fn a_crashed_run_leaves_no_open_transaction_behind() {
    let edge = HaProxy::start().await;
    let (crashed, foreign) = (edge.colleague_opens(), edge.colleague_opens());
    let mark = edge.paths().maps.join(format!("substrate-transaction-{crashed}.1.map"));
    std::fs::write(&mark, "# open\n").expect("the folder is there");
    let mut host = host(&edge).await;
    fine(host.apply(&document(&backend("web", 9))).await);
    assert!(!mark.exists(), "the mark stays");
    let path = |id: &str| format!("/services/haproxy/transactions/{id}");
    assert_eq!(edge.call("GET", &path(&crashed), &Json::Null).0, 404);
    assert_eq!(edge.call("GET", &path(&foreign), &Json::Null).0, 200, "somebody else's is theirs");
    assert_eq!(edge.open_transactions(), [""; 0], "the foreign one is outdated, as by every commit");
    understood(&edge);
}

/// A run that may need longer than this one would is no crashed one.
#[tokio::test]
async fn the_transaction_of_a_slow_run_is_waited_for() {
    let edge = HaProxy::start().await;
    let slow = edge.colleague_opens();
    let mark = edge.paths().maps.join(format!("substrate-transaction-{slow}.600.map"));
    std::fs::write(&mark, "# open\n").expect("the folder is there");
    let mut host = host(&edge).await;
    let text = document(&backend("web", 9));
    let (report, ()) = join!(host.apply(&text), async {
        tfplugin::operation::sleep(Duration::from_secs(10)).await.expect("nobody interrupts");
        assert!(mark.exists(), "the mark of a run that lives is gone");
        assert_eq!(edge.open_transactions(), std::slice::from_ref(&slow));
        std::fs::remove_file(&mark).expect("it is there");
    });
    fine(report);
    understood(&edge);
}

/// The answer to a commit is lost before it is carried out, the transaction is removed, and somebody else commits: the
/// version says nothing of ours.
#[tokio::test]
async fn a_version_that_somebody_else_raised_is_no_success() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    fine(host.apply(&document(&backend("web", 9))).await);
    edge.clear_log();
    edge.fault(Fault::on("PUT", "/services/haproxy/transactions/*"));
    edge.fault(Fault::on("GET", "/services/haproxy/transactions/*").delay(Duration::from_secs(1)));
    let (report, ()) = join!(host.destroy(), async {
        while commits(&edge) == 0 {
            tfplugin::operation::sleep(Duration::from_millis(10)).await.expect("nobody interrupts");
        }
        for id in edge.open_transactions() {
            edge.act("DELETE", &format!("/transactions/{id}"), &Json::Null);
        }
        edge.colleague_adds_backend("of_somebody");
    });
    fine(report);
    let text = edge.config_text();
    assert!(text.contains("backend of_somebody") && !text.contains("backend web"), "{text}");
    understood(&edge);
}

/// A change whose answer is lost is seen in the section, and is not committed again.
#[tokio::test]
async fn a_change_that_was_committed_is_not_committed_again() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let port = lab::haproxy::free_port();
    let text = |port_of_server| document(&(backend("web", port_of_server) + &frontend(port)));
    fine(host.apply(&text(9)).await);
    edge.clear_log();
    edge.fault(Fault::on("PUT", "/services/haproxy/transactions/*").reset_after());
    fine(host.apply(&text(10)).await);
    edge.fault(Fault::on("PUT", "/services/haproxy/transactions/*").reset_after());
    let renamed = backend("web", 10) + &frontend(port).replace("http = {", "plain = {");
    fine(host.apply(&document(&renamed)).await);
    assert_eq!(commits(&edge), 2);
    assert!(edge.config_text().contains("127.0.0.1:10") && edge.config_text().contains("name plain"));
    understood(&edge);
}

/// Without the worker before a commit, nobody could tell a new one from it.
#[tokio::test]
async fn nothing_is_committed_while_the_worker_is_unknown() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let before = edge.config_text();
    let refusal = r#"{"code":400,"message":"no runtime socket"}"#;
    edge.fault(Fault::on("GET", "/services/haproxy/runtime/info").always().status(400, refusal));
    let told = failure(host.apply(&document(&backend("web", 9))).await);
    assert!(told.contains("othing is changed") && told.contains("no runtime socket"), "{told}");
    assert_eq!((commits(&edge), edge.config_text()), (0, before));
    assert_eq!(edge.open_transactions(), [""; 0]);
    edge.clear_faults();
    fine(host.apply(&document(&backend("web", 9))).await);
    understood(&edge);
}

/// An answer that is lost is no reason to do something twice, or not at all.
#[tokio::test]
async fn a_lost_answer_is_made_up_for() {
    for fault in [
        Fault::on("PUT", "/services/haproxy/transactions/*").reset_after(),
        Fault::on("PUT", "/services/haproxy/transactions/*"),
        Fault::on("POST", "/services/haproxy/configuration/backends").reset_after(),
    ] {
        let edge = HaProxy::start().await;
        let mut host = host(&edge).await;
        edge.fault(fault);
        fine(host.apply(&document(&backend("web", 9))).await);
        assert_eq!(edge.config_text().matches("backend web").count(), 1);
        assert_eq!(edge.open_transactions(), [""; 0]);
        fine(host.destroy().await);
        understood(&edge);
    }
}

/// Sections, comments and lines of others stay, byte for byte.
#[tokio::test]
async fn what_terraform_does_not_manage_stays() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    fine(host.apply(&document(&backend("a", 9))).await);
    fine(host.destroy().await);
    let before = own_text(&edge);
    for comment in ["# of the house", "# asked by the monitoring", "# always up", "# nobody else"] {
        assert!(before.contains(comment), "{before}");
    }
    let text = backends(3) + &frontend(lab::haproxy::free_port());
    fine(host.apply(&document(&text)).await);
    fine(host.apply(&document(&text.replace("port = 9 ", "port = 10 "))).await);
    fine(host.destroy().await);
    assert_eq!(own_text(&edge), before);
    understood(&edge);
}

/// HAProxy would stop listening everywhere while it tries a port that another program has.
#[tokio::test]
async fn a_port_that_another_program_has_is_refused_before_a_reload() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let listening = listener.local_addr().expect("it is bound").port();
    let (_silent, bound) = taken();
    for port in [listening, bound] {
        let edge = HaProxy::start().await;
        let mut host = host(&edge).await;
        let before = edge.config_text();
        let told = failure(host.apply(&document(&(frontend(port) + &backend("web", 9)))).await);
        let whole = format!("nother program has the port 127.0.0.1:{port}");
        assert!(told.contains(&whole) && told.contains("check_ports"), "{told}");
        assert_eq!(edge.reloads(), 1, "the backend's");
        assert!(edge.config_text().contains("backend web") && !before.contains("backend web"));
        understood(&edge);
    }
}

/// HAProxy's own port is nobody else's.
#[tokio::test]
async fn a_port_of_haproxy_goes_from_one_bind_to_another() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    let text = frontend(lab::haproxy::free_port());
    fine(host.apply(&document(&text)).await);
    fine(host.apply(&document(&text.replace("http = {", "plain = {"))).await);
    understood(&edge);
}
