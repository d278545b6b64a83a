//! Ceph's own words in an answer that refuses.

use serde_json::Value;
use tfplugin::Error;

use super::config::CREDENTIAL;
use crate::http::{Answer, Meaning, Refusal};

/// A text of an answer, what it means, and what to do about it.
type Saying = (&'static str, Meaning, &'static str);

const SAYINGS: &[Saying] = &[
    ("[errno 17]", Meaning::Conflict, ""),
    ("already exists", Meaning::Conflict, ""),
    ("--yes-i-really-mean-it", Meaning::AsStatus, SINGLE),
    ("pool deletion is disabled", Meaning::AsStatus, UNDELETABLE),
    ("are using the erasure code profile", Meaning::AsStatus, IN_USE),
    ("is in use", Meaning::AsStatus, IN_USE),
    ("has watchers", Meaning::AsStatus, WATCHED),
    ("[errno 16]", Meaning::AsStatus, WATCHED),
    ("[errno 39]", Meaning::AsStatus, CLONED),
    ("Image not found", Meaning::NotFound, ""),
    // The same words come with other errors: no right, no time.
    ("RADOS object not found (error opening pool", Meaning::NotFound, NO_POOL),
    ("[errno -2] failed to find", Meaning::NotFound, ""),
];

/// What a standby says that does not lead to the active manager (`standby_behaviour = error`).
const STANDBY: &str = "Keep on looking";

const SINGLE: &str =
    "The API cannot say that flag: keep two copies at least, or set it with `ceph osd pool set` by hand.";
const UNDELETABLE: &str = "Set it on the monitors, with `ceph config set mon mon_allow_pool_delete true`.";
const IN_USE: &str = "Change or destroy first what uses it.";
/// Clients that are gone count for half a minute, and after a refused setting a manager has the image open as long as it
/// shows the failed task (`FINISHED_TASK_TTL` in its `tools.py`).
const WATCHED: &str = "Somebody has it open: unmap it, or stop the machine that uses it, and run again in a minute. A \
                       manager that has just refused a setting has it open so long, too.";
const CLONED: &str = "Flatten or destroy first the images that were cloned from its snapshots.";
const NO_POOL: &str = "Create the pool first, or correct its name.";
const UNKNOWN: &str = "This release of Ceph has no such endpoint.";

/// The first release with `cluster/user` in its API.
const NO_USERS: &str = "The API manages users since Ceph 18.2 (Reef): upgrade the cluster, or use `ceph auth` by hand.";

/// What a refusal means, read from `{"detail": …, "code": …}`. CherryPy says "The path '/api/x' was not found." of an
/// endpoint that there is not, and "The path 'No such pool' was not found." of an object.
pub fn explain(answer: &Answer) -> Option<Refusal> {
    if answer.status() >= 500 && answer.text().contains(STANDBY) {
        return Some(Refusal::new(STANDBY).means(Meaning::Busy));
    }
    let Some(said) = answer.json().ok().and_then(|body| body["detail"].as_str().map(str::to_owned)) else {
        return match answer.status() {
            404 | 405 | 410 => Some(Refusal::new("").means(Meaning::Failure)),
            _ => None,
        };
    };
    Some(match answer.status() {
        400 if code(answer).as_deref() == Some("invalid_credentials") => {
            Refusal::new(said).hint(format!("Check {CREDENTIAL}; an account is locked after ten wrong passwords."))
        }
        404 if said.contains("/api/cluster/user") => Refusal::new(said).means(Meaning::Failure).hint(NO_USERS),
        404 if said.contains("/api/") => Refusal::new(said).means(Meaning::Failure).hint(UNKNOWN),
        _ => understood(said),
    })
}

/// Whether an error is a standby's answer.
pub fn is_standby(error: &Error) -> bool {
    error.message().contains(STANDBY)
}

fn code(answer: &Answer) -> Option<String> {
    match &answer.json().ok()?["code"] {
        Value::String(code) => Some(code.clone()),
        _ => None,
    }
}

fn understood(said: String) -> Refusal {
    let saying = SAYINGS.iter().find(|(text, ..)| said.contains(text));
    let refusal = Refusal::new(said);
    match saying {
        None => refusal,
        Some((_, meaning, "")) => refusal.means(*meaning),
        Some((_, meaning, hint)) => refusal.means(*meaning).hint(*hint),
    }
}
