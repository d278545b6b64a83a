//! Routes when calls fail half way, runs are killed, and others write meanwhile: the files and the running worker agree.

use std::fs;
use std::time::Duration;

use lab::{Fault, HaProxy};

use crate::estate::{document, failure, fine, host, understood};
use crate::haproxy_edge::{asked, route, routes};
use crate::haproxy_routes::Edge;

const ENTRIES: &str = "/services/haproxy/runtime/maps/*/entries";

const COMMENT: &str = "# Routes of the frontend `edge`.\n";

/// An update of two routes at once, of which one gives a host to the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_moves_to_another_route_never_goes() {
    let Edge { lab, port, base, _upstreams } = Edge::start(HaProxy::start().await);
    let mut host = host(&lab).await;
    let text = |a: &str, b: &str| {
        base.clone()
            + &route("a", &format!("hosts = [\"a.example.com\"{a}]\n  backend = \"be_one\""))
            + &route("b", &format!("hosts = [\"b.example.com\"{b}]\n  backend = \"be_two\""))
    };
    let moving = ", \"x.example.com\"";
    fine(host.apply(&document(&text(moving, ""))).await);
    lab.fault(Fault::on("DELETE", &format!("{ENTRIES}/*")).always().delay(Duration::from_millis(500)));
    for (text, expected) in [(text("", moving), "two"), (text(moving, ""), "one")] {
        fine(host.apply(&document(&text)).await);
        assert_eq!(asked(port, "x.example.com", "/"), expected);
    }
    understood(&lab);
}

/// A route has an entry in two files, and the second cannot be written.
#[tokio::test(flavor = "multi_thread")]
async fn files_that_were_written_are_put_back() {
    let Edge { lab, port, base, _upstreams } = Edge::start(HaProxy::start().await);
    let mut host = host(&lab).await;
    fine(host.apply(&document(&base)).await);
    let text = base + &route("r", "hosts = [\"a.example.com\"]\n  redirect = \"https://b.example.com/\"");
    let refusal = r#"{"code":500,"message":"no space left on device"}"#;
    lab.fault(Fault::on("PUT", "/services/haproxy/storage/maps/edge.redirect.map").always().status(500, refusal));
    let told = failure(host.apply(&document(&text)).await);
    assert!(told.contains("no space left on device"), "{told}");
    for map in ["edge.host.map", "edge.redirect.map"] {
        assert_eq!(lab.map_text(map).as_deref(), Some(COMMENT), "{map}");
    }
    lab.clear_faults();
    fine(host.apply(&document(&text)).await);
    assert_eq!(asked(port, "a.example.com", "/"), "302 https://b.example.com/");
    understood(&lab);
}

/// One entry of a route cannot be set at run time: its others go, and other routes stay.
#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_run_is_taken_back_and_other_routes_stay() {
    let Edge { lab, port, base, _upstreams } = Edge::start(HaProxy::start().await);
    let mut host = host(&lab).await;
    fine(host.apply(&document(&base)).await);
    let whole = route("whole", "hosts = [\"w.example.com\"]\n  path_prefix = \"/p\"\n  backend = \"be_two\"");
    let torn = route("torn", "hosts = [\"a.example.com\", \"b.example.com\"]\n  backend = \"be_one\"");
    let text = base + &whole + &torn;
    let refusal = r#"{"code":400,"message":"no luck"}"#;
    let path = "/services/haproxy/runtime/maps/edge.host.map/entries";
    lab.fault(Fault::on("POST", path).nth(2).status(400, refusal));
    let told = failure(host.apply(&document(&text)).await);
    assert!(told.contains("no luck") && told.contains("annot change the running map of `edge`"), "{told}");
    assert_eq!(lab.map_text("edge.host.map").as_deref(), Some(COMMENT));
    assert_eq!(asked(port, "a.example.com", "/"), "503");
    assert_eq!(asked(port, "w.example.com", "/p"), "two");
    fine(host.apply(&document(&text)).await);
    assert_eq!(asked(port, "b.example.com", "/"), "one");
    understood(&lab);
}

/// What could not be taken back at run time keeps the lock, and the next change mends it.
#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_taken_back_is_mended_by_the_next_change() {
    let Edge { lab, port, base, _upstreams } = Edge::start(HaProxy::start().await);
    let mut host = host(&lab).await;
    fine(host.apply(&document(&base)).await);
    let torn = route("torn", "hosts = [\"a.example.com\", \"b.example.com\"]\n  backend = \"be_one\"");
    let refusal = r#"{"code":400,"message":"no luck"}"#;
    lab.fault(Fault::on("POST", ENTRIES).nth(2).status(400, refusal));
    lab.fault(Fault::on("DELETE", &format!("{ENTRIES}/*")).always().status(400, refusal));
    let told = failure(host.apply(&document(&(base.clone() + &torn))).await);
    assert!(told.contains("may have a part of it"), "{told}");
    assert_eq!(lab.map_text("edge.host.map").as_deref(), Some(COMMENT));
    lab.clear_faults();
    fine(host.apply(&document(&(base + &routes(0..1, "be_two")))).await);
    assert_eq!(asked(port, "host-0.example.com", "/"), "two");
    for name in ["a.example.com", "b.example.com"] {
        assert_eq!(asked(port, name, "/"), "503", "{name}");
    }
    understood(&lab);
}

/// A run that was killed while it wrote leaves its lock behind, and files that do not run.
async fn taken_over(lab: HaProxy) {
    let Edge { lab, port, base, _upstreams } = Edge::start(lab);
    let mut host = host(&lab).await;
    fine(host.apply(&document(&base)).await);
    let maps = lab.paths().maps;
    let lock = maps.join("substrate-lock-edge.map");
    fs::write(&lock, "# held\n").expect("the folder is there");
    let (file, redirects) = (maps.join("edge.host.map"), maps.join("edge.redirect.map"));
    let text = "changed.example.com be_two|changed.example.com\nmade.example.com @redirect|made.example.com\n";
    fs::write(&file, text).expect("the folder is there");
    fs::write(&redirects, "made.example.com/ https://b.example.com/\n").expect("the folder is there");
    for (key, value) in [
        ("changed.example.com", "be_one|changed.example.com"),
        ("gone.example.com", "be_one|gone.example.com"),
        ("foreign.example.com", "be_one"),
    ] {
        drop(lab.worker(&format!("add map {} {key} {value}", file.display())));
        assert_eq!(asked(port, key, "/"), "one");
    }
    fine(host.apply(&document(&(base + &routes(0..3, "be_one")))).await);
    assert!(!lock.exists(), "the lock stays");
    for (name, expected) in [
        ("host-2.example.com", "one"),
        ("changed.example.com", "two"),
        ("made.example.com", "302 https://b.example.com/"),
        ("gone.example.com", "503"),
        ("foreign.example.com", "one"),
    ] {
        assert_eq!(asked(port, name, "/"), expected, "{name}");
    }
    understood(&lab);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_of_a_crashed_run_is_taken_over_on_haproxy_3() {
    taken_over(HaProxy::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_of_a_crashed_run_is_taken_over_on_haproxy_2_6() {
    taken_over(HaProxy::builder().old().start().await.expect("it starts")).await;
}

/// A write that takes longer than a lock lives unless it is renewed.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_write_keeps_its_lock() {
    let Edge { lab, port, base, _upstreams } = Edge::start(HaProxy::start().await);
    let (mut one, mut two) = (host(&lab).await, host(&lab).await);
    fine(one.apply(&document(&base)).await);
    let path = "/services/haproxy/storage/maps/edge.host.map";
    lab.fault(Fault::on("PUT", path).delay(Duration::from_secs(20)));
    let ours = document(&(base + &routes(0..1, "be_one")));
    let theirs = routes(1..2, "be_one").replace("substrate_haproxy_frontend.edge.name", "\"edge\"");
    let theirs = document(&theirs);
    let later = async {
        tfplugin::operation::sleep(Duration::from_secs(2)).await.expect("nobody interrupts");
        two.apply(&theirs).await
    };
    let (first, second) = tokio::join!(one.apply(&ours), later);
    fine(first);
    fine(second);
    assert_eq!(lab.map_text("edge.host.map").expect("it is there").lines().count(), 3);
    for name in ["host-0.example.com", "host-1.example.com"] {
        assert_eq!(asked(port, name, "/"), "one", "{name}");
    }
    understood(&lab);
}
