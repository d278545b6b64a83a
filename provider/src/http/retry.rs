//! Repetition: how often, after which wait, and never where executing twice could do harm.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;
use tfplugin::operation;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::failure::{Asked, Fault};

/// How often and how long a request is tried.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// Tries of one request, with the first.
    pub tries: u32,
    /// Longest wait after the first try; it doubles with each further one.
    pub first_wait: Duration,
    /// Longest wait that the transport chooses itself.
    pub longest_wait: Duration,
    /// Longest time that one request waits in total; a server that asks for more is given up at once.
    pub patience: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Retry {
            tries: 5,
            first_wait: Duration::from_millis(250),
            longest_wait: Duration::from_secs(30),
            patience: Duration::from_secs(300),
        }
    }
}

impl Retry {
    /// A wait between nothing and the bound of this try, so that parallel requests do not return together.
    pub(super) fn backoff(&self, tries: u32, jitter: &Jitter) -> Duration {
        let bound = self.first_wait.saturating_mul(2_u32.saturating_pow(tries - 1)).min(self.longest_wait);
        bound.mul_f64(jitter.next())
    }

    /// Whether a wait fits into the patience and into the operation's time.
    pub(super) fn allows(&self, waited: Duration, wait: Duration) -> bool {
        waited + wait <= self.patience && operation::remaining().is_none_or(|remaining| wait < remaining)
    }
}

/// Why there is no answer: the last fault, and what the tries before it may have done.
pub(super) struct GivenUp {
    pub(super) fault: Fault,
    pub(super) tries: u32,
    /// Whether a try, the last or one before, was sent and got no answer.
    pub(super) lost: bool,
}

/// Calls `attempt` until there is an answer or a repetition is not allowed.
pub(super) async fn repeat<T, F: Future<Output = Result<T, Fault>>>(
    retry: &Retry,
    jitter: &Jitter,
    asked: &Asked,
    mut attempt: impl FnMut(u32) -> F,
) -> Result<T, GivenUp> {
    let mut waited = Duration::ZERO;
    let mut lost = false;
    let mut tries = 1;
    loop {
        let fault = match attempt(tries).await {
            Ok(answer) => return Ok(answer),
            Err(fault) => fault,
        };
        lost |= fault.is_lost(asked);
        if tries >= retry.tries || !fault.may_repeat(asked) {
            return Err(GivenUp { fault, tries, lost });
        }
        let wait = match fault.asked_wait() {
            Some(asked) => asked + retry.backoff(1, jitter),
            None => retry.backoff(tries, jitter),
        };
        if !retry.allows(waited, wait) {
            return Err(GivenUp { fault, tries, lost });
        }
        if let Err(interrupted) = operation::sleep(wait).await {
            return Err(GivenUp { fault: Fault::Prevented(interrupted), tries, lost });
        }
        waited += wait;
        tries += 1;
    }
}

/// The wait that a server asks for: `Retry-After` in seconds or as a date, or else `RateLimit-Reset`.
pub(super) fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let retry_after = text("retry-after").and_then(|text| match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => until(SystemTime::from(OffsetDateTime::parse(text, &Rfc2822).ok()?)),
    });
    retry_after.or_else(|| reset_wait(headers))
}

/// The wait until `RateLimit-Reset`.
pub(super) fn reset_wait(headers: &HeaderMap) -> Option<Duration> {
    /// GitLab sends the Unix time of the reset, the IETF's draft says seconds from now: no wait is 30 years long.
    const UNIX_TIME: u64 = 1_000_000_000;
    match headers.get("ratelimit-reset")?.to_str().ok()?.trim().parse().ok()? {
        seconds @ ..UNIX_TIME => Some(Duration::from_secs(seconds)),
        time => until(SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(time))?),
    }
}

fn until(time: SystemTime) -> Option<Duration> {
    Some(time.duration_since(SystemTime::now()).unwrap_or_default())
}

/// Numbers that scatter the waits of parallel requests and processes (splitmix64).
pub(super) struct Jitter(AtomicU64);

impl Jitter {
    /// Numbers that differ from process to process.
    pub(super) fn new() -> Self {
        Jitter(AtomicU64::new(RandomState::new().hash_one("jitter")))
    }

    /// A number from 0 up to 1.
    fn next(&self) -> f64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut bits = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        f64::from((bits >> 32) as u32) / f64::from(u32::MAX)
    }
}
