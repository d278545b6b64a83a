//! Changes of sections: all that wait at the same moment share one transaction, and what HAProxy refuses of it is found.
//!
//! A transaction counts as done when HAProxy runs another worker than before. The API says `success` of a reload that
//! failed, such as on HAProxy 2.6 for a bind on an occupied port: then the text from before is put back.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tfplugin::batch::Waiting;
use tfplugin::operation;
use tfplugin::prelude::*;

use super::client::Api;
use super::leftovers;
use super::rollback::{Before, Worker};
use super::transaction::{Committed, Transaction, Written};
pub use super::transaction::{Edit, Step};

type Part = Vec<Waiting<Step, ()>>;

/// How often a transaction begins anew because somebody else committed meanwhile.
const TRIES: u32 = 30;

/// How often a transaction begins anew because an answer did not come.
const LOST: u32 = 2;

/// What is told of a reload that the API calls a success.
const UNSEEN: &str = "the reload failed, although `haproxy -c` accepts the configuration: no new worker appeared. \
                      HAProxy's log says why; a bind on an occupied port is the usual reason";

/// The longest pause before the second try.
const PAUSE: Duration = Duration::from_millis(100);

/// Carries out what waits: in one transaction, or in several where HAProxy refuses some of it.
pub async fn carry_out(api: Arc<Api>, batch: Part) {
    if let Err(error) = leftovers::sweep(&api).await {
        batch.into_iter().for_each(|waiting| waiting.end(Err(error.clone())));
        return;
    }
    let mut refused: Vec<Refused> = Vec::new();
    let mut parts = vec![batch];
    let mut progress = false;
    while let Some(part) = parts.pop() {
        match commit(&api, part).await {
            Ended::Committed => progress = true,
            Ended::Nothing => {}
            Ended::Refused(part, lines) => parts.extend(blame(part, lines, &mut refused)),
        }
        // What was refused may have needed what was committed after it, such as the backend that it names.
        if parts.is_empty() && progress {
            progress = false;
            parts.extend(std::mem::take(&mut refused).into_iter().map(|refused| vec![refused.waiting]));
        }
    }
    refused.into_iter().for_each(Refused::end);
}

/// What HAProxy refuses when it stands alone.
struct Refused {
    waiting: Waiting<Step, ()>,
    lines: String,
}

impl Refused {
    fn end(self) {
        let what = &self.waiting.task.what;
        let error = Error::new(format!("HAProxy refuses the configuration with the {what}: {}", self.lines));
        let hint = "The configuration is as it was before, and traffic flows on. Correct what HAProxy names.";
        self.waiting.end(Err(error.hint(hint)));
    }
}

/// Divides what was refused, so that what is guilty stands alone in the end: those first whom HAProxy names.
fn blame(mut part: Part, lines: String, refused: &mut Vec<Refused>) -> Vec<Part> {
    if part.len() <= 1 {
        refused.extend(part.pop().map(|waiting| Refused { waiting, lines }));
        return Vec::new();
    }
    let (named, mut others): (Part, Part) = part.into_iter().partition(|waiting| names(&lines, &waiting.task.name));
    if !named.is_empty() && !others.is_empty() {
        return vec![named, others];
    }
    others.extend(named);
    let second = others.split_off(others.len() / 2);
    vec![second, others]
}

/// Whether a section's name stands in HAProxy's lines.
fn names(lines: &str, name: &str) -> bool {
    let words = lines.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.:".contains(c)));
    words.map(|word| word.trim_end_matches([':', '.'])).any(|word| word == name)
}

/// What came of a part.
enum Ended {
    /// It is done, or each one who waited has an error of its own.
    Committed,
    /// There was nothing to commit.
    Nothing,
    /// HAProxy refuses it, for these lines.
    Refused(Part, String),
}

/// Commits a part in one transaction, which begins anew when somebody else was faster, or when nobody knows what stands
/// in it.
async fn commit(api: &Api, mut part: Part) -> Ended {
    let mut lost = 0;
    for number in 1..=TRIES {
        match attempt(api, &mut part).await {
            Ok(Attempt::Done { changed }) => {
                part.into_iter().for_each(|waiting| waiting.end(Ok(())));
                return if changed { Ended::Committed } else { Ended::Nothing };
            }
            Ok(Attempt::Refused(lines)) => return Ended::Refused(part, lines),
            Ok(Attempt::Outdated) => pause(number).await,
            Ok(Attempt::Lost(error)) if lost >= LOST => return fail(part, &error),
            Ok(Attempt::Lost(_)) => lost += 1,
            Err(error) => return fail(part, &error),
        }
    }
    let error = Error::conflict(format!("somebody else commits all the time: {TRIES} transactions were outdated"));
    fail(part, &error.hint("Find out who changes this HAProxy, and run again."))
}

fn fail(part: Part, error: &Error) -> Ended {
    part.into_iter().for_each(|waiting| waiting.end(Err(error.clone())));
    Ended::Nothing
}

async fn pause(number: u32) {
    let scattered = RandomState::new().hash_one(number) % 1000;
    let longest = PAUSE * number.min(10);
    operation::sleep(longest.mul_f64(0.2 + 0.8 * (scattered as f64) / 1000.0)).await.ok();
}

/// What came of one transaction.
enum Attempt {
    /// It is committed, or there was nothing to change.
    Done { changed: bool },
    /// HAProxy refuses it.
    Refused(String),
    /// Somebody else committed first, or removed it.
    Outdated,
    /// An answer did not come, before anything was committed.
    Lost(Error),
}

/// One transaction. Steps that the API itself refuses end with their error and leave the part.
async fn attempt(api: &Api, part: &mut Part) -> Result<Attempt> {
    let before = Before::look(api).await?;
    let transaction = match Transaction::open(api, before.version).await {
        Ok(Some(transaction)) => transaction,
        Ok(None) => return Ok(Attempt::Outdated),
        Err(error) if error.is_answer_lost() => return Ok(Attempt::Lost(error)),
        Err(error) => return Err(error),
    };
    let (worker, committed) = match fill(&transaction, part).await {
        Ok(Filled::Changed) => (Worker::serving(api).await, transaction.commit().await),
        other => {
            transaction.close(false).await;
            return match other {
                Err(error) => Ok(Attempt::Lost(error)),
                Ok(Filled::Gone) => Ok(Attempt::Outdated),
                Ok(_) => Ok(Attempt::Done { changed: false }),
            };
        }
    };
    api.wrote_sections();
    transaction.close(matches!(committed, Ok(Committed::Version(_)))).await;
    match committed? {
        Committed::Outdated => Ok(Attempt::Outdated),
        Committed::Refused(lines) => Ok(Attempt::Refused(lines)),
        Committed::Version(_) if worker.is_succeeded(api).await => Ok(Attempt::Done { changed: true }),
        Committed::Version(version) => before.restore(api, version, UNSEEN).await.map(Attempt::Refused),
        Committed::Unloadable(lines) => before.restore(api, api.version().await?, &lines).await.map(Attempt::Refused),
    }
}

/// What stands in a transaction.
enum Filled {
    /// All steps of the part.
    Changed,
    /// Nothing: there is nothing to change.
    Unchanged,
    /// Nobody can say: somebody removed it.
    Gone,
}

/// Puts every step into the transaction; the error is a lost answer, after which nobody knows what stands in it.
async fn fill(transaction: &Transaction<'_>, part: &mut Part) -> Result<Filled> {
    let mut filled = Filled::Unchanged;
    let mut outcome = Ok(());
    let mut kept = Part::new();
    let mut rest = std::mem::take(part).into_iter();
    for waiting in rest.by_ref() {
        match transaction.write(&waiting.task).await {
            Err(error) if !error.is_answer_lost() => {
                waiting.end(Err(error));
                continue;
            }
            Err(error) => outcome = Err(error),
            Ok(Written::Gone) => filled = Filled::Gone,
            Ok(Written::Yes { changed: true }) => filled = Filled::Changed,
            Ok(Written::Yes { changed: false }) => {}
        }
        kept.push(waiting);
        if outcome.is_err() || matches!(filled, Filled::Gone) {
            break;
        }
    }
    kept.extend(rest);
    *part = kept;
    outcome.map(|()| filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_whole_word_of_haproxys_lines() {
        let lines = "Proxy 'fe_bad': unable to find required default_backend: 'web.a'. Binding [/h.cfg:20] for frontend http: x";
        for name in ["fe_bad", "web.a", "http"] {
            assert!(names(lines, name), "{name}");
        }
        for name in ["fe", "web", "h", "bad"] {
            assert!(!names(lines, name), "{name}");
        }
    }
}
