//! Batches: operations that wait at the same moment are carried out together.
//!
//! Terraform starts as many operations at once as its parallelism allows, and the next ones when these have ended. A
//! backend whose writes are dear, such as one that reloads for each, keeps a [`Batches`] for them: while one batch is
//! carried out, the next one gathers.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::process::caught;
use crate::{Error, Result, operation};

/// How long nothing more must have come for a batch to begin; Terraform starts its operations within milliseconds.
const QUIET: Duration = Duration::from_millis(50);

/// How many times as long it is quiet before those of the last batch are no longer expected. An end of theirs brings
/// another operation, as long as there are any: a large state on a busy machine takes Terraform a tenth of a second.
const PATIENCE: usize = 10;

/// How many times as long a batch gathers at most.
const LONGEST: usize = 40;

type Work<T, R> = Box<dyn Fn(Vec<Waiting<T, R>>) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// What waits to be carried out, and who does it.
pub struct Batches<T, R> {
    work: Work<T, R>,
    state: Mutex<State<T, R>>,
}

struct State<T, R> {
    waiting: Vec<Waiting<T, R>>,
    next: u64,
    working: bool,
    /// How many operations were under way when the last batch ended: its own, and those that came meanwhile.
    company: usize,
}

/// One operation of a batch; somebody waits for its end.
pub struct Waiting<T, R> {
    /// What is to be done.
    pub task: T,
    number: u64,
    done: oneshot::Sender<Result<R>>,
}

impl<T, R> Waiting<T, R> {
    /// Tells who waits what came of it.
    pub fn end(self, result: Result<R>) {
        // Who asked may be gone with its operation.
        self.done.send(result).ok();
    }
}

impl<T: Send + 'static, R: Send + 'static> Batches<T, R> {
    /// Batches that `work` carries out, one at a time; it ends each operation that it is given.
    ///
    /// It runs in a task of its own, beyond the deadlines of those who wait: what has begun is brought to its end.
    pub fn new<F>(work: impl Fn(Vec<Waiting<T, R>>) -> F + Send + Sync + 'static) -> Arc<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let state = State { waiting: Vec::new(), next: 0, working: false, company: 0 };
        Arc::new(Batches { work: Box::new(move |batch| Box::pin(work(batch))), state: Mutex::new(state) })
    }

    /// Has an operation carried out with those of others, and waits for its end. The user's interrupt and the
    /// operation's deadline take it back while it waits; an operation that has begun is awaited.
    pub async fn submit(self: &Arc<Self>, task: T) -> Result<R> {
        operation::proceed()?;
        let (done, mut outcome) = oneshot::channel();
        let number = self.enqueue(task, done);
        let ended = match operation::cancellable(&mut outcome).await {
            Ok(ended) => ended,
            Err(stopped) if self.withdraw(number) => return Err(stopped),
            Err(_) => outcome.await,
        };
        ended.unwrap_or_else(|_| Err(Error::answer_lost("the batch that held it was cut off")))
    }

    fn enqueue(self: &Arc<Self>, task: T, done: oneshot::Sender<Result<R>>) -> u64 {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.waiting.push(Waiting { task, number, done });
        if !state.working {
            state.working = true;
            tokio::spawn(self.clone().run());
        }
        number
    }

    /// Takes an operation back that has not begun.
    fn withdraw(&self, number: u64) -> bool {
        let mut state = self.state();
        let before = state.waiting.len();
        state.waiting.retain(|waiting| waiting.number != number);
        state.waiting.len() < before
    }

    /// Carries out batch after batch until nothing waits. A panic costs the batch that it happens in.
    async fn run(self: Arc<Self>) {
        while !self.rests() {
            self.gather().await;
            let batch = std::mem::take(&mut self.state().waiting);
            let count = batch.len();
            if count == 0 {
                continue;
            }
            if let Err(panic) = caught("a batch", (self.work)(batch)).await {
                tracing::error!(panic, "the batch was cut off");
            }
            let mut state = self.state();
            state.company = count + state.waiting.len();
        }
    }

    /// Ends the work unless something waits.
    fn rests(&self) -> bool {
        let mut state = self.state();
        state.working = !state.waiting.is_empty();
        !state.working
    }

    /// Waits until nothing more is about to come.
    async fn gather(&self) {
        let (mut seen, mut quiet) = (self.state().next, 0);
        for _ in 0..LONGEST {
            if operation::sleep(QUIET).await.is_err() {
                return;
            }
            let state = self.state();
            quiet = if state.next == seen { quiet + 1 } else { 0 };
            seen = state.next;
            let all_are_here = state.waiting.len() >= state.company;
            if quiet >= if all_are_here { 1 } else { PATIENCE } {
                return;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T, R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::operation::Operation;

    type Sizes = Arc<Mutex<Vec<usize>>>;

    /// Batches that answer how many operations they held, and where that is noted.
    fn counting(pause: Duration) -> (Arc<Batches<u32, usize>>, Sizes) {
        let sizes = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&sizes);
        let batches = Batches::new(move |batch: Vec<Waiting<u32, usize>>| {
            let count = batch.len();
            seen.lock().unwrap().push(count);
            async move {
                operation::sleep(pause).await.unwrap();
                batch.into_iter().for_each(|waiting| waiting.end(Ok(count)));
            }
        });
        (batches, sizes)
    }

    fn all(batches: &Arc<Batches<u32, usize>>, count: u32) -> Vec<tokio::task::JoinHandle<Result<usize>>> {
        (0..count)
            .map(|number| {
                let batches = batches.clone();
                tokio::spawn(async move { batches.submit(number).await })
            })
            .collect()
    }

    #[tokio::test]
    async fn who_waits_at_the_same_moment_shares_a_batch() {
        let (batches, sizes) = counting(Duration::ZERO);
        for waiting in all(&batches, 10) {
            assert_eq!(waiting.await.unwrap().unwrap(), 10);
        }
        assert_eq!(batches.submit(11).await.unwrap(), 1);
        assert_eq!(*sizes.lock().unwrap(), [10, 1]);
    }

    /// As Terraform does: each end brings the next operation, one after the other.
    #[tokio::test]
    async fn those_of_the_last_batch_are_waited_for_as_long_as_they_come() {
        let (batches, sizes) = counting(Duration::from_millis(20));
        let workers = (0..10).map(|worker| {
            let batches = batches.clone();
            tokio::spawn(async move {
                for _ in 0..3 {
                    batches.submit(worker).await.unwrap();
                    operation::sleep(Duration::from_millis(30 * u64::from(worker))).await.unwrap();
                }
            })
        });
        for worker in workers.collect::<Vec<_>>() {
            worker.await.unwrap();
        }
        assert_eq!(*sizes.lock().unwrap(), [10, 10, 10]);
    }

    #[tokio::test]
    async fn what_comes_during_a_batch_is_the_next_one() {
        let (batches, sizes) = counting(Duration::from_millis(800));
        let first = all(&batches, 3);
        operation::sleep(Duration::from_millis(200)).await.unwrap();
        let second = all(&batches, 4);
        for waiting in first.into_iter().chain(second) {
            waiting.await.unwrap().unwrap();
        }
        assert_eq!(*sizes.lock().unwrap(), [3, 4]);
    }

    #[tokio::test]
    async fn an_interrupt_takes_back_what_has_not_begun_and_waits_for_the_rest() {
        let (batches, sizes) = counting(Duration::from_millis(800));
        let begun = all(&batches, 1);
        operation::sleep(Duration::from_millis(200)).await.unwrap();
        let stop = CancellationToken::new();
        let late = {
            let (batches, stop) = (batches.clone(), stop.clone());
            tokio::spawn(async move { Operation::new(stop, None).run(batches.submit(7)).await })
        };
        operation::sleep(Duration::from_millis(200)).await.unwrap();
        stop.cancel();
        assert!(late.await.unwrap().unwrap_err().is_stopped());
        for waiting in begun {
            assert_eq!(waiting.await.unwrap().unwrap(), 1);
        }
        assert_eq!(*sizes.lock().unwrap(), [1]);
    }

    #[tokio::test]
    async fn a_batch_that_panics_is_followed_by_the_next_one() {
        let batches: Arc<Batches<u32, u32>> = Batches::new(async |mut batch: Vec<Waiting<u32, u32>>| {
            let waiting = batch.pop().unwrap();
            assert_ne!(waiting.task, 0, "no luck");
            let task = waiting.task;
            waiting.end(Ok(task));
        });
        assert!(batches.submit(0).await.unwrap_err().is_answer_lost());
        assert_eq!(batches.submit(1).await.unwrap(), 1);
    }
}
