//! Faults on demand: what goes wrong with which request.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use serde::Deserialize;

use crate::http::call::matches;

/// A fault that strikes requests of one method and path.
///
/// ```
/// use lab::http::fault::Fault;
/// let second_create_fails = Fault::on("POST", "/groups").nth(2).status(503, "no healthy upstream");
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Method, or `*` for all.
    method: String,
    /// Pattern of decoded segments without the prefix of the API, such as `/api/v4`; `*` stands for one segment, a final `**` for the rest.
    path: String,
    /// Which matching request is the first to be struck, counted from 1.
    #[serde(default = "one")]
    nth: u32,
    /// How many requests are struck from there on.
    #[serde(default = "one")]
    times: u32,
    /// What happens.
    #[serde(default)]
    effect: Effect,
}

/// What a fault does.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(Default)]
pub enum Effect {
    /// This answer comes instead; the request is not executed.
    Status {
        /// Status code.
        status: u16,
        /// What follows the code in the status line.
        #[serde(default)]
        reason: Option<String>,
        /// Headers.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// Body.
        #[serde(default)]
        body: String,
    },
    /// An answer with this status comes instead, which repeats the request with its headers and its body, as a careless
    /// proxy does; the request is not executed.
    Echo(u16),
    /// The request is executed after that many milliseconds.
    Delay(u64),
    /// The request is executed; half of the answer's body arrives, then the connection ends.
    Cut,
    /// The connection is reset and the request is not executed.
    #[default]
    ResetBefore,
    /// The request is executed, then the connection is reset without an answer.
    ResetAfter,
    /// The request is executed; no answer comes for as long as the client waits.
    Stall,
    /// The request is executed; the answer's body is not JSON.
    Malformed,
    /// The request is executed; the answer has this body instead of its own.
    Disguised(String),
    /// The request is not executed and no answer comes for as long as the client waits.
    Hang,
}

/// The faults that are still to strike.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Fault {
    /// Starts a fault; without a further word it resets the connection before the request is executed.
    #[must_use]
    pub fn on(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), nth: 1, times: 1, effect: Effect::default() }
    }

    /// Strikes the nth matching request first, counted from 1 from the moment the fault is set.
    #[must_use]
    pub fn nth(mut self, nth: u32) -> Self {
        self.nth = nth;
        self
    }

    /// Strikes that many matching requests in a row instead of one.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Strikes every matching request from the nth on.
    #[must_use]
    pub fn always(self) -> Self {
        self.times(u32::MAX)
    }

    /// Answers with this status and body; the request is not executed.
    #[must_use]
    pub fn status(self, status: u16, body: &str) -> Self {
        self.effect(Effect::Status { status, reason: None, headers: BTreeMap::new(), body: body.to_owned() })
    }

    /// Adds a header to the answer of [`Fault::status`].
    ///
    /// # Panics
    ///
    /// The fault has no answer.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match &mut self.effect {
            Effect::Status { headers, .. } => headers.insert(name.to_owned(), value.to_owned()),
            _ => panic!("only a fault with a status has headers"),
        };
        self
    }

    /// Says this in the status line of the answer of [`Fault::status`], as Proxmox VE says why.
    ///
    /// # Panics
    ///
    /// The fault has no answer.
    #[must_use]
    pub fn reason(mut self, text: &str) -> Self {
        match &mut self.effect {
            Effect::Status { reason, .. } => *reason = Some(text.to_owned()),
            _ => panic!("only a fault with a status has a status line"),
        }
        self
    }

    /// Answers with this status and with all that was sent, secrets included; the request is not executed.
    #[must_use]
    pub fn echo(self, status: u16) -> Self {
        self.effect(Effect::Echo(status))
    }

    /// Executes the request after a delay.
    #[must_use]
    pub fn delay(self, delay: Duration) -> Self {
        self.effect(Effect::Delay(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)))
    }

    /// Executes the request and sends half of the body.
    #[must_use]
    pub fn cut(self) -> Self {
        self.effect(Effect::Cut)
    }

    /// Resets the connection; the request is not executed.
    #[must_use]
    pub fn reset_before(self) -> Self {
        self.effect(Effect::ResetBefore)
    }

    /// Executes the request and resets the connection: the answer is lost.
    #[must_use]
    pub fn reset_after(self) -> Self {
        self.effect(Effect::ResetAfter)
    }

    /// Executes the request and answers with a body that is not JSON.
    #[must_use]
    pub fn malformed(self) -> Self {
        self.effect(Effect::Malformed)
    }

    /// Executes the request and answers with this body.
    #[must_use]
    pub fn disguised(self, body: &str) -> Self {
        self.effect(Effect::Disguised(body.to_owned()))
    }

    /// Never answers; the request is not executed.
    #[must_use]
    pub fn hang(self) -> Self {
        self.effect(Effect::Hang)
    }

    /// Executes the request and never answers.
    #[must_use]
    pub fn stall(self) -> Self {
        self.effect(Effect::Stall)
    }

    fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    fn concerns(&self, method: &str, segments: &[String]) -> bool {
        (self.method == "*" || self.method == method) && matches(&self.path, segments)
    }
}

impl Faults {
    /// Adds a fault.
    pub fn add(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// Drops all faults.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// What strikes this request. Every fault that concerns it counts it; the oldest that is due strikes.
    #[must_use]
    pub fn strike(&self, method: &str, segments: &[String]) -> Option<Effect> {
        let mut faults = self.lock();
        let mut struck = None;
        for fault in faults.iter_mut().filter(|fault| fault.concerns(method, segments)) {
            if fault.nth > 1 {
                fault.nth -= 1;
            } else if struck.is_none() {
                fault.times = fault.times.saturating_sub(u32::from(fault.times != u32::MAX));
                struck = Some(fault.effect.clone());
            }
        }
        faults.retain(|fault| fault.times > 0);
        struck
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

const fn one() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::call::segments;

    #[test]
    fn the_nth_request_is_struck_and_only_that_one() {
        let faults = Faults::default();
        faults.add(Fault::on("POST", "/groups").nth(2).status(503, ""));
        let path = segments("/groups");
        assert!(faults.strike("GET", &path).is_none());
        assert!(faults.strike("POST", &path).is_none());
        assert!(matches!(faults.strike("POST", &path), Some(Effect::Status { status: 503, .. })));
        assert!(faults.strike("POST", &path).is_none());
    }

    #[test]
    fn faults_queue_on_the_same_path() {
        let faults = Faults::default();
        faults.add(Fault::on("*", "/groups/**").cut());
        faults.add(Fault::on("GET", "/groups/*").times(2).hang());
        let path = segments("/groups/1");
        assert!(matches!(faults.strike("GET", &path), Some(Effect::Cut)));
        assert!(matches!(faults.strike("GET", &path), Some(Effect::Hang)));
        assert!(matches!(faults.strike("GET", &path), Some(Effect::Hang)));
        assert!(faults.strike("GET", &path).is_none());
    }
}
