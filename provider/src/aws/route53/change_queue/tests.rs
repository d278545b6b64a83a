use aws_sdk_route53::types::{ResourceRecord, ResourceRecordSet, RrType};
use futures_util::future::join_all;

use super::*;

/// The batches that were sent, each as its names with their actions.
type Log = Arc<Mutex<Vec<Vec<String>>>>;

fn change(action: ChangeAction, name: &str, value: &str) -> Change {
    let record = ResourceRecord::builder().value(value).build().unwrap();
    let set =
        ResourceRecordSet::builder().name(name).r#type(RrType::A).ttl(60).resource_records(record).build().unwrap();
    Change::builder().action(action).resource_record_set(set).build().unwrap()
}

fn create(name: &str) -> Vec<Change> {
    vec![change(ChangeAction::Create, name, "192.0.2.1")]
}

fn text(change: &Change) -> String {
    format!("{} {}", change.action.as_str(), change.resource_record_set.as_ref().unwrap().name)
}

/// A queue before a zone that refuses every change of a name with `bad`, and says so in `words`.
fn queue(words: fn(&[Change]) -> Vec<String>) -> (Arc<ChangeQueue<usize>>, Log) {
    let log = Log::default();
    let seen = log.clone();
    let queue = ChangeQueue::new(move |changes: Vec<Change>| {
        let mut seen = seen.lock().unwrap();
        seen.push(changes.iter().map(text).collect());
        let bad: Vec<_> = changes.into_iter().filter(|change| text(change).contains("bad")).collect();
        let said = if bad.is_empty() { Ok(seen.len()) } else { Err(words(&bad)) };
        async { Ok(said) }
    });
    (queue, log)
}

fn named(bad: &[Change]) -> Vec<String> {
    let name = |change: &Change| change.resource_record_set.as_ref().unwrap().name.clone();
    let said = |change| {
        format!("Tried to create resource record set [name='{}', type='A'] but it already exists", name(change))
    };
    bad.iter().map(said).collect()
}

fn hinted(_: &[Change]) -> Vec<String> {
    vec!["RRSet of type A with DNS name bad. is not permitted in zone example.com.".to_owned()]
}

fn unnamed(_: &[Change]) -> Vec<String> {
    vec!["something is not right".to_owned()]
}

#[tokio::test(start_paused = true)]
async fn all_who_wait_share_a_batch_and_deletes_go_first() {
    let (queue, log) = queue(named);
    let move_of = |name: &str| {
        vec![change(ChangeAction::Create, name, "192.0.2.2"), change(ChangeAction::Delete, name, "192.0.2.1")]
    };
    let results = join_all([queue.submit(create("a.")), queue.submit(move_of("b.")), queue.submit(create("c."))]).await;
    assert!(results.iter().all(|result| matches!(result, Ok(Ok(1)))));
    assert_eq!(*log.lock().unwrap(), [["DELETE b.", "CREATE a.", "CREATE b.", "CREATE c."]]);

    queue.submit(create("later.")).await.unwrap().unwrap();
    assert_eq!(log.lock().unwrap().len(), 2, "a queue that rested works again");
}

#[tokio::test(start_paused = true)]
async fn only_the_record_that_is_named_fails() {
    let (queue, log) = queue(named);
    let names = ["a.", "bad1.", "b.", "bad2.", "c."];
    let results = join_all(names.map(|name| queue.submit(create(name)))).await;
    for (name, result) in names.iter().zip(results) {
        match result.unwrap() {
            Ok(_) => assert!(!name.contains("bad")),
            Err(messages) => assert!(messages.len() == 1 && messages[0].contains(&format!("name='{name}'"))),
        }
    }
    assert_eq!(log.lock().unwrap().len(), 2, "the whole, and the rest");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_names_nobody_is_narrowed_down() {
    let (queue, log) = queue(unnamed);
    let names = ["a.", "b.", "c.", "d.", "e.", "bad.", "g.", "h."];
    let results = join_all(names.map(|name| queue.submit(create(name)))).await;
    let failed: Vec<_> =
        names.iter().zip(&results).filter(|(_, result)| matches!(result, Ok(Err(_)))).map(|(name, _)| *name).collect();
    assert_eq!(failed, ["bad."]);
    assert_eq!(log.lock().unwrap().len(), 7, "eight are halved three times");
}

#[tokio::test(start_paused = true)]
async fn who_is_hinted_at_is_tried_alone() {
    let (queue, log) = queue(hinted);
    let results = join_all(["v.", "w.", "bad.", "x.", "y."].map(|name| queue.submit(create(name)))).await;
    assert_eq!(results.iter().filter(|result| matches!(result, Ok(Err(_)))).count(), 1);
    assert_eq!(
        log.lock().unwrap()[1..],
        [vec!["CREATE v.", "CREATE w.", "CREATE x.", "CREATE y."], vec!["CREATE bad."]]
    );
}

#[tokio::test(start_paused = true)]
async fn a_batch_keeps_the_limits() {
    let (queue, log) = queue(named);
    let upsert = |number: usize| vec![change(ChangeAction::Upsert, &format!("n{number}."), "192.0.2.1")];
    join_all((0..1_001).map(|number| queue.submit(upsert(number)))).await;
    assert_eq!(log.lock().unwrap().iter().map(Vec::len).collect::<Vec<_>>(), [500, 500, 1]);

    log.lock().unwrap().clear();
    let long = |number: usize| vec![change(ChangeAction::Create, &format!("n{number}."), &"x".repeat(10_000))];
    join_all((0..4).map(|number| queue.submit(long(number)))).await;
    assert_eq!(log.lock().unwrap().iter().map(Vec::len).collect::<Vec<_>>(), [3, 1]);
}

#[tokio::test(start_paused = true)]
async fn two_changes_of_one_set_are_two_batches() {
    let (queue, log) = queue(named);
    join_all([queue.submit(create("a.")), queue.submit(create("A."))]).await;
    assert_eq!(log.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_sent_yet_can_be_withdrawn() {
    let (queue, log) = queue(named);
    let stop = tokio_util::sync::CancellationToken::new();
    let operation = operation::Operation::new(stop.clone(), None);
    let withdrawn = operation.run(queue.submit(create("a.")));
    let (withdrawn, kept, ()) = tokio::join!(withdrawn, queue.submit(create("b.")), async { stop.cancel() });
    assert!(withdrawn.is_err() && kept.is_ok());
    assert_eq!(*log.lock().unwrap(), [["CREATE b."]]);
}
