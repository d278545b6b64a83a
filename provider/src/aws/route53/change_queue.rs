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
            match (self.send)(in_order(&part)).await {
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

/// The changes of all groups, with what goes before what comes: a name can have an A record or a CNAME, not both.
fn in_order<T>(groups: &[Group<T>]) -> Vec<Change> {
    let mut changes: Vec<_> = groups.iter().flat_map(|group| group.changes.iter().cloned()).collect();
    changes.sort_by_key(|change| change.action != ChangeAction::Delete);
    changes
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
mod tests;
