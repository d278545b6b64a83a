//! Surprises of Ceph: what it overwrites, ignores, cuts off or leaves behind without a word.

use std::time::Duration;

use expect_test::expect;
use lab::machine::announce;
use lab::{Ceph, Fault};
use serde_json::{Value as Json, json};
use tfplugin::harness::{Host, Report};
use tfplugin::value::Value;

use crate::estate::{backend, ceph_config, document, failure, fine, host, understood};

const POOL: &str = "substrate_ceph_pool.p";

/// A pool with these arguments besides its name.
fn pool(name: &str, arguments: &str) -> String {
    format!("resource \"substrate_ceph_pool\" \"p\" {{\n  name = {name:?}\n{arguments}}}\n")
}

fn image(arguments: &str) -> String {
    let image =
        format!("resource \"substrate_ceph_rbd_image\" \"i\" {{\n  pool = \"p\"\n  name = \"disk\"\n{arguments}}}\n");
    // The image comes after the pool that it names.
    image.replace("pool = \"p\"", "pool = substrate_ceph_pool.p.name") + &pool("p", "  applications = [\"rbd\"]\n")
}

/// What the cluster says of a pool.
#[track_caller]
fn seen(ceph: &Ceph, name: &str) -> Json {
    ceph.act("GET", &format!("/pool/{name}"), &Json::Null)
}

fn names(ceph: &Ceph, list: &str, name: &str) -> Vec<String> {
    let list = ceph.act("GET", list, &Json::Null);
    let mut names: Vec<String> =
        list.as_array().expect("a list").iter().map(|entry| entry[name].as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}

#[track_caller]
fn says(text: &str, words: &[&str]) {
    let lower = text.to_lowercase();
    words.iter().for_each(|word| assert!(lower.contains(&word.to_lowercase()), "no `{word}` in:\n{text}"));
    assert!(!text.contains(Ceph::PASSWORD), "the password is in:\n{text}");
}

async fn applied(host: &mut Host, text: &str) -> Report {
    let report = fine(host.apply(&document(text)).await);
    host.plan(&document(text)).await.expect("no rule is broken").empty().expect("nothing is left to do");
    report
}

/// Without a cluster: it is not asked.
#[tokio::test]
async fn what_no_pool_can_be_is_refused_when_it_is_planned() {
    let mut host = Host::new(provider::provider(), backend("ceph", [])).await.expect("a valid schema");
    let cases = [
        ("erasure_code_profile = \"e\"", "`erasure_code_profile` needs `type = \"erasure\"`"),
        ("ec_overwrites = true", "`ec_overwrites` needs `type = \"erasure\"`"),
        ("type = \"erasure\"\n  size = 3", "`size` needs `type = \"replicated\"`"),
        ("size = 2\n  min_size = 3", "`min_size` cannot be above `size`"),
        ("compression_algorithm = \"zstd\"", "`compression_algorithm` needs `compression_mode`"),
        ("quota_max_bytes = \"0\"", "omit it instead"),
        ("quota_max_bytes = \"1 GB\"", "units are KiB, MiB"),
    ];
    for (arguments, refusal) in cases {
        says(&failure(host.validate(&document(&pool("p", &format!("  {arguments}\n")))).await), &[refusal]);
    }
    let right = ["type = \"erasure\"\n  ec_overwrites = true", "size = 3\n  min_size = 3", "min_size = 2"];
    for arguments in right {
        fine(host.validate(&document(&pool("p", &format!("  {arguments}\n")))).await);
    }
}

/// Ceph makes the pool, and then refuses its size.
#[tokio::test]
async fn a_pool_whose_size_is_refused_is_in_the_state() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    let text = failure(host.apply(&document(&pool("p", "  size = 1\n"))).await);
    says(
        &text,
        &["PUT", "/api/pool/p", "yes-i-really-mean-it", "keep two copies", "it exists, but not all could be set"],
    );
    assert_eq!(host.addresses(), [POOL]);
    assert!(names(&ceph, "/pool", "pool_name").contains(&"p".to_owned()));
    applied(&mut host, &pool("p", "  size = 2\n  force_destroy = true\n")).await;
    assert_eq!(seen(&ceph, "p")["size"], 2);
    fine(host.destroy().await);
    assert!(!names(&ceph, "/pool", "pool_name").contains(&"p".to_owned()), "nothing is orphaned");
    understood(&ceph);
}

/// The server would overwrite the pool, ignore the rule, and take an equal profile for its own.
#[tokio::test]
async fn what_exists_is_refused_with_its_import_id_and_stays_as_it_is() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    ceph.act("POST", "/pool", &json!({ "pool": "p", "pg_num": 1, "pool_type": "replicated", "quota_max_bytes": 7 }));
    ceph.act("POST", "/crush_rule", &json!({ "name": "r", "root": "default", "failure_domain": "osd" }));
    let profile = json!({ "name": "e", "k": 2, "m": 1, "crush-failure-domain": "osd" });
    ceph.act("POST", "/erasure_code_profile", &profile);
    ceph.act("POST", "/block/image", &json!({ "name": "disk", "pool_name": "p", "size": 4_194_304 }));
    let before = [seen(&ceph, "p"), ceph.act("GET", "/crush_rule/r", &Json::Null)];
    let id = before[0]["pool"].to_string();

    let text = failure(host.apply(&document(&pool("p", "  size = 2\n  quota_max_bytes = \"1 GiB\"\n"))).await);
    says(&text, &["it exists already", &format!("Import it with the id `{id}`")]);
    let rule = "resource \"substrate_ceph_crush_rule\" \"r\" {\n  name = \"r\"\n  failure_domain = \"host\"\n}\n";
    says(&failure(host.apply(&document(rule)).await), &["it exists already", "Import it with the id `r`"]);
    let profile = "resource \"substrate_ceph_erasure_code_profile\" \"e\" {\n  name = \"e\"\n  k = 2\n  m = 1\n  crush_failure_domain = \"osd\"\n}\n";
    says(&failure(host.apply(&document(profile)).await), &["it exists already", "Import it with the id `e`"]);
    let disk =
        "resource \"substrate_ceph_rbd_image\" \"i\" {\n  pool = \"p\"\n  name = \"disk\"\n  size = \"8 MiB\"\n}\n";
    says(&failure(host.apply(&document(disk)).await), &["it exists already", "Import it with the id `p/disk`"]);

    assert!(host.addresses().is_empty());
    assert_eq!([seen(&ceph, "p"), ceph.act("GET", "/crush_rule/r", &Json::Null)], before);
    assert_eq!(ceph.count("POST", "/pool") + ceph.count("POST", "/crush_rule") + ceph.count("POST", "/block/image"), 0);
    understood(&ceph);
}

/// The list in which the engine looks may be older than the pool.
#[tokio::test]
async fn a_pool_made_since_the_look_is_not_overwritten() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    ceph.act("POST", "/pool", &json!({ "pool": "p", "pg_num": 1, "pool_type": "replicated", "quota_max_bytes": 7 }));
    ceph.fault(Fault::on("GET", "/pool").status(200, "[]"));
    let id = seen(&ceph, "p")["pool"].to_string();
    let text = failure(host.apply(&document(&pool("p", "  quota_max_bytes = \"1 GiB\"\n"))).await);
    says(&text, &["it exists already", &format!("Import it with the id `{id}`")]);
    assert_eq!((ceph.count("POST", "/pool"), seen(&ceph, "p")["quota_max_bytes"].as_u64()), (0, Some(7)));
    understood(&ceph);
}

/// Its name may belong to another one by now.
#[tokio::test]
async fn a_pool_is_changed_by_its_number_and_keeps_what_it_is_for() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    let fs = json!({ "pool": "p", "pg_num": 1, "pool_type": "replicated", "application_metadata": ["cephfs"] });
    ceph.act("POST", "/pool", &fs);
    fine(host.import(POOL, &seen(&ceph, "p")["pool"].to_string()).await);
    let same = document(&pool("p", ""));
    fine(host.apply(&same).await);
    assert_eq!(seen(&ceph, "p")["application_metadata"], json!(["cephfs"]));

    ceph.act("PUT", "/pool/p", &json!({ "pool": "q" }));
    ceph.act("POST", "/pool", &json!({ "pool": "p", "pg_num": 1, "pool_type": "replicated" }));
    let quota = document(&pool("p", "  quota_max_objects = 9\n  applications = []\n"));
    host.apply(&quota).await.expect("no rule is broken");
    assert_eq!(
        (&seen(&ceph, "p")["quota_max_objects"], &seen(&ceph, "q")["quota_max_objects"]),
        (&json!(0), &json!(9))
    );
    assert_eq!(seen(&ceph, "q")["application_metadata"], json!([]));
    understood(&ceph);
}

#[tokio::test]
async fn an_image_whose_setting_is_refused_is_in_the_state() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    let wrong = image("  size = \"8 MiB\"\n  configuration = { rbd_nonsense = \"1\" }\n");
    let text = failure(host.apply(&document(&wrong)).await);
    says(&text, &["PUT", "it exists, but not all could be set"]);
    assert_eq!(host.addresses(), [POOL, "substrate_ceph_rbd_image.i"]);
    // The manager keeps the image open as long as it shows the task that failed.
    says(&failure(host.destroy().await), &["image is busy", "run again in a minute"]);
    understood(&ceph);
}

#[tokio::test]
async fn an_image_that_somebody_else_has_grown_is_not_cut_off() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    applied(&mut host, &image("  size = \"8 MiB\"\n")).await;
    let before = ceph.act("GET", "/block/image/p%2Fdisk", &Json::Null);
    let before = json!([{ "status": 0, "pool_name": "p", "value": [before] }]);
    ceph.act("PUT", "/block/image/p%2Fdisk", &json!({ "size": 20 << 20 }));
    // The plan is made of what was there before.
    ceph.fault(Fault::on("GET", "/block/image").status(200, &before.to_string()));
    let text = failure(host.apply(&document(&image("  size = \"12 MiB\"\n"))).await);
    says(&text, &["has grown to 20971520 bytes", "Plan again"]);
    assert_eq!(ceph.act("GET", "/block/image/p%2Fdisk", &Json::Null)["size"], 20 << 20);
    understood(&ceph);
}

/// Ceph would use the rule, and nobody could tell whose it is.
#[tokio::test]
async fn a_rule_with_the_name_of_an_erasure_coded_pool_must_be_named() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    ceph.act("POST", "/crush_rule", &json!({ "name": "p", "root": "default", "failure_domain": "osd" }));
    let text = failure(host.apply(&document(&pool("p", "  type = \"erasure\"\n"))).await);
    says(&text, &["there is a CRUSH rule `p` already", "crush_rule = \"p\""]);
    assert_eq!(ceph.count("POST", "/pool"), 0);
    understood(&ceph);
}

#[tokio::test]
async fn objects_survive_every_change_of_their_pool() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    applied(&mut host, &pool("before", "  size = 2\n  pg_num = 1\n")).await;
    ceph.write_object("before", "o", "content");
    let rule = "resource \"substrate_ceph_crush_rule\" \"r\" {\n  name = \"r\"\n  failure_domain = \"osd\"\n  device_class = \"ssd\"\n}\n";
    let changed = "  size = 3\n  min_size = 2\n  pg_num = 4\n  crush_rule = substrate_ceph_crush_rule.r.name\n  quota_max_bytes = \"1 GiB\"\n  applications = [\"app\"]\n  compression_mode = \"aggressive\"\n";
    let pool = pool("after", changed);
    applied(&mut host, &format!("{rule}{pool}")).await;
    assert_eq!(ceph.object("after", "o").as_deref(), Some("content"));
    let seen = seen(&ceph, "after");
    assert_eq!((&seen["size"], &seen["min_size"], &seen["pg_num"]), (&json!(3), &json!(2), &json!(4)), "{seen}");
    assert_eq!((&seen["crush_rule"], &seen["quota_max_bytes"]), (&json!("r"), &json!(1_073_741_824)));
    understood(&ceph);
}

#[tokio::test]
async fn a_pool_with_data_is_destroyed_on_demand_alone() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    applied(&mut host, &pool("p", "  applications = [\"app\"]\n")).await;
    ceph.write_object("p", "o", &"content".repeat(1000));
    eventually(|| ceph.act("GET", "/pool/p?stats=true", &Json::Null)["stats"]["objects"]["latest"] != 0).await;
    says(&failure(host.destroy().await), &["the pool `p` holds objects, 1 by the last count", "force_destroy = true"]);
    assert_eq!(ceph.object("p", "o").map(|content| content.len()), Some(7000));
    applied(&mut host, &pool("p", "  applications = [\"app\"]\n  force_destroy = true\n")).await;
    fine(host.destroy().await);
    assert_eq!(ceph.call("GET", "/pool/p", &Json::Null).0, 404);
    understood(&ceph);
}

/// Waits for what the OSDs report.
pub async fn eventually(holds: impl Fn() -> bool) {
    for _ in 0..300 {
        if holds() {
            return;
        }
        tfplugin::operation::sleep(Duration::from_millis(100)).await.expect("nobody stops it");
    }
    panic!("after 30 s it still does not hold");
}

#[tokio::test]
async fn images_and_snapshots_are_destroyed_on_demand_alone() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    applied(&mut host, &image("  size = \"8 MiB\"\n")).await;
    ceph.act("POST", "/block/image/p%2Fdisk/snap", &json!({ "snapshot_name": "s", "mirrorImageSnapshot": false }));
    says(&failure(host.destroy().await), &["the image `p/disk` has snapshots, such as `s`", "force_destroy = true"]);
    assert_eq!(ceph.call("GET", "/block/image/p%2Fdisk", &Json::Null).0, 200);

    // An image that nobody manages, and one in the trash.
    host.forget("substrate_ceph_rbd_image.i");
    says(&failure(host.destroy().await), &["the pool `p` holds images, such as `disk`"]);
    ceph.act("DELETE", "/block/image/p%2Fdisk/snap/s", &Json::Null);
    ceph.act("POST", "/block/image/p%2Fdisk/move_trash", &json!({ "delay": 0 }));
    says(&failure(host.destroy().await), &["the pool `p` holds images in its trash, such as `disk`"]);
    assert_eq!(ceph.call("GET", "/pool/p", &Json::Null).0, 200);
    understood(&ceph);
}

#[tokio::test]
async fn an_image_is_destroyed_with_its_snapshots_on_demand_and_its_pool_after_it() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    applied(&mut host, &image("  size = \"8 MiB\"\n  force_destroy = true\n")).await;
    ceph.act("POST", "/block/image/p%2Fdisk/snap", &json!({ "snapshot_name": "s", "mirrorImageSnapshot": false }));
    ceph.act("PUT", "/block/image/p%2Fdisk/snap/s", &json!({ "is_protected": true }));
    fine(host.destroy().await);
    assert_eq!(ceph.call("GET", "/pool/p", &Json::Null).0, 404);
    understood(&ceph);
}

#[tokio::test]
async fn sizes_mean_bytes_and_an_image_never_shrinks() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    applied(&mut host, &image("  size = \"10 GiB\"\n")).await;
    for same in ["\"10240 MiB\"", "\"10737418240\"", "10737418240"] {
        let same = document(&image(&format!("  size = {same}\n")));
        host.plan(&same).await.expect("no rule is broken").empty().expect("it means the same");
    }
    ceph.clear_log();
    let text = failure(host.plan(&document(&image("  size = \"9 GiB\"\n"))).await);
    says(&text, &["size", "cannot shrink from `10 GiB` to `9 GiB`"]);
    assert!(ceph.requests().iter().all(|request| request.method != "PUT"));
    applied(&mut host, &image("  size = \"11 GiB\"\n")).await;
    assert_eq!(ceph.act("GET", "/block/image/p%2Fdisk", &Json::Null)["size"], 11_u64 << 30);
    understood(&ceph);
}

#[tokio::test]
async fn an_erasure_coded_pool_takes_its_rule_with_it_and_leaves_those_of_others() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    let profile = "resource \"substrate_ceph_erasure_code_profile\" \"e\" {\n  name = \"e\"\n  k = 2\n  m = 1\n  crush_failure_domain = \"osd\"\n}\n";
    let coded = |name: &str, more: &str| {
        let arguments = format!(
            "  type = \"erasure\"\n  erasure_code_profile = substrate_ceph_erasure_code_profile.e.name\n  force_destroy = true\n{more}"
        );
        format!("{profile}{}", pool(name, &arguments))
    };
    applied(&mut host, &coded("first", "  ec_overwrites = true\n")).await;
    assert_eq!(names(&ceph, "/crush_rule", "rule_name"), ["first", "replicated_rule"]);
    assert_eq!(host.instance(POOL).expect("it is there").get("made_crush_rule"), &Value::from("first"));
    // The rule keeps its name where the pool does not.
    applied(&mut host, &coded("second", "  ec_overwrites = true\n")).await;
    let text = failure(host.plan(&document(&coded("second", "  ec_overwrites = false\n"))).await);
    says(&text, &["ec_overwrites", "cannot be turned off again"]);
    fine(host.destroy().await);
    assert_eq!(names(&ceph, "/crush_rule", "rule_name"), ["replicated_rule"]);

    // The monitors make the rule before they refuse the pool.
    says(&failure(host.apply(&document(&coded("huge", "  pg_num = 65536\n"))).await), &["exceeds max"]);
    assert_eq!(names(&ceph, "/crush_rule", "rule_name"), ["replicated_rule"]);

    let other = json!({ "pool": "other", "pg_num": 1, "pool_type": "erasure", "erasure_code_profile": "theirs" });
    let theirs = json!({ "name": "theirs", "k": 2, "m": 1, "crush-failure-domain": "osd" });
    ceph.act("POST", "/erasure_code_profile", &theirs);
    ceph.act("POST", "/pool", &other);
    applied(&mut host, &coded("third", "  crush_rule = \"other\"\n")).await;
    fine(host.destroy().await);
    assert_eq!(names(&ceph, "/crush_rule", "rule_name"), ["other", "replicated_rule"]);

    applied(&mut host, &coded("fourth", "")).await;
    let guest = json!({ "pool": "guest", "pg_num": 1, "pool_type": "erasure", "erasure_code_profile": "theirs",
        "rule_name": "fourth" });
    ceph.act("POST", "/pool", &guest);
    fine(host.destroy().await);
    assert_eq!(names(&ceph, "/crush_rule", "rule_name"), ["fourth", "other", "replicated_rule"]);
    understood(&ceph);
}

/// The dashboard answers 202 after two seconds, and goes on.
#[tokio::test]
async fn a_change_of_placement_groups_is_followed_to_its_end_or_to_the_deadline() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    applied(&mut host, &pool("p", "  pg_num = 1\n  size = 2\n")).await;
    applied(&mut host, &pool("p", "  pg_num = 16\n  size = 2\n")).await;
    assert!(
        ceph.requests().iter().any(|request| request.method == "PUT" && request.status == 202),
        "it takes its time"
    );
    assert_eq!(seen(&ceph, "p")["pg_num"], 16, "it is done");

    let hurried = pool("p", "  pg_num = 64\n  size = 2\n  timeouts = {\n    update = \"3s\"\n  }\n");
    let text = failure(host.apply(&document(&hurried)).await);
    says(&text, &["`pool/edit`", "goes on in the cluster", "timeouts"]);
    let state = host.instance(POOL).expect("the state is kept").clone();
    assert_eq!((state.text("name"), state.text("pg_num")), ("p".to_owned(), "64".to_owned()));
    understood(&ceph);
}

#[tokio::test]
async fn a_failed_task_is_told_in_the_words_of_the_cluster() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    ceph.fault(
        Fault::on("PUT", "/pool/p").status(202, r#"{"name":"pool/edit","metadata":{"pool_name":"p"}}"#).always(),
    );
    let task = json!({ "name": "pool/edit", "metadata": { "pool_name": "p" }, "begin_time": "2026-01-02", "success": false,
        "exception": { "detail": "[errno -34] pool is full of woe" } });
    let earlier =
        json!({ "name": "pool/edit", "metadata": { "pool_name": "p" }, "begin_time": "2026-01-01", "success": true });
    let tasks = json!({ "executing_tasks": [], "finished_tasks": [task, earlier] });
    applied(&mut host, &pool("p", "")).await;
    ceph.fault(Fault::on("GET", "/task").status(200, &tasks.to_string()).always());
    let text = failure(host.apply(&document(&pool("p", "  quota_max_objects = 5\n"))).await);
    says(&text, &["the task `pool/edit`", "pool is full of woe"]);
}

#[tokio::test]
async fn an_expired_token_is_replaced_in_the_midst_of_a_run() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    applied(&mut host, &pool("p", "")).await;
    ceph.clear_log();
    ceph.fault(Fault::on("GET", "/pool").status(401, r#"{"detail":"Invalid token"}"#));
    fine(host.refresh().await);
    let asked: Vec<(String, u16)> =
        ceph.requests().iter().map(|request| (request.path.clone(), request.status)).collect();
    assert_eq!(asked.iter().filter(|(path, _)| path == "/auth").count(), 2, "{asked:?}");
    assert_eq!(asked.last(), Some(&("/pool".to_owned(), 200)));
    understood(&ceph);
}

#[tokio::test]
async fn refusals_are_told_with_what_was_asked_and_what_to_do() {
    let ceph = Ceph::start().await;
    let endpoints = Value::List(vec![ceph.url.as_str().into()]);
    let wrong = backend("ceph", [("endpoints", endpoints), ("username", "admin".into()), ("password", "wrong".into())]);
    let mut wrong = Host::new(provider::provider(), wrong).await.expect("a valid schema");
    let text = failure(wrong.apply(&document(&pool("p", ""))).await);
    expect![[r#"
        error: substrate_ceph_pool.p: cannot create `substrate_ceph_pool`
        Cannot log in at http://ceph: POST http://ceph/api/auth answered 400 Bad Request: Invalid credentials.

        Check `ceph.username` and `ceph.password`, or CEPH_USERNAME and CEPH_PASSWORD; an account is locked after ten wrong passwords.
    "#]]
    .assert_eq(&text.replace(&ceph.url, "http://ceph"));

    let mut nowhere =
        Host::new(provider::provider(), ceph_config(["http://127.0.0.1:1"].into_iter())).await.expect("valid");
    says(&failure(nowhere.apply(&document(&pool("p", ""))).await), &["got no connection", "CEPH_ENDPOINTS"]);

    let mut host = host(&ceph).await;
    let lost =
        "resource \"substrate_ceph_rbd_image\" \"i\" {\n  pool = \"nope\"\n  name = \"disk\"\n  size = \"4 MiB\"\n}\n";
    says(&failure(host.apply(&document(lost)).await), &["error opening pool 'nope'", "Create the pool first"]);
    let user = "resource \"substrate_ceph_user\" \"u\" {\n  entity = \"client.x\"\n  caps = { mon = \"allow r\" }\n}\n";
    says(&failure(host.apply(&document(user)).await), &["/api/cluster/user", "404", "since Ceph 18.2", "ceph auth"]);
}

/// The states are those of other providers, as far as their attributes have our names.
#[tokio::test]
async fn what_other_providers_made_moves_here_with_an_empty_plan() {
    let ceph = Ceph::start().await;
    let rule = json!({ "name": "r", "root": "default", "failure_domain": "osd" });
    ceph.act("POST", "/crush_rule", &rule);
    let profile = json!({ "name": "e", "k": 2, "m": 1, "crush-failure-domain": "osd" });
    ceph.act("POST", "/erasure_code_profile", &profile);
    ceph.act("POST", "/pool", &json!({ "pool": "p", "pg_num": 1, "pool_type": "replicated" }));
    ceph.act("POST", "/block/image", &json!({ "name": "disk", "pool_name": "p", "size": 4_194_304 }));
    let states = [
        (
            "substrate_ceph_crush_rule.r",
            "ceph_crush_rule",
            json!({ "name": "r", "root": "default", "failure_domain": "osd",
            "device_class": null, "pool_type": "replicated", "rule_id": 1, "steps": [] }),
        ),
        (
            "substrate_ceph_erasure_code_profile.e",
            "ceph_erasure_code_profile",
            json!({ "name": "e", "k": 2, "m": 1,
            "plugin": "jerasure", "technique": "reed_sol_van", "crush_failure_domain": "osd", "crush_root": "default" }),
        ),
        ("substrate_ceph_rbd_image.i", "ceph_rbd_image", json!({ "name": "disk", "pool": "p", "size": 4_194_304 })),
    ];
    let mut host = host(&ceph).await;
    for (address, source, state) in states {
        fine(host.move_from(address, source, 0, &state.to_string()).await);
    }
    fine(host.refresh().await);
    let text = "resource \"substrate_ceph_crush_rule\" \"r\" {\n  name = \"r\"\n  failure_domain = \"osd\"\n}\n\
                resource \"substrate_ceph_erasure_code_profile\" \"e\" {\n  name = \"e\"\n  k = 2\n  m = 1\n}\n\
                resource \"substrate_ceph_rbd_image\" \"i\" {\n  pool = \"p\"\n  name = \"disk\"\n  size = \"4 MiB\"\n}\n";
    host.plan(&document(text)).await.expect("no rule is broken").empty().expect("nothing is left to do");
    understood(&ceph);
}

#[tokio::test]
async fn a_provider_without_addresses_or_an_account_says_what_to_set() {
    let nothing = backend("ceph", []);
    let mut host = Host::new(provider::provider(), nothing).await.expect("a valid schema");
    says(&failure(host.apply(&document(&pool("p", ""))).await), &["no address of a Ceph dashboard", "CEPH_ENDPOINTS"]);
    let endpoints = Value::List(vec!["http://127.0.0.1:1".into()]);
    let mut host = Host::new(provider::provider(), backend("ceph", [("endpoints", endpoints)])).await.expect("valid");
    says(&failure(host.apply(&document(&pool("p", ""))).await), &["no account", "CEPH_USERNAME", "CEPH_PASSWORD"]);
}

/// Ceph 18 has other versions of endpoints, and users with keys.
#[tokio::test]
async fn ceph_18_is_asked_in_its_own_versions() {
    if let Some(reason) = lab::ceph::reef_unavailable() {
        return announce(&format!("skipped: Ceph 18.2: {reason}"));
    }
    let ceph = Ceph::builder().reef().start().await.unwrap_or_else(|error| panic!("{error}"));
    let mut host = host(&ceph).await;
    let rule = "resource \"substrate_ceph_crush_rule\" \"r\" {\n  name = \"r\"\n  failure_domain = \"osd\"\n}\n";
    let user = "resource \"substrate_ceph_user\" \"u\" {\n  entity = \"client.x\"\n  caps = { mon = \"allow r\" }\n}\n";
    let image = image("  size = \"8 MiB\"\n  features = [\"layering\"]\n");
    let all = format!("{rule}{user}{image}").replace("[\"rbd\"]", "[\"rbd\"]\n  force_destroy = true");
    applied(&mut host, &all).await;
    let refused = ceph.requests().iter().filter(|request| request.status == 415).count();
    assert!((1..=2).contains(&refused), "each version is learned once: {refused}");
    says(&failure(host.apply(&document(&user.replace("\"u\"", "\"v\""))).await), &["Import it with the id `client.x`"]);
    applied(&mut host, &all.replace("8 MiB", "16 MiB").replace("allow r", "allow rw")).await;
    fine(host.destroy().await);
    assert_eq!(ceph.call("GET", "/crush_rule/r", &Json::Null).0, 404);
    understood(&ceph);
}
