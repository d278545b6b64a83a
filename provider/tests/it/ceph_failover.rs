//! Managers that die: another one goes on.

use lab::{Ceph, Fault};
use tfplugin::harness::Host;
use tfplugin::value::{Number, Value};

use crate::estate::{backend, ceph_config, document, failure, fine, host, understood};

const POOL: &str = "resource \"substrate_ceph_pool\" \"p\" {\n  name = \"p\"\n}\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_leads_to_the_active_manager_and_takes_over_when_that_one_dies() {
    let ceph = Ceph::builder().standby().start().await.unwrap_or_else(|error| panic!("{error}"));
    let standby = ceph.standby.as_ref().expect("there is one");
    let mut host =
        Host::new(provider::provider(), ceph_config([standby.url.as_str()].into_iter())).await.expect("valid");
    fine(host.apply(&document(POOL)).await);
    assert_eq!(standby.count("POST", "/auth"), 1, "it is asked once, and says who is active");
    assert!(ceph.count("POST", "/pool") == 1 && standby.count("POST", "/pool") == 0);

    ceph.kill_manager();
    let more = format!("{POOL}{}", POOL.replace("\"p\"", "\"q\""));
    fine(host.apply(&document(&more)).await);
    assert_eq!(standby.count("POST", "/pool"), 1);
    assert_eq!(host.addresses().len(), 2);
    host.plan(&document(&more)).await.expect("no rule is broken").empty().expect("nothing is left to do");
    understood(&ceph);
}

/// What the new manager counts is nothing, until the OSDs have reported to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_manager_that_hangs_is_left_and_the_next_one_does_not_take_a_full_pool_for_empty() {
    let ceph = Ceph::builder().standby().start().await.unwrap_or_else(|error| panic!("{error}"));
    let standby = ceph.standby.as_ref().expect("there is one");
    let endpoints = Value::List(vec![ceph.url.as_str().into(), standby.url.as_str().into()]);
    let account = (("username", Ceph::USER.into()), ("password", Ceph::PASSWORD.into()));
    let limit = ("timeout_seconds", Value::Number(Number::from(5_u64)));
    let config = backend("ceph", [("endpoints", endpoints), account.0, account.1, limit]);
    let mut host = Host::new(provider::provider(), config).await.expect("valid");
    fine(host.apply(&document(POOL)).await);
    ceph.write_object("p", "o", &"content".repeat(1000));

    ceph.hang_manager();
    let text = failure(host.destroy().await);
    assert!(text.contains("pool `p` holds objects, 1 by the last count"), "{text}");
    assert_eq!(ceph.object("p", "o").map(|content| content.len()), Some(7000));
    assert!(standby.count("GET", "/pool") > 0);
    understood(&ceph);
}

#[tokio::test]
async fn what_says_that_no_manager_is_active_yet_is_asked_again() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    ceph.fault(Fault::on("POST", "/auth").status(503, "<html>no server is available</html>"));
    ceph.fault(Fault::on("POST", "/auth").status(500, "Keep on looking"));
    fine(host.apply(&document(POOL)).await);
    assert_eq!(ceph.count("POST", "/auth"), 3);

    // Three tries each: the first login of this run, and two more.
    ceph.clear_log();
    ceph.fault(Fault::on("GET", "/pool").status(500, "Keep on looking").times(3));
    ceph.fault(Fault::on("GET", "/pool").status(502, "").times(3));
    fine(host.refresh().await);
    assert_eq!(
        ceph.requests().last().map(|request| (request.path.clone(), request.status)),
        Some(("/pool".into(), 200))
    );
    assert_eq!(host.addresses().len(), 1);
    understood(&ceph);
}
