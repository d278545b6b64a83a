//! Rates that are enforced, as a bucket of tokens for each service.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::aws::error::Refusal;
use crate::aws::request::Service;

/// The buckets; a service without one answers all.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<BTreeMap<String, Bucket>>);

#[derive(Debug)]
struct Bucket {
    rate: f64,
    burst: f64,
    tokens: f64,
    filled: Instant,
}

impl Throttle {
    /// Sets what a service answers each second, and how much at once; the bucket is full.
    pub fn set(&self, service: &str, rate: f64, burst: u32) {
        let burst = f64::from(burst);
        self.lock().insert(service.to_owned(), Bucket { rate, burst, tokens: burst, filled: Instant::now() });
    }

    /// Takes a token, or refuses as all services do: with 400, not 429.
    pub fn admit(&self, service: &Service) -> Result<(), Refusal> {
        let mut buckets = self.lock();
        let Some(bucket) = buckets.get_mut(service.name()) else { return Ok(()) };
        let now = Instant::now();
        bucket.tokens = (bucket.tokens + (now - bucket.filled).as_secs_f64() * bucket.rate).min(bucket.burst);
        bucket.filled = now;
        if bucket.tokens < 1.0 {
            return Err(Refusal::new(400, "Throttling", "Rate exceeded"));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Bucket>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
