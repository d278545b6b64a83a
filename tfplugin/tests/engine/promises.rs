//! What the engine promises, each with a test named after it.

use std::sync::Arc;

use tfplugin::engine::schema_faults;
use tfplugin::schema::Schema;
use tfplugin::value::Value;
use tokio::sync::Notify;

use crate::host::{Host, at, map, row, small};
use crate::library::Slip;
use crate::shelf::{Fault, number};

fn with(title: &str, members: &[(&str, Value)]) -> tfplugin::value::Object {
    let mut config = small(title);
    config.extend(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    config
}

fn says(diagnostics: &[String], parts: &[&str]) {
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    for part in parts {
        assert!(diagnostics[0].contains(part), "`{part}` is not in {diagnostics:?}");
    }
}

/// A book that somebody else made.
fn trial() -> [(&'static str, Value); 9] {
    [
        ("row", "a".into()),
        ("name", "Trial".into()),
        ("language", "de".into()),
        ("rank", map(&[("level", number(10))])),
        ("slug", "a/Trial".into()),
        ("page", "https://a/Trial".into()),
        ("changed", number(1)),
        ("rare", false.into()),
        ("locked", false.into()),
    ]
}

#[tokio::test]
async fn validation_skips_unknown_and_checks_a_null_that_a_default_fills() {
    let host = Host::unconfigured("validation");
    let mut config = small("T");
    for name in ["title", "author", "editor", "rare", "code", "binding", "chapters", "rank", "extra"] {
        config.insert(name.to_owned(), Value::Unknown);
    }
    assert_eq!(host.validate(&config).await, [""; 0]);
}

#[tokio::test]
async fn a_create_whose_update_fails_keeps_the_object() {
    let host = Host::new("failing-update").await;
    host.shelf.fault("update", Fault::Refused);
    let answer = host.bring(&Value::Null, &with("Trial", &[("review", "good".into())])).await;
    says(
        &answer.diagnostics,
        &["error: cannot create `test_book`: It exists, but not all could be set: 403 Forbidden"],
    );
    assert_eq!((at(&answer.state, "id"), at(&answer.state, "token")), (&number(1), &"token-1".into()));
    assert!(answer.state.is_wholly_known());
}

#[tokio::test]
async fn a_create_whose_read_back_fails_keeps_the_object() {
    let host = Host::new("failing-read-back").await;
    host.shelf.fault("read", Fault::Refused);
    let answer = host.bring(&Value::Null, &small("Trial")).await;
    says(&answer.diagnostics, &["It was created, but reading it back failed: 403 Forbidden"]);
    assert_eq!((at(&answer.state, "id"), at(&answer.state, "token")), (&number(1), &"token-1".into()));
}

#[tokio::test]
async fn an_object_that_does_not_appear_stays_in_state_with_the_error() {
    let host = Host::new("invisible").await;
    host.shelf.fault("create", Fault::Answer("id", number(77)));
    let answer = host.bring(&Value::Null, &small("Trial")).await;
    says(&answer.diagnostics, &["`77` does not appear, although the server accepted it"]);
    assert_eq!(at(&answer.state, "id"), &number(77));
}

#[tokio::test]
async fn a_lost_answer_finds_the_object_that_matches_the_plan() {
    let host = Host::new("lost-and-found").await;
    host.shelf.fault("create", Fault::AnswerLost);
    let answer = host.bring(&Value::Null, &with("Trial", &[("pages", number(9))])).await;
    says(&answer.diagnostics, &["The connection was cut", "`1` was found and is in the state, tainted"]);
    assert_eq!((at(&answer.state, "id"), at(&answer.state, "pages")), (&number(1), &number(9)));
}

#[tokio::test]
async fn a_lost_answer_without_an_object_names_what_may_be_left() {
    let host = Host::new("lost").await;
    host.shelf.fault("create", Fault::Swallowed);
    let answer = host.bring(&Value::Null, &small("Trial")).await;
    says(&answer.diagnostics, &["look for row = \"a\", title = \"Trial\""]);
    assert_eq!(answer.state, Value::Null);
}

#[tokio::test]
async fn a_lost_answer_does_not_take_an_object_that_differs() {
    let host = Host::new("lost-and-foreign").await;
    host.shelf.fault("find", Fault::Refused);
    let refused = host.bring(&Value::Null, &small("Trial")).await;
    says(&refused.diagnostics, &["403 Forbidden"]);
    assert_eq!(refused.state, Value::Null, "nothing is created while nobody knows what is there");
    host.shelf.fault("create", Fault::AnswerLost);
    host.shelf.fault("read", Fault::Answer("pages", number(8)));
    let answer = host.bring(&Value::Null, &with("Trial", &[("pages", number(9))])).await;
    says(&answer.diagnostics, &["It may exist all the same"]);
    assert_eq!(answer.state, Value::Null);
}

#[tokio::test]
async fn two_creates_cannot_claim_one_object() {
    let host = Host::new("claims").await;
    let config = with("Trial", &[("adopt_existing", true.into())]);
    let first = host.settled(&Value::Null, &config).await;
    let second = host.bring(&Value::Null, &config).await;
    says(&second.diagnostics, &["`1` belongs to another resource of this run already"]);
    assert_eq!(second.state, Value::Null);
    // An object that is gone can be made again.
    assert_eq!(host.delete(&first).await.state, Value::Null);
    host.settled(&Value::Null, &config).await;
}

#[tokio::test]
async fn an_object_that_is_there_is_refused_with_its_id() {
    let host = Host::new("refused").await;
    host.shelf.put(5, &trial());
    let answer = host.bring(&Value::Null, &small("Trial")).await;
    says(&answer.diagnostics, &["It exists already", "Import it with the id `5`, or set `adopt_existing = true`"]);
    assert_eq!(answer.state, Value::Null);
    assert_eq!(host.shelf.calls(), ["connect token=none", "find row=a name=Trial", "read 5"]);
}

#[tokio::test]
async fn an_object_that_is_there_is_adopted_and_brought_to_the_plan() {
    let host = Host::new("adopted").await;
    host.shelf.put(5, &trial());
    let config = with("Trial", &[("adopt_existing", true.into()), ("pages", number(9))]);
    let answer = host.bring(&Value::Null, &config).await;
    assert_eq!(
        (at(&answer.state, "id"), at(&answer.state, "pages")),
        (&number(5), &number(9)),
        "{:?}",
        answer.diagnostics
    );
    assert_eq!(host.shelf.objects()[&5]["pages"], number(9));
    assert_eq!(host.shelf.objects().len(), 1);
}

#[tokio::test]
async fn after_a_failed_update_the_state_is_what_the_backend_has() {
    let host = Host::new("failed-update").await;
    let state = host.settled(&Value::Null, &small("Trial")).await;
    host.shelf.put(1, &[("pages", number(7))]);
    host.shelf.fault("update", Fault::Refused);
    let answer = host.bring(&state, &with("Trial", &[("isbn", "1".into())])).await;
    says(&answer.diagnostics, &["cannot update `test_book`: 403 Forbidden"]);
    assert_eq!((at(&answer.state, "pages"), at(&answer.state, "isbn")), (&number(7), &Value::Null));
    host.shelf.fault("update", Fault::Refused);
    host.shelf.fault("read", Fault::Refused);
    let answer = host.bring(&state, &with("Trial", &[("isbn", "1".into())])).await;
    assert_eq!(answer.state, state, "and the prior state where nobody can tell");
}

#[tokio::test]
async fn an_update_of_local_attributes_makes_no_call_and_renews_nothing() {
    let host = Host::new("local").await;
    let state = host.settled(&Value::Null, &small("Trial")).await;
    host.shelf.calls();
    let limits =
        map(&[("create", "1h".into()), ("read", Value::Null), ("update", Value::Null), ("delete", Value::Null)]);
    let config = with("Trial", &[("adopt_existing", true.into()), ("timeouts", limits)]);
    let answer = host.bring(&state, &config).await;
    assert_eq!(answer.diagnostics, [""; 0]);
    assert_eq!(at(&answer.state, "adopt_existing"), &true.into());
    assert_eq!(at(&answer.state, "changed"), at(&state, "changed"));
    assert_eq!(host.shelf.calls(), [""; 0]);
}

#[tokio::test]
async fn deleting_what_is_gone_is_a_success() {
    let host = Host::new("gone").await;
    let state = host.settled(&Value::Null, &small("Trial")).await;
    for _ in 0..2 {
        let answer = host.delete(&state).await;
        assert_eq!((answer.state, answer.diagnostics), (Value::Null, vec![]));
    }
    host.shelf.fault("delete", Fault::Refused);
    let answer = host.delete(&state).await;
    says(&answer.diagnostics, &["cannot delete `test_book`: 403 Forbidden"]);
    assert_eq!(answer.state, state);
}

#[tokio::test]
async fn a_read_tells_gone_from_failed() {
    let host = Host::new("read").await;
    let state = host.settled(&Value::Null, &small("Trial")).await;
    host.shelf.fault("read", Fault::Refused);
    let failed = host.read(&state).await;
    says(&failed.diagnostics, &["cannot read `test_book`: 403 Forbidden"]);
    assert_eq!(failed.state, state);
    host.shelf.remove(1);
    let gone = host.read(&state).await;
    assert_eq!((gone.state, gone.diagnostics), (Value::Null, vec![]));
}

#[tokio::test]
async fn an_answer_without_a_computed_value_is_an_error() {
    let host = Host::new("omitted").await;
    let state = host.settled(&Value::Null, &small("Trial")).await;
    host.shelf.fault("read", Fault::Omit("slug"));
    let read = host.read(&state).await;
    says(&read.diagnostics, &["The API did not return `slug`.", ".slug"]);
    assert_eq!(read.state, state);
    host.shelf.fault("read", Fault::Omit("summary"));
    assert_eq!(host.read(&state).await.diagnostics, [""; 0], "a value that may be null is not missed");
}

#[tokio::test]
async fn a_panic_is_a_diagnostic_and_the_next_call_works() {
    let host = Host::new("panics").await;
    host.shelf.fault("create", Fault::Panic);
    let answer = host.bring(&Value::Null, &small("Trial")).await;
    says(&answer.diagnostics, &["the create is out of order"]);
    let state = host.settled(&Value::Null, &small("Trial")).await;
    host.shelf.fault("read", Fault::Panic);
    let read = host.read(&state).await;
    says(&read.diagnostics, &["the read is out of order"]);
    assert_eq!(read.state, state);
    host.shelf.fault("update", Fault::Panic);
    let answer = host.bring(&state, &with("Trial", &[("pages", number(3))])).await;
    says(&answer.diagnostics, &["the update is out of order"]);
    assert_eq!(at(&answer.state, "pages"), &Value::Null);
    host.shelf.fault("delete", Fault::Panic);
    let answer = host.delete(&state).await;
    says(&answer.diagnostics, &["the delete is out of order"]);
    assert_eq!(answer.state, state);
    assert_eq!(host.delete(&state).await.state, Value::Null);
}

#[tokio::test]
async fn the_users_spelling_stays_while_it_means_the_same() {
    let host = Host::new("spelling").await;
    host.shelf.fault("read", Fault::Answer("author", "KAFKA".into()));
    let answer = host.bring(&Value::Null, &small("Trial")).await;
    assert_eq!(answer.diagnostics, [""; 0]);
    assert_eq!(at(&answer.state, "author"), &"Kafka".into());
    host.shelf.put(1, &[("author", "kafka".into())]);
    let read = host.read(&answer.state).await;
    assert_eq!(at(&read.state, "author"), &"Kafka".into());
    let planned = host.plan(&read.state, &with("Trial", &[("author", "KAFKA".into())])).await;
    assert_eq!(planned.state, read.state, "another spelling of the same is no change");
}

#[tokio::test]
async fn empty_and_null_stay_as_the_user_wrote_them() {
    let host = Host::new("empty").await;
    let config = with("Trial", &[("tags", Value::List(vec![])), ("isbn", "".into()), ("marks", Value::List(vec![]))]);
    host.shelf.fault("read", Fault::Omit("tags"));
    let state = host.settled(&Value::Null, &config).await;
    host.shelf.put(1, &[("names", map(&[])), ("editor", "".into())]);
    let read = host.read(&state).await;
    assert_eq!(read.state, state, "an empty answer for what was never set is null");
}

#[tokio::test]
async fn an_interrupt_ends_a_wait_and_starts_no_write() {
    let host = Arc::new(Host::new("interrupt").await);
    let planned = host.plan(&Value::Null, &small("Slow")).await.state;
    let waiting = tokio::spawn({
        let (host, planned) = (Arc::clone(&host), planned.clone());
        async move { host.apply_of("test_book", &Value::Null, &planned, &Value::Map(small("Slow"))).await }
    });
    while !host.shelf.calls().contains(&"wait".to_owned()) {
        tokio::task::yield_now().await;
    }
    host.stop().await;
    let answer = waiting.await.unwrap();
    assert_eq!(at(&answer.state, "id"), &number(1), "what exists is in state");
    assert_eq!(answer.diagnostics, [""; 0], "the answer of the create says all that was planned");
    host.shelf.calls();
    let second = host.bring(&Value::Null, &small("Trial")).await;
    says(&second.diagnostics, &["The run was interrupted."]);
    assert_eq!((second.state, host.shelf.calls()), (Value::Null, vec![]));
}

#[tokio::test]
async fn the_answer_of_a_write_on_the_wire_goes_into_state() {
    let host = Arc::new(Host::new("on-the-wire").await);
    let state = host.settled(&Value::Null, &small("Castle")).await;
    for (verb, prior, config) in
        [("create", Value::Null, small("Trial")), ("update", state, with("Castle", &[("pages", number(4))]))]
    {
        let (arrived, released) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        host.shelf.fault(verb, Fault::Held(Arc::clone(&arrived), Arc::clone(&released)));
        let writing = tokio::spawn({
            let host = Arc::clone(&host);
            async move { host.bring(&prior, &config).await }
        });
        arrived.notified().await;
        host.stop().await;
        released.notify_one();
        let answer = writing.await.unwrap();
        assert!(answer.state.is_wholly_known() && !answer.state.is_null(), "{verb}: {answer:?}");
        if verb == "create" {
            assert_eq!(answer.diagnostics, [""; 0], "it is complete, so nothing is tainted");
        } else {
            assert_eq!(at(&answer.state, "pages"), &number(4));
        }
        host.configure(map(&[("shelf", "on-the-wire".into()), ("token", Value::Null)])).await;
    }
}

#[tokio::test]
async fn a_timeout_ends_a_wait_and_keeps_the_object() {
    let host = Host::new("timeout").await;
    let limits =
        map(&[("create", "20ms".into()), ("read", Value::Null), ("update", Value::Null), ("delete", Value::Null)]);
    let answer = host.bring(&Value::Null, &with("Slow", &[("timeouts", limits)])).await;
    says(&answer.diagnostics, &["the time for this operation is over", "Raise it in the resource's `timeouts`."]);
    assert_eq!(at(&answer.state, "id"), &number(1));
}

#[tokio::test]
async fn an_unknown_configuration_never_connects() {
    let host = Host::new("unknown").await;
    let state = host.settled(&Value::Null, &small("Trial")).await;
    host.shelf.calls();
    host.configure(map(&[("shelf", "unknown".into()), ("token", Value::Unknown)])).await;
    let read = host.read(&state).await;
    assert_eq!((read.state, read.diagnostics), (state.clone(), vec![]));
    let answer = host.bring(&state, &with("Trial", &[("pages", number(1))])).await;
    says(&answer.diagnostics, &["The configuration of `shelf` is not known yet"]);
    assert_eq!(answer.state, state);
    assert_eq!(host.shelf.calls(), [""; 0]);
}

#[tokio::test]
async fn a_configuration_connects_once_and_a_new_one_again() {
    let host = Host::new("connections").await;
    let state = host.settled(&Value::Null, &small("Trial")).await;
    host.configure(map(&[("shelf", "connections".into()), ("token", "t".into())])).await;
    host.read(&state).await;
    host.read(&state).await;
    let calls = host.shelf.calls();
    let connects: Vec<_> = calls.iter().filter(|call| call.starts_with("connect")).collect();
    assert_eq!(connects, ["connect token=none", "connect token=some"]);
}

#[tokio::test]
async fn an_import_takes_the_key_or_the_natural_key() {
    let host = Host::new("imports").await;
    let config = with("Trial", &[("pages", number(3))]);
    let state = host.settled(&Value::Null, &config).await;
    for id in ["1", "a:Trial"] {
        let imported = host.import("test_book", id).await;
        assert_eq!(imported.diagnostics, [""; 0]);
        for (name, value) in state.as_map().unwrap().iter().filter(|(name, _)| *name != "token") {
            assert_eq!(at(&imported.state, name), value, "{name}");
        }
        let planned = host.plan(&imported.state, &config).await;
        assert!(planned.replace.is_empty(), "{planned:?}");
    }
    says(
        &host.import("test_book", "x").await.diagnostics,
        &["`x` is not an import id, expected `<id>` or `<row>:<title>`"],
    );
    says(&host.import("test_book", "a:Castle").await.diagnostics, &["There is no `a:Castle`."]);
}

#[tokio::test]
async fn a_resource_without_update_says_nothing_of_what_the_server_changed_at_the_create() {
    let host = Host::new("slips").await;
    let config = Value::Map(row(Slip::TABLE, &[("row", "a".into()), ("word", "Zoo".into())]));
    let planned = host.plan_of("test_slip", &Value::Null, &config).await;
    let answer = host.apply_of("test_slip", &Value::Null, &planned.state, &config).await;
    assert_eq!(answer.diagnostics, [""; 0]);
    let imported = host.import("test_slip", "a/Zoo").await;
    assert_eq!((&imported.state, imported.diagnostics), (&answer.state, vec![]));
    let heavier = Value::Map(row(Slip::TABLE, &[("row", "b".into()), ("word", "Zoo".into()), ("weight", number(90))]));
    assert_eq!(host.plan_of("test_slip", &answer.state, &heavier).await.replace, ["row", "weight"]);
}

#[tokio::test]
async fn what_a_connection_cannot_change_is_refused_when_it_is_planned() {
    let host = Host::new("permits").await;
    let slip = |remark: Value| {
        Value::Map(row(Slip::TABLE, &[("row", "a".into()), ("word", "Zoo".into()), ("remark", remark)]))
    };
    let planned = host.plan_of("test_slip", &Value::Null, &slip("old".into())).await;
    let state = host.apply_of("test_slip", &Value::Null, &planned.state, &slip("old".into())).await.state;
    let plan = async |token: Value, remark: Value| {
        host.configure(map(&[("shelf", "permits".into()), ("token", token)])).await;
        host.plan_of("test_slip", &state, &slip(remark)).await.diagnostics
    };
    says(
        &plan("t".into(), "new".into()).await,
        &["cannot plan `test_slip`: No remark changes with a token", ".remark"],
    );
    for (token, remark) in [("t".into(), "old".into()), (Value::Null, "new".into()), (Value::Unknown, "new".into())] {
        assert_eq!(plan(token, remark).await, [""; 0]);
    }
}

#[test]
fn the_schema_keeps_cores_rules() {
    assert_eq!(schema_faults(&crate::library::provider()), [""; 0]);
}
