//! Changes of sections: all that wait at the same moment share one transaction, and what HAProxy refuses of it is found.
//!
//! A transaction counts as done when HAProxy runs another worker than before. The API says `success` of a reload that
//! failed, such as on HAProxy 2.6 for a bind on an occupied port: then the text from before is put back.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
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
    let mut refused: Vec<Refused> = Vec::new();
    let batch = prepared(batch).await;
    let mut parts: Vec<Part> = Vec::from_iter((!batch.is_empty()).then_some(batch));
    let mut progress = false;
    while let Some(part) = parts.pop() {
        match commit(&api, part).await {
            Ended::Committed => progress = true,
            Ended::Nothing => {}
            Ended::Refused(part, verdict) => parts.extend(blame(part, &verdict, &mut refused)),
        }
        // What a check refused may have needed what was committed after it, such as the backend that it names. Another
        // reload that fails would stop the traffic.
        if parts.is_empty() && progress {
            progress = false;
            let again = refused.extract_if(.., |refused| !refused.verdict.by_reload);
            parts.extend(again.map(|refused| vec![refused.waiting]));
        }
    }
    refused.into_iter().for_each(Refused::end);
}

/// Those whose preparations, which are under way at once, succeed; by their names, so that the same plan makes the same
/// configuration, whoever came first.
async fn prepared(batch: Part) -> Part {
    let prepare = async |mut waiting: Waiting<Step, ()>| match waiting.task.prepare().await {
        Ok(()) => Some(waiting),
        Err(error) => {
            waiting.end(Err(error));
            None
        }
    };
    let mut prepared: Part = join_all(batch.into_iter().map(prepare)).await.into_iter().flatten().collect();
    prepared.sort_by(|one, other| one.task.what.cmp(&other.task.what));
    prepared
}

/// What HAProxy refuses when it stands alone.
struct Refused {
    waiting: Waiting<Step, ()>,
    verdict: Verdict,
}

/// Why HAProxy refuses a configuration.
#[derive(Clone)]
struct Verdict {
    lines: String,
    /// Whether its check accepted it, and the reload failed.
    by_reload: bool,
}

impl Refused {
    fn end(self) {
        let what = &self.waiting.task.what;
        let error = Error::new(format!("HAProxy refuses the configuration with the {what}: {}", self.verdict.lines));
        let hint = "The configuration is as it was before, and traffic flows on. Correct what HAProxy names.";
        self.waiting.end(Err(error.hint(hint)));
    }
}

/// Divides what was refused, so that what is guilty stands alone in the end: those first whom HAProxy names. A reload that
/// fails stops the traffic, so there are as few of these as can be: a frontend that HAProxy cannot bind for is guilty
/// without another try, and where none is named, so is the only frontend, since a reload asks of what a check accepts
/// little more than the ports. Several are divided from the others first.
fn blame(part: Part, verdict: &Verdict, refused: &mut Vec<Refused>) -> Vec<Part> {
    let is_named = |waiting: &Waiting<Step, ()>| names(&verdict.lines, &waiting.task.name);
    let by_bind = verdict.by_reload && !part.iter().any(is_named);
    let alone = part.len() == 1;
    let binds_alone = by_bind && part.iter().filter(|waiting| waiting.task.binds()).count() == 1;
    let is_guilty = |waiting: &Waiting<Step, ()>| {
        let step = &waiting.task;
        alone || binds_alone && step.binds() || verdict.by_reload && cannot_bind(&verdict.lines, step)
    };
    let (guilty, part): (Part, Part) = part.into_iter().partition(is_guilty);
    if !guilty.is_empty() {
        refused.extend(guilty.into_iter().map(|waiting| Refused { waiting, verdict: verdict.clone() }));
        return if part.is_empty() { Vec::new() } else { vec![part] };
    }
    let (named, mut others): (Part, Part) =
        part.into_iter().partition(|waiting| if by_bind { waiting.task.binds() } else { is_named(waiting) });
    if !named.is_empty() && !others.is_empty() {
        return vec![named, others];
    }
    others.extend(named);
    let second = others.split_off(others.len() / 2);
    vec![second, others]
}

/// Whether HAProxy's lines say that it cannot listen for a frontend (`protocol_bind_all` in its `src/protocol.c`).
fn cannot_bind(lines: &str, step: &Step) -> bool {
    step.binds() && lines.contains(&format!(" for frontend {}: ", step.name))
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
    /// HAProxy refuses it.
    Refused(Part, Verdict),
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
            Ok(Attempt::Refused(verdict)) => return Ended::Refused(part, verdict),
            Ok(Attempt::Outdated) => pause(number).await,
            Ok(Attempt::Lost(..)) if lost < LOST => lost += 1,
            Ok(Attempt::Lost(error, None)) => return fail(part, &error),
            Ok(Attempt::Lost(error, Some(step))) => {
                part.remove(step).end(Err(error));
                lost = 0;
            }
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
    Refused(Verdict),
    /// Somebody else committed first, or removed it.
    Outdated,
    /// An answer did not come, before anything was committed: that to the step at this place, if to any.
    Lost(Error, Option<usize>),
}

/// One transaction. Steps that the API itself refuses end with their error and leave the part.
async fn attempt(api: &Api, part: &mut Part) -> Result<Attempt> {
    leftovers::settle(api).await?;
    let before = Before::look(api).await?;
    let transaction = match Transaction::open(api, before.version).await {
        Ok(Some(transaction)) => transaction,
        Ok(None) => return Ok(Attempt::Outdated),
        Err(error) if error.is_answer_lost() => return Ok(Attempt::Lost(error, None)),
        Err(error) => return Err(error),
    };
    let outcome = match fill(&transaction, part).await {
        Filled::Changed => conclude(api, &transaction, part, &before).await,
        Filled::Unchanged => Ok(Attempt::Done { changed: false }),
        Filled::Gone => Ok(Attempt::Outdated),
        Filled::Lost(error, step) => Ok(Attempt::Lost(error, Some(step))),
    };
    transaction.close(matches!(outcome, Ok(Attempt::Done { changed: true }))).await;
    outcome
}

/// Commits, and takes back what HAProxy does not load.
async fn conclude(api: &Api, transaction: &Transaction<'_>, part: &Part, before: &Before) -> Result<Attempt> {
    let worker = Worker::serving(api).await.map_err(|error| {
        error
            .context(
                "nothing is changed: HAProxy does not tell which worker serves, so nobody could see a reload succeed",
            )
            .hint("Check that HAProxy runs, and that the Data Plane API reaches its runtime socket.")
    })?;
    let steps = part.iter().map(|waiting| &waiting.task);
    let committed = transaction.commit(steps).await;
    api.wrote_sections();
    let (version, lines) = match committed? {
        Committed::Outdated => return Ok(Attempt::Outdated),
        Committed::Refused(lines) => return Ok(Attempt::Refused(Verdict { lines, by_reload: false })),
        Committed::Version(_) if worker.is_succeeded(api).await => return Ok(Attempt::Done { changed: true }),
        Committed::Version(version) => (version, UNSEEN.to_owned()),
        Committed::Unloadable(version, lines) => (version, lines),
    };
    let lines = before.restore(api, version, worker, &lines).await?;
    Ok(Attempt::Refused(Verdict { lines, by_reload: true }))
}

/// What stands in a transaction.
enum Filled {
    /// All steps of the part.
    Changed,
    /// Nothing: there is nothing to change.
    Unchanged,
    /// Nobody can say: somebody removed it.
    Gone,
    /// Nobody can say: the answer to the step at this place is lost.
    Lost(Error, usize),
}

/// Puts every step into the transaction.
async fn fill(transaction: &Transaction<'_>, part: &mut Part) -> Filled {
    let mut filled = Filled::Unchanged;
    let mut kept = Part::new();
    let mut rest = std::mem::take(part).into_iter();
    for waiting in rest.by_ref() {
        match transaction.write(&waiting.task).await {
            Err(error) if !error.is_answer_lost() => {
                waiting.end(Err(error));
                continue;
            }
            Err(error) => filled = Filled::Lost(error, kept.len()),
            Ok(Written::Gone) => filled = Filled::Gone,
            Ok(Written::Yes { changed: true }) => filled = Filled::Changed,
            Ok(Written::Yes { changed: false }) => {}
        }
        kept.push(waiting);
        if matches!(filled, Filled::Gone | Filled::Lost(..)) {
            break;
        }
    }
    kept.extend(rest);
    *part = kept;
    filled
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
