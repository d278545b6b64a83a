//! What was just made and is not known everywhere yet.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The roles, users and policies that were made here, and when each is known.
#[derive(Debug, Default)]
pub struct Propagation(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    delay: Duration,
    known_from: BTreeMap<String, Instant>,
}

impl Propagation {
    /// How long what is made from now on stays unknown.
    pub fn delay(&self, delay: Duration) {
        self.lock().delay = delay;
    }

    /// Notes what was made, by its ARN.
    pub fn made(&self, arn: &str) {
        let mut state = self.lock();
        let from = Instant::now() + state.delay;
        state.known_from.insert(arn.to_owned(), from);
    }

    /// Makes all known now.
    pub fn settle(&self) {
        let now = Instant::now();
        self.lock().known_from.values_mut().for_each(|from| *from = (*from).min(now));
    }

    /// Forgets what was deleted.
    pub fn deleted(&self, arn: &str) {
        self.lock().known_from.remove(arn);
    }

    /// Whether it was made and is known by now.
    pub fn exists(&self, arn: &str) -> bool {
        self.lock().known_from.get(arn).is_some_and(|from| *from <= Instant::now())
    }

    /// Whether it was made and is not known yet.
    pub fn is_hidden(&self, arn: &str) -> bool {
        self.lock().known_from.get(arn).is_some_and(|from| *from > Instant::now())
    }

    /// The ARN of what is called that, such as `role/deploy`, whatever its path is.
    pub fn arn_of(&self, kind: &str, name: &str) -> Option<String> {
        let ends = |arn: &&String| arn.contains(&format!(":{kind}/")) && arn.rsplit('/').next() == Some(name);
        self.lock().known_from.keys().find(ends).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
