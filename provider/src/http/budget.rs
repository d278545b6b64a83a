//! Budgets: how often and how much at once a host is asked, for the whole process.
//!
//! Every transport to one host shares one [`Host`], whatever provider alias it belongs to. Of those that
//! wait for room on the wire, writes go before reads.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use reqwest::header::HeaderMap;
use tfplugin::{Error, Result, operation};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::retry::{Retry, asked_wait, reset_wait};
use super::{Answer, Method};

/// The hosts that a transport knows: what a server said of its limits ends with the last of them, since another
/// server may get its port.
static HOSTS: Mutex<BTreeMap<String, Weak<Host>>> = Mutex::new(BTreeMap::new());

/// Whatever a server says while it still answers, it is asked again after this time.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A rate that a server allows for one class of endpoints.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The method.
    pub method: Method,
    /// The path below the address; `*` is one segment and a last `**` is all that follow.
    pub pattern: &'static str,
    /// Requests per second in the long run.
    pub per_second: f64,
    /// Requests at once after a rest.
    pub burst: u32,
}

impl Rule {
    pub(super) fn matches(&self, method: Method, path: &str) -> bool {
        let mut segments = path.split('/');
        for part in self.pattern.split('/') {
            match (part, segments.next()) {
                ("**", Some(_)) => return self.method == method,
                ("*", Some(_)) => {}
                (part, Some(segment)) if part == segment => {}
                _ => return false,
            }
        }
        segments.next().is_none() && self.method == method
    }
}

/// What shares a bucket: the requests that one rule matches, or those of a method that none does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Class {
    pub(super) method: Method,
    pub(super) pattern: Option<&'static str>,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.pattern.unwrap_or("(other)"))
    }
}

/// One server, as all transports to it see it.
pub(super) struct Host {
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    running: usize,
    concurrency: usize,
    /// Writes that wait only for room on the wire.
    writes: usize,
    buckets: BTreeMap<Class, Bucket>,
}

#[derive(Default)]
struct Bucket {
    /// Requests per second and requests at once; without it there is no limit of our own.
    rate: Option<(f64, f64)>,
    tokens: f64,
    filled: Option<Instant>,
    paused: Option<Instant>,
}

enum Obstacle {
    /// The server closed the class for this time.
    Paused(Duration),
    /// There is a token after this time.
    Token(Duration),
    /// The wire is full, or a write goes first.
    Room,
}

impl Host {
    /// The host of `origin` with these limits; of two transports' limits the stricter count.
    pub(super) fn of(origin: String, rules: &[Rule], concurrency: usize) -> Arc<Self> {
        let mut hosts = HOSTS.lock().unwrap_or_else(PoisonError::into_inner);
        let host = hosts.get(&origin).and_then(Weak::upgrade).unwrap_or_else(|| {
            let state = State { running: 0, concurrency: usize::MAX, writes: 0, buckets: BTreeMap::new() };
            let host = Arc::new(Host { state: Mutex::new(state), changed: Notify::new() });
            hosts.insert(origin, Arc::downgrade(&host));
            host
        });
        let mut state = host.state();
        state.concurrency = state.concurrency.min(concurrency.max(1));
        for rule in rules {
            let bucket = state.bucket(Class { method: rule.method, pattern: Some(rule.pattern) });
            let burst = f64::from(rule.burst.max(1));
            match &mut bucket.rate {
                Some(rate) => *rate = (rate.0.min(rule.per_second), rate.1.min(burst)),
                none => *none = Some((rule.per_second, burst)),
            }
        }
        drop(state);
        host
    }

    /// Waits for a token and for room on the wire.
    pub(super) async fn admit(self: &Arc<Self>, class: Class, retry: &Retry) -> Result<Permit> {
        let mut queue = None;
        loop {
            let changed = self.changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            let result = self.state().admit(class);
            // A write that waits for something else lets reads pass meanwhile.
            queue = match result {
                Err(Obstacle::Room) if !class.method.reads() => queue.or_else(|| Some(Queue::join(self))),
                _ => None,
            };
            let wait = match result {
                Ok(()) => return Ok(Permit { host: self.clone(), class }),
                Err(Obstacle::Paused(wait)) if !retry.allows(Duration::ZERO, wait) => {
                    let message = format!("the server's limit for `{class}` is used up for {} s", wait.as_secs());
                    return Err(Error::new(message).hint("Run again later, or with a smaller `-parallelism`."));
                }
                Err(Obstacle::Paused(wait) | Obstacle::Token(wait)) => Some(wait),
                Err(Obstacle::Room) => None,
            };
            let wake = async {
                match wait {
                    Some(wait) => tokio::time::sleep_until(Instant::now() + wait).await,
                    None => changed.await,
                }
            };
            operation::cancellable(wake).await?;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn bucket(&mut self, class: Class) -> &mut Bucket {
        self.buckets.entry(class).or_default()
    }

    /// Takes a token and room.
    fn admit(&mut self, class: Class) -> Result<(), Obstacle> {
        let room = self.running < self.concurrency && !(class.method.reads() && self.writes > 0);
        let bucket = self.bucket(class);
        match bucket.wait() {
            Some(obstacle) => Err(obstacle),
            None if !room => Err(Obstacle::Room),
            None => {
                bucket.tokens -= 1.0;
                self.running += 1;
                Ok(())
            }
        }
    }
}

impl Bucket {
    fn wait(&mut self) -> Option<Obstacle> {
        let now = Instant::now();
        if let Some(paused) = self.paused.filter(|paused| *paused > now) {
            return Some(Obstacle::Paused(paused - now));
        }
        let (per_second, burst) = self.rate?;
        self.tokens = match self.filled {
            Some(filled) => burst.min(self.tokens + (now - filled).as_secs_f64() * per_second),
            None => burst,
        };
        self.filled = Some(now);
        // Rounded up to a millisecond, or the timer would end before the token is there.
        (self.tokens < 1.0).then(|| {
            let millis = ((1.0 - self.tokens) / per_second * 1000.0).ceil();
            Obstacle::Token(Duration::from_secs_f64(millis / 1000.0))
        })
    }
}

/// A write that waits for room; reads go on when this is dropped.
struct Queue<'h> {
    host: &'h Host,
}

impl<'h> Queue<'h> {
    fn join(host: &'h Host) -> Self {
        host.state().writes += 1;
        Queue { host }
    }
}

impl Drop for Queue<'_> {
    fn drop(&mut self) {
        self.host.state().writes -= 1;
        self.host.changed.notify_waiters();
    }
}

/// The right to have one request on the wire; it ends when this is dropped.
pub(super) struct Permit {
    host: Arc<Host>,
    class: Class,
}

impl Permit {
    /// Heeds what the server says about its limits.
    pub(super) fn observe(&self, answer: &Answer) {
        let exhausted = |headers: &HeaderMap| headers.get("ratelimit-remaining").is_some_and(|left| left == "0");
        let pause = match answer.status() {
            429 => asked_wait(&answer.headers),
            _ if exhausted(&answer.headers) => reset_wait(&answer.headers).map(|pause| pause.min(LONGEST_PAUSE)),
            _ => None,
        };
        if let Some(pause) = pause {
            let mut state = self.host.state();
            let bucket = state.bucket(self.class);
            bucket.paused = bucket.paused.max(Some(Instant::now() + pause));
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.host.state().running -= 1;
        self.host.changed.notify_waiters();
    }
}
