//! The operation around a call into a resource: its deadline and the user's interrupt.
//!
//! The engine runs each create, read, update and delete inside an [`Operation`]; clients ask this module before they
//! send a write and whenever they wait, so no signature carries a context. StopProvider cancels waits and what is not
//! yet sent; a write on the wire is awaited.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{Error, Result};

tokio::task_local! {
    static CURRENT: Operation;
}

/// The limits of one call into a resource.
#[derive(Clone, Debug, Default)]
pub struct Operation {
    stop: CancellationToken,
    deadline: Option<Instant>,
}

impl Operation {
    /// An operation that ends when `stop` is cancelled or `limit` has passed.
    pub fn new(stop: CancellationToken, limit: Option<Duration>) -> Self {
        Operation { stop, deadline: limit.map(|limit| Instant::now() + limit) }
    }

    /// Runs `future` with this operation as the current one.
    pub async fn run<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }

    fn current() -> Operation {
        CURRENT.try_with(Operation::clone).unwrap_or_default()
    }
}

/// Runs what must follow although the operation is over, such as what brings back what a failed change took away. It may
/// take this long.
pub async fn afterwards<F: Future>(limit: Duration, future: F) -> F::Output {
    // It is seldom run, and would make each future that could run it as much larger.
    Operation::new(CancellationToken::new(), Some(limit)).run(Box::pin(future)).await
}

/// Fails when the user interrupted the run or the operation's time is over; ask before each request.
pub fn proceed() -> Result<()> {
    let operation = Operation::current();
    if operation.stop.is_cancelled() {
        return Err(stopped());
    }
    match operation.deadline {
        Some(deadline) if Instant::now() >= deadline => Err(timed_out()),
        _ => Ok(()),
    }
}

/// Time that is left for a request, if the operation is limited.
pub fn remaining() -> Option<Duration> {
    Operation::current().deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
}

/// Waits, but not beyond the user's interrupt or the operation's deadline.
#[expect(clippy::disallowed_methods, reason = "this is the one place that sleeps")]
pub async fn sleep(duration: Duration) -> Result<()> {
    cancellable(tokio::time::sleep(duration)).await
}

/// Waits for `future`, which must be safe to drop: a read, a queue, a lock; never a write on the wire.
pub async fn cancellable<T>(future: impl Future<Output = T>) -> Result<T> {
    let operation = Operation::current();
    let deadline = async {
        match operation.deadline {
            Some(deadline) => tokio::time::sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = operation.stop.cancelled() => Err(stopped()),
        output = future => Ok(output),
        () = deadline => Err(timed_out()),
    }
}

fn stopped() -> Error {
    Error::stopped("the run was interrupted").hint("Nothing more was sent; run apply again to continue.")
}

fn timed_out() -> Error {
    Error::new("the time for this operation is over").hint("Raise it in the resource's `timeouts`.")
}
