//! Changes of one zone, gathered into batches: all operations that wait at the same moment share one request.
//!
//! A batch is atomic. When Route 53 refuses one, the groups that it names are taken out, or else the batch is halved until
//! the guilty group stands alone: only that one fails.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_route53::types::{Change, ChangeAction};
use tfplugin::batch::{Batches, Waiting};
use tfplugin::prelude::*;

use super::change_order::in_order;
use super::record_name::{shown, unescaped};
use super::set_key::SetKey;

/// How many batches end before the next one waits for them: in a short run that would only be slower.
const SHORT_RUN: usize = 2;

/// How long the next batch waits. Most changes are in sync within a minute.
const LONGEST_END: Duration = Duration::from_secs(60);

/// Values of one request, where an UPSERT counts twice (Route 53's quotas).
const MOST_VALUES: usize = 1_000;

/// Characters of all values of one request, counted in the same way.
const MOST_CHARACTERS: usize = 32_000;

/// What Route 53 said to a batch: what came of it, or why it refuses it.
pub type Said<T> = Result<T, Vec<String>>;

/// Changes that belong together, such as the end of a record and the beginning of another.
type Group<T> = Waiting<Vec<Change>, Said<T>>;

/// The changes that wait for one zone.
pub struct ChangeQueue<T>(Arc<Batches<Vec<Change>, Said<T>>>);

impl<T: Clone + Send + 'static> ChangeQueue<T> {
    /// A queue whose batches `send` sends; it is called for one batch at a time. In a long run of batches the next one
    /// waits for the `end` of the last, after which its operations end and bring others: so they stay together, which
    /// else would go in two halves by turns from the first delay on.
    pub fn new<F, E>(
        send: impl Fn(Vec<Change>) -> F + Send + Sync + 'static,
        end: impl Fn(T) -> E + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Said<T>>> + Send + 'static,
        E: Future<Output = ()> + Send + 'static,
    {
        let (send, end, count) = (Arc::new(send), Arc::new(end), Arc::new(AtomicUsize::new(0)));
        ChangeQueue(Batches::new(move |waiting| {
            let (send, end, count) = (send.clone(), end.clone(), count.clone());
            async move {
                let mut last = None;
                for batch in requests(waiting) {
                    last = send_batch(&*send, batch).await.or(last);
                }
                if count.fetch_add(1, Ordering::Relaxed) >= SHORT_RUN
                    && let Some(outcome) = last
                {
                    // Who waits too long is let go without it.
                    tokio::time::timeout(LONGEST_END, end(outcome)).await.ok();
                }
            }
        }))
    }

    /// Sends changes that succeed or fail together, with those of others.
    pub async fn submit(&self, changes: Vec<Change>) -> Result<Said<T>> {
        self.0.submit(changes).await
    }
}

/// What waits in as few requests as the quotas allow, none of which touches a set twice.
fn requests<T>(mut waiting: Vec<Group<T>>) -> Vec<Vec<Group<T>>> {
    let mut requests = Vec::new();
    while !waiting.is_empty() {
        let (mut batch, mut rest) = (Vec::new(), Vec::new());
        let (mut size, mut sets) = (Size::default(), BTreeSet::new());
        for group in waiting {
            if !rest.is_empty() {
                rest.push(group);
                continue;
            }
            let own: BTreeSet<_> = group.task.iter().filter_map(SetKey::changed).collect();
            let with = size.plus(Size::of(&group.task));
            if (batch.is_empty() || with.fits()) && sets.is_disjoint(&own) {
                size = with;
                sets.extend(own);
                batch.push(group);
            } else {
                rest.push(group);
            }
        }
        requests.push(batch);
        waiting = rest;
    }
    requests
}

/// Sends a batch, and what is left of it when Route 53 refuses some; the outcome of what it took last.
async fn send_batch<T: Clone, F>(send: &impl Fn(Vec<Change>) -> F, batch: Vec<Group<T>>) -> Option<T>
where
    F: Future<Output = Result<Said<T>>>,
{
    let (mut parts, mut last) = (vec![batch], None);
    while let Some(part) = parts.pop() {
        let changes = part.iter().flat_map(|group| group.task.iter().cloned()).collect();
        match send(in_order(changes)).await {
            Ok(Ok(outcome)) => {
                part.into_iter().for_each(|group| group.end(Ok(Ok(outcome.clone()))));
                last = Some(outcome);
            }
            Ok(Err(messages)) => parts.extend(blame(part, &messages)),
            Err(error) => part.into_iter().for_each(|group| group.end(Err(error.clone()))),
        }
    }
    last
}

/// What a refusal says without naming a set in full.
struct Hint {
    message: String,
    words: BTreeSet<String>,
}

impl Hint {
    fn of(message: &str) -> Self {
        let message = unescaped(message);
        let words = message.split([' ', ',', '\'', '[', ']', '=']).filter(|word| !word.is_empty()).map(shown).collect();
        Hint { message, words }
    }

    /// Whether it may be about one of these changes: it has the name and the type, or the value.
    fn is_at(&self, changes: &[Change]) -> bool {
        changes.iter().filter_map(|change| change.resource_record_set.as_ref()).any(|set| {
            let by_name = self.words.contains(&shown(&set.name)) && self.words.contains(&shown(set.r#type.as_str()));
            by_name || set.resource_records().iter().any(|record| self.message.contains(&format!("'{}'", record.value)))
        })
    }
}

/// The sets that a message names in full, as `[name='www.example.com.', type='A', set-identifier='blue']`.
fn sets_in(message: &str) -> BTreeSet<SetKey> {
    let described = message.split("[name='").skip(1).filter_map(|rest| rest.split_once("']"));
    let keys = described.filter_map(|(inside, _)| {
        let mut quoted = inside.split('\'').step_by(2);
        Some(SetKey::new(quoted.next()?, quoted.next()?, quoted.next().map(str::to_owned)))
    });
    keys.collect()
}

/// Ends the groups that a refusal names; what is to be tried again is returned.
fn blame<T>(batch: Vec<Group<T>>, messages: &[String]) -> Vec<Vec<Group<T>>> {
    if batch.len() == 1 {
        batch.into_iter().for_each(|group| group.end(Ok(Err(messages.to_vec()))));
        return Vec::new();
    }
    let named: Vec<(&String, BTreeSet<SetKey>)> = messages.iter().map(|message| (message, sets_in(message))).collect();
    let (total, mut rest) = (batch.len(), Vec::new());
    for group in batch {
        let sets: BTreeSet<SetKey> = group.task.iter().filter_map(SetKey::changed).collect();
        let about = named.iter().filter(|(_, named)| !named.is_disjoint(&sets));
        let own: Vec<String> = about.map(|(message, _)| (*message).clone()).collect();
        match own.is_empty() {
            true => rest.push(group),
            false => group.end(Ok(Err(own))),
        }
    }
    if rest.len() < total {
        return if rest.is_empty() { Vec::new() } else { vec![rest] };
    }
    let hints: Vec<Hint> = messages.iter().map(|message| Hint::of(message)).collect();
    let hinted = |group: &Group<T>| hints.iter().any(|hint| hint.is_at(&group.task));
    let (suspects, mut others): (Vec<_>, Vec<_>) = rest.into_iter().partition(hinted);
    if !suspects.is_empty() && !others.is_empty() {
        return vec![suspects, others];
    }
    // A refusal that hints at all, such as that of a limit, or at none, is halved.
    others.extend(suspects);
    let second = others.split_off(others.len() / 2);
    vec![second, others]
}

/// What a request's limits count.
#[derive(Clone, Copy, Default)]
struct Size {
    values: usize,
    characters: usize,
}

impl Size {
    fn of(changes: &[Change]) -> Self {
        changes.iter().fold(Size::default(), |size, change| {
            let records = change.resource_record_set.as_ref().map(|set| set.resource_records()).unwrap_or_default();
            let times = if change.action == ChangeAction::Upsert { 2 } else { 1 };
            let characters: usize = records.iter().map(|record| record.value.chars().count()).sum();
            size.plus(Size { values: times * records.len().max(1), characters: times * characters })
        })
    }

    fn plus(self, other: Size) -> Self {
        Size { values: self.values + other.values, characters: self.characters + other.characters }
    }

    fn fits(self) -> bool {
        self.values <= MOST_VALUES && self.characters <= MOST_CHARACTERS
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use aws_sdk_route53::types::{ResourceRecord, ResourceRecordSet, RrType};
    use futures_util::future::join_all;
    use tfplugin::operation;

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
    fn queue(words: fn(&[Change]) -> Vec<String>) -> (ChangeQueue<usize>, Log) {
        let log = Log::default();
        let seen = log.clone();
        let queue = ChangeQueue::new(
            move |changes: Vec<Change>| {
                let mut seen = seen.lock().unwrap();
                seen.push(changes.iter().map(text).collect());
                let bad: Vec<_> = changes.into_iter().filter(|change| text(change).contains("bad")).collect();
                let said = if bad.is_empty() { Ok(seen.len()) } else { Err(words(&bad)) };
                async { Ok(said) }
            },
            async |_| {},
        );
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
        let results =
            join_all([queue.submit(create("a.")), queue.submit(move_of("b.")), queue.submit(create("c."))]).await;
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
        let failed: Vec<_> = names
            .iter()
            .zip(&results)
            .filter(|(_, result)| matches!(result, Ok(Err(_))))
            .map(|(name, _)| *name)
            .collect();
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

    /// Two that a delay parted: without a wait for each other they would stay apart.
    #[tokio::test(start_paused = true)]
    async fn in_a_long_run_those_come_together_that_were_apart() {
        let (sent, in_sync) = (Arc::new(Mutex::new(Vec::new())), Duration::from_secs(2));
        let seen = sent.clone();
        let send = move |changes: Vec<Change>| {
            seen.lock().unwrap().push(changes.len());
            async { Ok(Ok(tokio::time::Instant::now())) }
        };
        let queue = Arc::new(ChangeQueue::new(send, move |at| tokio::time::sleep_until(at + in_sync)));
        let workers = ["a", "b"].map(|name| {
            let queue = queue.clone();
            tokio::spawn(async move {
                if name == "b" {
                    operation::sleep(Duration::from_secs(1)).await.unwrap();
                }
                for number in 0..6 {
                    let at = queue.submit(create(&format!("{name}{number}."))).await.unwrap().unwrap();
                    tokio::time::sleep_until(at + in_sync).await;
                }
            })
        });
        join_all(workers).await;
        assert_eq!(*sent.lock().unwrap(), [1, 1, 1, 2, 2, 2, 2, 1]);
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
}
