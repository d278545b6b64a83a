//! Changes of one zone, gathered into batches: all operations that wait at the same moment share one request.
//!
//! A batch is atomic. When Route 53 refuses one, the groups that it names are taken out, or else the batch is halved until
//! the guilty group stands alone: only that one fails.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_route53::types::{Change, ChangeAction};
use tfplugin::operation;
use tfplugin::prelude::*;
use tokio::sync::oneshot;

use super::change_order::in_order;
use super::record_name::{shown, unescaped};
use super::set_key::SetKey;

/// How long nothing more must have come for a batch to be sent; Terraform starts its operations within milliseconds.
const QUIET: Duration = Duration::from_millis(50);

/// How many times as long a batch waits at most.
const ROUNDS: usize = 10;

/// Values of one request, where an UPSERT counts twice (Route 53's quotas).
const MOST_VALUES: usize = 1_000;

/// Characters of all values of one request, counted in the same way.
const MOST_CHARACTERS: usize = 32_000;

/// What Route 53 said to a batch: what came of it, or why it refuses it.
pub type Said<T> = Result<T, Vec<String>>;

type Sending<T> = Pin<Box<dyn Future<Output = Result<Said<T>>> + Send>>;

/// The changes that wait for one zone.
pub struct ChangeQueue<T> {
    send: Box<dyn Fn(Vec<Change>) -> Sending<T> + Send + Sync>,
    state: Mutex<State<T>>,
}

struct State<T> {
    waiting: Vec<Group<T>>,
    next: u64,
    working: bool,
}

/// Changes that belong together, such as the end of a record and the beginning of another.
struct Group<T> {
    number: u64,
    changes: Vec<Change>,
    done: oneshot::Sender<Result<Said<T>>>,
}

impl<T: Clone + Send + 'static> ChangeQueue<T> {
    /// A queue whose batches `send` sends; it is called for one batch at a time.
    pub fn new<F>(send: impl Fn(Vec<Change>) -> F + Send + Sync + 'static) -> Arc<Self>
    where
        F: Future<Output = Result<Said<T>>> + Send + 'static,
    {
        let state = State { waiting: Vec::new(), next: 0, working: false };
        Arc::new(ChangeQueue { send: Box::new(move |changes| Box::pin(send(changes))), state: Mutex::new(state) })
    }

    /// Sends changes that succeed or fail together, with those of others.
    pub async fn submit(self: &Arc<Self>, changes: Vec<Change>) -> Result<Said<T>> {
        operation::proceed()?;
        let (done, mut outcome) = oneshot::channel();
        let number = self.enqueue(changes, done);
        let ended = match operation::cancellable(&mut outcome).await {
            Ok(ended) => ended,
            Err(stopped) => {
                if self.withdraw(number) {
                    return Err(stopped);
                }
                // It is on the wire, and its answer belongs into the state.
                outcome.await
            }
        };
        ended.unwrap_or_else(|_| Err(Error::answer_lost("the batch of changes was cut off: the process ends")))
    }

    fn enqueue(self: &Arc<Self>, changes: Vec<Change>, done: oneshot::Sender<Result<Said<T>>>) -> u64 {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.waiting.push(Group { number, changes, done });
        if !state.working {
            state.working = true;
            tokio::spawn(self.clone().work());
        }
        number
    }

    /// Takes a group back that is not on the wire yet.
    fn withdraw(&self, number: u64) -> bool {
        let mut state = self.state();
        let before = state.waiting.len();
        state.waiting.retain(|group| group.number != number);
        state.waiting.len() < before
    }

    /// Sends batch after batch until nothing waits.
    async fn work(self: Arc<Self>) {
        let mut working = Working(&self, true);
        loop {
            if self.gather().await.is_err() {
                return;
            }
            let batch = self.next_batch();
            if batch.is_empty() {
                if working.rest() {
                    return;
                }
                continue;
            }
            self.send_batch(batch).await;
        }
    }

    /// Waits until nothing more is about to come.
    async fn gather(&self) -> Result<()> {
        let mut seen = self.state().next;
        for _ in 0..ROUNDS {
            operation::sleep(QUIET).await?;
            let next = self.state().next;
            if next == seen {
                return Ok(());
            }
            seen = next;
        }
        Ok(())
    }

    /// The oldest groups that fit into one request, none of which touches a set that another touches.
    fn next_batch(&self) -> Vec<Group<T>> {
        let mut state = self.state();
        let (mut batch, mut rest) = (Vec::new(), Vec::new());
        let (mut size, mut sets) = (Size::default(), BTreeSet::new());
        for group in state.waiting.drain(..) {
            let own: BTreeSet<_> = group.changes.iter().filter_map(SetKey::changed).collect();
            let with = size.plus(Size::of(&group.changes));
            if rest.is_empty() && (batch.is_empty() || with.fits()) && sets.is_disjoint(&own) {
                size = with;
                sets.extend(own);
                batch.push(group);
            } else {
                rest.push(group);
            }
        }
        state.waiting = rest;
        batch
    }

    /// Sends a batch, and what is left of it when Route 53 refuses some.
    async fn send_batch(&self, batch: Vec<Group<T>>) {
        let mut parts = vec![batch];
        while let Some(part) = parts.pop() {
            let changes = part.iter().flat_map(|group| group.changes.iter().cloned()).collect();
            match (self.send)(in_order(changes)).await {
                Ok(Ok(outcome)) => part.into_iter().for_each(|group| group.end(Ok(Ok(outcome.clone())))),
                Ok(Err(messages)) => parts.extend(blame(part, &messages)),
                Err(error) => part.into_iter().for_each(|group| group.end(Err(error.clone()))),
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets another worker begin when this one ends, however it ends.
struct Working<'q, T: Clone + Send + 'static>(&'q ChangeQueue<T>, bool);

impl<T: Clone + Send + 'static> Working<'_, T> {
    /// Ends the work unless something came in meanwhile.
    fn rest(&mut self) -> bool {
        let mut state = self.0.state();
        if state.waiting.is_empty() {
            state.working = false;
            self.1 = false;
        }
        !self.1
    }
}

impl<T: Clone + Send + 'static> Drop for Working<'_, T> {
    fn drop(&mut self) {
        if self.1 {
            self.0.state().working = false;
        }
    }
}

impl<T> Group<T> {
    fn end(self, result: Result<Said<T>>) {
        // Who asked may be gone with its operation.
        self.done.send(result).ok();
    }

    /// Whether a refusal is certainly about one of its sets.
    fn is_named_in(&self, message: &str) -> bool {
        let named = sets_in(message);
        self.changes.iter().filter_map(SetKey::changed).any(|key| named.contains(&key))
    }

    /// Whether a refusal may be about it: it has the name and the type, or the value.
    fn is_hinted_at(&self, message: &str) -> bool {
        let message = unescaped(message);
        let words: BTreeSet<String> =
            message.split([' ', ',', '\'', '[', ']', '=']).filter(|word| !word.is_empty()).map(shown).collect();
        self.changes.iter().filter_map(|change| change.resource_record_set.as_ref()).any(|set| {
            let by_name = words.contains(&shown(&set.name)) && words.contains(&shown(set.r#type.as_str()));
            by_name || set.resource_records().iter().any(|record| message.contains(&format!("'{}'", record.value)))
        })
    }
}

/// The sets that a message names in full, as `[name='www.example.com.', type='A', set-identifier='blue']`.
fn sets_in(message: &str) -> Vec<SetKey> {
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
    let about = |group: &Group<T>| -> Vec<String> {
        messages.iter().filter(|message| group.is_named_in(message)).cloned().collect()
    };
    let (guilty, rest): (Vec<_>, Vec<_>) = batch.into_iter().partition(|group| !about(group).is_empty());
    if !guilty.is_empty() {
        for group in guilty {
            let own = about(&group);
            group.end(Ok(Err(own)));
        }
        return if rest.is_empty() { Vec::new() } else { vec![rest] };
    }
    let hinted = |group: &Group<T>| messages.iter().any(|message| group.is_hinted_at(message));
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
