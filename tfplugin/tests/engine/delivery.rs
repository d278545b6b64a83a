//! What the engine promises of what is issued with a secret, each with a test named after it.

use std::path::Path;

use tfplugin::docs;
use tfplugin::engine::schema_faults;
use tfplugin::harness::{self, Life, live};
use tfplugin::value::{Object, Value};

use crate::desk::{Desk, PASS, drawer, gates, held, pass};
use crate::host::{Answered, at, map};
use crate::passes::{now, provider};
use crate::shelf::{Fault, Shelf, number};

fn says(diagnostics: &[String], parts: &[&str]) {
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    for part in parts {
        assert!(diagnostics[0].contains(part), "`{part}` is not in {diagnostics:?}");
    }
}

#[tokio::test]
async fn three_plans_and_one_apply_issue_one() {
    let desk = Desk::new("passes-one").await;
    for _ in 0..3 {
        desk.plan(&Value::Null, &pass(&[])).await;
    }
    assert_eq!((desk.shelf.calls(), desk.safe.calls()), (vec![], vec![]), "a plan asks nobody");
    let state = desk.settled(&Value::Null, &pass(&[])).await;
    assert_eq!((desk.alive(), desk.kept(1)), (vec![1], Some("sesame-1".into())));
    assert_eq!(at(at(at(&state, "deliver"), "safe_drawer"), "side"), &"front".into());
    let calls = ["connect token=none", "list row=a name=Josef", "create name=Josef row=a", "read 1", "read 1"];
    assert_eq!(
        (desk.shelf.calls(), desk.safe.calls()),
        (calls.map(str::to_owned).into(), vec!["connect".into(), "probe 1".into(), "deliver 1".into()])
    );
}

#[tokio::test]
async fn a_failing_sink_leaves_nothing_alive() {
    let desk = Desk::new("passes-refused").await;
    desk.safe.fault("deliver", Fault::Refused);
    let answer = desk.bring(&Value::Null, &pass(&[])).await;
    says(
        &answer.diagnostics,
        &[
            "cannot create `test_pass`: The secret was not delivered to `safe_drawer`: 403 Forbidden.",
            "`a:1`, which was issued for it, is revoked.",
            ".deliver",
        ],
    );
    assert_eq!((answer.state, desk.alive()), (Value::Null, vec![]));
    desk.safe.fault("deliver", Fault::AnswerLost);
    let answer = desk.bring(&Value::Null, &pass(&[])).await;
    says(&answer.diagnostics, &["the connection was cut", "`a:2`, which was issued for it, is revoked."]);
    assert_eq!((answer.state, desk.alive()), (Value::Null, vec![]));
    desk.settled(&Value::Null, &pass(&[])).await;
}

#[tokio::test]
async fn what_cannot_be_revoked_is_in_the_state() {
    let desk = Desk::new("passes-stuck").await;
    desk.safe.fault("deliver", Fault::Refused);
    desk.shelf.fault("delete", Fault::Refused);
    let answer = desk.bring(&Value::Null, &pass(&[])).await;
    says(&answer.diagnostics, &["403 Forbidden", "alive until the next apply revokes it: `a:1`: 403 Forbidden"]);
    assert_eq!((at(&answer.state, "id"), answer.state.is_wholly_known()), (&number(1), true));
    // It is tainted, so the next apply destroys it first.
    assert_eq!(desk.destroy(&answer.state).await.diagnostics, [""; 0]);
    assert_eq!(desk.alive(), [0; 0]);
}

#[tokio::test]
async fn no_error_tells_the_secret() {
    let desk = Desk::new("passes-gossip").await;
    let side = map(&[("drawer", number(1)), ("side", "gossip".into())]);
    let deliver = map(&[("safe_drawer", side), ("shelf_slot", Value::Null)]);
    let answer = desk.bring(&Value::Null, &pass(&[("deliver", deliver)])).await;
    says(&answer.diagnostics, &["400 `(redacted)` does not fit"]);
}

#[tokio::test]
async fn a_sink_that_cannot_be_reached_issues_nothing() {
    let desk = Desk::new("passes-unreached").await;
    for verb in ["connect", "probe"] {
        desk.safe.fault(verb, Fault::Refused);
        let answer = desk.bring(&Value::Null, &pass(&[])).await;
        says(&answer.diagnostics, &["The secret cannot be delivered to `safe_drawer`: 403 Forbidden.", ".deliver"]);
        assert_eq!((answer.state, desk.alive()), (Value::Null, vec![]));
        assert!(!desk.shelf.calls().iter().any(|call| call.starts_with("create")), "{verb}");
    }
}

#[tokio::test]
async fn what_is_issued_without_an_answer_is_revoked() {
    let desk = Desk::new("passes-lost").await;
    desk.shelf.fault("create", Fault::AnswerLost);
    let answer = desk.bring(&Value::Null, &pass(&[])).await;
    says(
        &answer.diagnostics,
        &["The connection was cut", "Nobody has the secret of `a:1`, which was found and is revoked."],
    );
    assert_eq!((answer.state, desk.alive()), (Value::Null, vec![]));
    desk.shelf.fault("create", Fault::Swallowed);
    let answer = desk.bring(&Value::Null, &pass(&[])).await;
    says(&answer.diagnostics, &["look for row = \"a\", name = \"Josef\""]);
    let state = desk.settled(&Value::Null, &pass(&[])).await;
    desk.shelf.fault("create", Fault::AnswerLost);
    let answer = desk.bring(&state, &pass(&[gates(&["north"])])).await;
    says(&answer.diagnostics, &["Nobody has the secret of `a:3`, which was found and is revoked."]);
    assert_eq!((&answer.state, desk.alive()), (&state, vec![2]), "what was there before stays");
    desk.shelf.fault("create", Fault::AnswerLost);
    let answer = desk.bring(&state, &pass(&[("deliver", drawer(2))])).await;
    says(&answer.diagnostics, &["Nobody has the secret of `a:4`, which was found and is revoked."]);
    assert_eq!((&answer.state, desk.alive()), (&state, vec![2]), "even if it is just as the lost one");
}

#[tokio::test]
async fn what_lives_under_the_name_is_refused_with_its_id() {
    let desk = Desk::new("passes-taken").await;
    desk.leave(5);
    let answer = desk.bring(&Value::Null, &pass(&[])).await;
    says(&answer.diagnostics, &["There is `a:5` already: row = \"a\", name = \"Josef\"", "Import it"]);
    assert_eq!((answer.state, desk.alive()), (Value::Null, vec![5]));
}

#[tokio::test]
async fn a_list_of_earlier_refuses_nothing_that_is_gone() {
    let desk = Desk::new("passes-listed").await;
    desk.leave(5);
    let (fault, arrived, released) = held();
    desk.shelf.fault("list", fault);
    let apply = desk.begun(&Value::Null, &pass(&[]));
    arrived.notified().await;
    desk.shelf.remove(5);
    released.notify_one();
    assert_eq!((apply.await.unwrap().diagnostics, desk.alive()), (vec![], vec![6]));
}

#[tokio::test]
async fn two_resources_of_a_run_cannot_issue_the_same() {
    let desk = Desk::new("passes-twins").await;
    let (fault, arrived, released) = held();
    desk.shelf.fault("create", fault);
    let first = desk.begun(&Value::Null, &pass(&[]));
    arrived.notified().await;
    let second = desk.bring(&Value::Null, &pass(&[("deliver", drawer(2))])).await;
    says(&second.diagnostics, &["Another resource of this run issues the same"]);
    released.notify_one();
    assert_eq!(first.await.unwrap().diagnostics, [""; 0]);
    assert_eq!(desk.alive(), [1]);
}

#[tokio::test]
async fn two_resources_of_a_run_cannot_deliver_to_one_place() {
    let desk = Desk::new("passes-place").await;
    let refused = |answer: &Answered| {
        says(&answer.diagnostics, &["delivers its secret to the same place: `safe_drawer`, drawer 1", ".deliver"]);
    };
    let other = |deliver: Value| pass(&[("name", "K".into()), ("deliver", deliver)]);
    let first = desk.settled(&Value::Null, &pass(&[])).await;
    let side = map(&[("drawer", number(1)), ("side", "back".into())]);
    let second = desk.bring(&Value::Null, &other(map(&[("safe_drawer", side), ("shelf_slot", Value::Null)]))).await;
    refused(&second);
    assert_eq!((second.state, desk.alive(), desk.kept(1)), (Value::Null, vec![1], Some("sesame-1".into())));
    let second = desk.settled(&Value::Null, &other(drawer(2))).await;
    let moved = desk.bring(&second, &other(drawer(1))).await;
    refused(&moved);
    assert_eq!((&moved.state, desk.alive()), (&second, vec![1, 2]));
    // A place that its resource left is free, and so is that of a resource which is gone.
    let first = desk.settled(&first, &pass(&[("deliver", drawer(3))])).await;
    desk.settled(&second, &other(drawer(1))).await;
    assert_eq!(desk.destroy(&first).await.diagnostics, [""; 0]);
    desk.settled(&Value::Null, &pass(&[("name", "L".into()), ("deliver", drawer(3))])).await;
    assert_eq!(desk.alive(), [4, 5]);
}

#[tokio::test]
async fn a_change_issues_a_successor_and_then_revokes() {
    let desk = Desk::new("passes-change").await;
    let mut state = desk.settled(&Value::Null, &pass(&[])).await;
    desk.shelf.calls();
    let changes = [
        (gates(&["north"]), "create gates=[north] name=Josef row=a", 2),
        (("deliver", drawer(7)), "create name=Josef row=a", 3),
        (("name", "K".into()), "create name=K row=a", 4),
    ];
    for (change, create, id) in changes {
        let config = pass(&[change]);
        let planned = desk.plan(&state, &config).await.state;
        for name in ["id", "ends_at", "lifetime"] {
            assert_eq!(at(&planned, name), &Value::Unknown, "{name}");
        }
        state = desk.settled(&state, &config).await;
        assert_eq!((at(&state, "id"), desk.alive()), (&number(id), vec![id]));
        let calls = desk.shelf.calls();
        let (created, deleted) = (create.to_owned(), format!("delete {}", id - 1));
        let writes: Vec<_> =
            calls.iter().filter(|call| !call.starts_with("read") && !call.starts_with("list")).collect();
        assert_eq!(writes, [&created, &deleted]);
        let read = calls.iter().position(|call| *call == format!("read {id}")).unwrap();
        assert_eq!(calls.get(read + 1), Some(&deleted), "nothing stands between the last call and the state");
    }
    assert_eq!((desk.kept(1), desk.kept(7)), (Some("sesame-4".into()), Some("sesame-3".into())));
}

#[tokio::test]
async fn a_note_issues_nothing() {
    let desk = Desk::new("passes-note").await;
    let state = desk.settled(&Value::Null, &pass(&[])).await;
    desk.shelf.calls();
    let state = desk.settled(&state, &pass(&[("remark", "late".into())])).await;
    assert_eq!(at(&state, "remark"), &"late".into());
    let state = desk.settled(&state, &pass(&[("renew_before", number(100))])).await;
    let end = at(&state, "ends_at").as_number().unwrap().as_u64().unwrap();
    assert_eq!((at(&state, "renew_at"), at(&state, "id")), (&number(end - 100), &number(1)));
    assert!(desk.shelf.calls().iter().all(|call| call == "read 1"));
    desk.shelf.fault("read", Fault::Refused);
    let failed = desk.bring(&state, &pass(&[("renew_before", number(50))])).await;
    says(&failed.diagnostics, &["403 Forbidden"]);
    assert_eq!(failed.state, state);
}

#[tokio::test]
async fn a_successor_is_planned_when_it_is_due() {
    let desk = Desk::new("passes-due").await;
    let config = pass(&[("renew_before", number(100))]);
    let state = desk.settled(&Value::Null, &config).await;
    assert!(!at(&state, "renew_at").is_null(), "the day is in the state");
    desk.shelf.put(1, &[("ends_at", number(now() + 50))]);
    let state = desk.read(&state).await;
    let planned = desk.plan(&state, &config).await;
    assert_eq!((at(&planned.state, "id"), at(&planned.state, "renew_at")), (&Value::Unknown, &Value::Unknown));
    let state = desk.settled(&state, &config).await;
    assert_eq!((at(&state, "id"), desk.alive(), desk.kept(1)), (&number(2), vec![2], Some("sesame-2".into())));
    // A note that makes it due issues a successor at once.
    let sooner = desk.plan(&state, &pass(&[("renew_before", number(1000))])).await;
    assert_eq!(at(&sooner.state, "id"), &Value::Unknown);
}

#[tokio::test]
async fn a_failed_delivery_leaves_the_old_one_in_its_place() {
    let desk = Desk::new("passes-old").await;
    let state = desk.settled(&Value::Null, &pass(&[])).await;
    let config = pass(&[gates(&["north"])]);
    for (verb, fault) in [("deliver", Fault::Refused), ("probe", Fault::Refused)] {
        desk.safe.fault(verb, fault);
        let answer = desk.bring(&state, &config).await;
        says(&answer.diagnostics, &["cannot update `test_pass`", "403 Forbidden"]);
        assert_eq!((&answer.state, desk.alive(), desk.kept(1)), (&state, vec![1], Some("sesame-1".into())));
    }
    desk.safe.fault("deliver", Fault::Refused);
    desk.shelf.fault("delete", Fault::Refused);
    let answer = desk.bring(&state, &config).await;
    says(&answer.diagnostics, &["alive until the next apply revokes it: `a:3`: 403 Forbidden"]);
    assert_eq!((&answer.state, desk.alive()), (&state, vec![1, 3]));
    desk.settled(&state, &config).await;
    assert_eq!((desk.alive(), desk.kept(1)), (vec![4], Some("sesame-4".into())));
}

#[tokio::test]
async fn a_delivery_without_an_answer_leaves_both_alive_until_the_next_apply() {
    let desk = Desk::new("passes-unsure").await;
    let state = desk.settled(&Value::Null, &pass(&[])).await;
    let config = pass(&[gates(&["north"])]);
    desk.safe.fault("deliver", Fault::AnswerLost);
    let answer = desk.bring(&state, &config).await;
    says(&answer.diagnostics, &["The secret of `a:2` may be there all the same, so nothing was revoked: apply again."]);
    assert_eq!((&answer.state, desk.alive(), desk.kept(1)), (&state, vec![1, 2], Some("sesame-2".into())));
    desk.settled(&state, &config).await;
    assert_eq!((desk.alive(), desk.kept(1)), (vec![3], Some("sesame-3".into())));
}

#[tokio::test]
async fn a_predecessor_that_cannot_be_revoked_is_named() {
    let desk = Desk::new("passes-undead").await;
    let state = desk.settled(&Value::Null, &pass(&[])).await;
    desk.shelf.fault("delete", Fault::Refused);
    let answer = desk.bring(&state, &pass(&[gates(&["north"])])).await;
    says(&answer.diagnostics, &["what was there before is alive: `a:1`: 403 Forbidden"]);
    assert_eq!((at(&answer.state, "id"), desk.alive()), (&number(2), vec![1, 2]));
    desk.shelf.fault("delete", Fault::Refused);
    desk.shelf.fault("read", Fault::Refused);
    let answer = desk.bring(&answer.state, &pass(&[])).await;
    says(
        &answer.diagnostics,
        &["It was issued and delivered, but reading it back failed", "alive: `a:1`: 403 Forbidden"],
    );
    assert_eq!((at(&answer.state, "id"), desk.alive()), (&number(3), vec![1, 3]));
    desk.settled(&answer.state, &pass(&[gates(&["south"])])).await;
    assert_eq!(desk.alive(), [4], "the next successor revokes it");
}

#[tokio::test]
async fn an_interrupt_leaves_the_old_one_or_the_new_one() {
    for (server, verb, first, second) in [
        ("shelf", "create", vec![], vec![1]),
        ("safe", "deliver", vec![1], vec![2]),
        ("shelf", "read", vec![1], vec![2]),
    ] {
        for has_prior in [false, true] {
            let desk = Desk::new(&format!("passes-stop-{verb}-{has_prior}")).await;
            let prior = if has_prior { desk.settled(&Value::Null, &pass(&[])).await } else { Value::Null };
            let (fault, arrived, released) = held();
            if server == "shelf" { &desk.shelf } else { &desk.safe }.fault(verb, fault);
            let apply = desk.begun(&prior, &pass(&[gates(&["north"])]));
            arrived.notified().await;
            desk.host.stop().await;
            released.notify_one();
            let answer = apply.await.unwrap();
            let alive = if has_prior { &second } else { &first };
            assert_eq!(&desk.alive(), alive, "{verb}: {answer:?}");
            match alive.as_slice() {
                [] => assert_eq!(answer.state, Value::Null),
                [id] => assert_eq!(at(&answer.state, "id"), &number(*id), "{verb}: {answer:?}"),
                more => panic!("{more:?}"),
            }
            let told = answer.diagnostics.iter().any(|text| text.contains("the run was interrupted"));
            assert_eq!(told, verb == "create", "{answer:?}");
        }
    }
}

#[tokio::test]
async fn what_is_issued_at_the_last_moment_is_revoked_in_time_of_its_own() {
    let desk = Desk::new("passes-late").await;
    let limits =
        map(&[("create", "20ms".into()), ("read", Value::Null), ("update", Value::Null), ("delete", Value::Null)]);
    let (fault, arrived, released) = held();
    desk.shelf.fault("create", fault);
    let apply = desk.begun(&Value::Null, &pass(&[("timeouts", limits)]));
    arrived.notified().await;
    tokio::time::sleep_until(tokio::time::Instant::now() + std::time::Duration::from_millis(30)).await;
    released.notify_one();
    let answer = apply.await.unwrap();
    says(&answer.diagnostics, &["the time for this operation is over", "`a:1`, which was issued for it, is revoked."]);
    assert_eq!((answer.state, desk.alive()), (Value::Null, vec![]));
}

#[tokio::test]
async fn after_a_crash_the_next_apply_leaves_one() {
    for (server, verb) in [("shelf", "create"), ("safe", "deliver"), ("shelf", "read")] {
        let desk = Desk::new(&format!("passes-crash-{verb}")).await;
        let state = desk.settled(&Value::Null, &pass(&[])).await;
        let config = pass(&[gates(&["north"])]);
        for crashes in 1..=2 {
            let (fault, arrived, _released) = held();
            if server == "shelf" { &desk.shelf } else { &desk.safe }.fault(verb, fault);
            let apply = desk.begun(&state, &config);
            arrived.notified().await;
            apply.abort();
            assert!(apply.await.unwrap_err().is_cancelled());
            assert_eq!(desk.alive().len(), 1 + crashes, "{verb}");
        }
        let desk = desk.restarted().await;
        let state = desk.read(&state).await;
        assert_eq!(at(&state, "id"), &number(1), "the old one is alive and in the state");
        desk.settled(&state, &config).await;
        assert_eq!((desk.alive(), desk.kept(1)), (vec![4], Some("sesame-4".into())), "{verb}");
    }
}

#[tokio::test]
async fn the_object_in_the_state_is_revoked_last() {
    let desk = Desk::new("passes-last").await;
    let state = desk.settled(&Value::Null, &pass(&[])).await;
    let config = pass(&[gates(&["north"])]);
    desk.leave(9);
    let (fault, arrived, _released) = held();
    desk.shelf.fault("delete", fault);
    let apply = desk.begun(&state, &config);
    arrived.notified().await;
    apply.abort();
    assert_eq!(desk.alive(), [1, 10]);
    let desk = desk.restarted().await;
    desk.settled(&state, &config).await;
    assert_eq!((desk.alive(), desk.kept(1)), (vec![11], Some("sesame-11".into())));
}

#[tokio::test]
async fn after_a_crash_at_the_very_end_an_import_goes_on() {
    let desk = Desk::new("passes-end").await;
    let state = desk.settled(&Value::Null, &pass(&[])).await;
    let (fault, arrived, _released) = held();
    desk.shelf.fault("delete", fault);
    let apply = desk.begun(&state, &pass(&[gates(&["north"])]));
    arrived.notified().await;
    apply.abort();
    let desk = desk.restarted().await;
    assert_eq!(desk.read(&state).await, Value::Null);
    assert_eq!((desk.alive(), desk.kept(1)), (vec![2], Some("sesame-2".into())), "what is delivered works");
    says(&desk.bring(&Value::Null, &pass(&[])).await.diagnostics, &["There is `a:2` already"]);
    let imported = desk.host.import(PASS, "a:2").await.state;
    desk.settled(&imported, &pass(&[])).await;
    assert_eq!((desk.alive(), desk.kept(1)), (vec![3], Some("sesame-3".into())));
}

#[tokio::test]
async fn an_import_is_followed_by_a_successor() {
    let desk = Desk::new("passes-import").await;
    let state = desk.settled(&Value::Null, &pass(&[gates(&["north"])])).await;
    for id in ["a:1", "a:Josef"] {
        let imported = desk.host.import(PASS, id).await;
        assert_eq!((imported.diagnostics, at(&imported.state, "deliver")), (vec![], &Value::Null));
        assert_eq!(at(&imported.state, "gates"), at(&state, "gates"));
    }
    let imported = desk.host.import(PASS, "a:1").await.state;
    // Somebody else may need what has the same name.
    desk.leave(5);
    says(&desk.host.import(PASS, "a:Josef").await.diagnostics, &["there are `a:1`, `a:5`"]);
    let refused = desk.bring(&imported, &pass(&[])).await;
    says(&refused.diagnostics, &["There is `a:5` already", "revoke it if nobody needs it"]);
    assert_eq!((refused.state, desk.alive()), (imported.clone(), vec![1, 5]));
    assert_eq!(desk.destroy(&imported).await.diagnostics, [""; 0]);
    assert_eq!(desk.alive(), [5]);
    let imported = desk.host.import(PASS, "a:5").await.state;
    desk.settled(&imported, &pass(&[])).await;
    assert_eq!((desk.alive(), desk.kept(1)), (vec![6], Some("sesame-6".into())));
}

#[tokio::test]
async fn another_name_must_be_free() {
    let desk = Desk::new("passes-names").await;
    let state = desk.settled(&Value::Null, &pass(&[("name", "K".into())])).await;
    desk.leave(5);
    let answer = desk.bring(&state, &pass(&[])).await;
    says(&answer.diagnostics, &["There is `a:5` already: row = \"a\", name = \"Josef\""]);
    assert_eq!((answer.state, desk.alive()), (state, vec![1, 5]));
}

#[tokio::test]
async fn destroying_revokes_and_leaves_what_was_delivered() {
    let desk = Desk::new("passes-gone").await;
    let state = desk.settled(&Value::Null, &pass(&[])).await;
    desk.leave(5);
    desk.shelf.fault("list", Fault::Refused);
    let failed = desk.destroy(&state).await;
    says(&failed.diagnostics, &["cannot delete `test_pass`: 403 Forbidden"]);
    assert_eq!(failed.state, state);
    for _ in 0..2 {
        let answer = desk.destroy(&state).await;
        assert_eq!((answer.state, answer.diagnostics), (Value::Null, vec![]));
    }
    assert_eq!((desk.alive(), desk.kept(1)), (vec![], Some("sesame-1".into())));
    desk.settled(&Value::Null, &pass(&[])).await;
}

#[tokio::test]
async fn exactly_one_sink_is_named() {
    let desk = Desk::new("passes-sinks").await;
    let deliver =
        |drawer: Value, slot: Value| pass(&[("deliver", map(&[("safe_drawer", drawer), ("shelf_slot", slot)]))]);
    let drawer = || map(&[("drawer", number(1)), ("side", Value::Null)]);
    let slot = |left: Value, right: Value| map(&[("left", left), ("right", right)]);
    let validate = async |config: &Object| desk.host.validate_of(PASS, config).await;
    says(&validate(&pass(&[("deliver", Value::Null)])).await, &["`deliver` is required", ".deliver"]);
    let none = deliver(Value::Null, Value::Null);
    let wanted = "error: invalid configuration of `test_pass`: In `deliver` one of `safe_drawer`, `shelf_slot` must be set. .deliver";
    assert_eq!(validate(&none).await, [wanted]);
    let both = deliver(drawer(), slot(number(1), Value::Null));
    says(
        &validate(&both).await,
        &["In `deliver` only one of `safe_drawer`, `shelf_slot` can be set", ".deliver.shelf_slot"],
    );
    let unclear = deliver(Value::Null, slot(number(1), number(2)));
    says(&validate(&unclear).await, &["In `deliver.shelf_slot` only one of `left`, `right` can be set"]);
    let unknown = map(&[("drawer", Value::Unknown), ("side", Value::Unknown)]);
    for open in [
        pass(&[("deliver", Value::Unknown)]),
        deliver(Value::Unknown, Value::Null),
        deliver(unknown, Value::Null),
        deliver(drawer(), Value::Unknown),
    ] {
        assert_eq!(validate(&open).await, [""; 0]);
        assert_eq!(desk.plan(&Value::Null, &open).await.diagnostics, [""; 0]);
    }
    desk.settled(&Value::Null, &deliver(Value::Null, slot(number(4), Value::Null))).await;
    assert!(desk.shelf.calls().contains(&"slot left=Some(4) right=None".to_owned()));
}

#[test]
fn the_schema_and_the_manual_show_the_sinks() {
    assert_eq!(schema_faults(&provider()), [""; 0]);
    let pages = docs::pages(&provider(), Path::new("/nowhere"));
    let page = &pages[Path::new("resources/pass.md")];
    for part in [
        "- `deliver` (Attributes) Where the secret goes",
        "- Exactly one of `safe_drawer` and `shelf_slot` must be set.",
        "- `side` (String) Side that opens. Defaults to `\"front\"`.",
        "- Exactly one of `left` and `right` must be set.",
    ] {
        assert!(page.contains(part), "`{part}` is not in {page}");
    }
}

#[tokio::test]
async fn a_pass_leads_a_whole_life() {
    let config = map(&[
        ("shelf", map(&[("shelf", "passes-life".into()), ("token", Value::Null)])),
        ("safe", map(&[("safe", "passes-life-safe".into())])),
    ]);
    let mut host = harness::Host::new(provider(), config.as_map().unwrap().clone()).await.unwrap();
    let resource =
        |more: &str| format!("resource \"test_pass\" \"example\" {{\n row = \"a\"\n name = \"Josef\"\n {more}\n}}\n");
    let shelf = Shelf::named("passes-life");
    let life = Life {
        type_name: PASS,
        resource: &resource("deliver = { safe_drawer = { drawer = 1 } }"),
        update: &resource(
            "gates = [\"north\"]\n lifetime = 500\n renew_before = 9\n remark = \"late\"\n deliver = { shelf_slot = { left = 1 } }",
        ),
        vanish: &|_| shelf.objects().keys().for_each(|id| shelf.remove(*id)),
        over: &|_| assert!(shelf.objects().len() <= 1),
    };
    assert_eq!(live(&mut host, &life).await.unwrap(), [""; 0]);
    assert!(shelf.objects().is_empty());
}
