//! What this process made in IAM a moment ago, which is not known everywhere yet.
//!
//! IAM answers a write before all of its servers have it: what follows is refused for some seconds, sometimes for half a
//! minute. A refusal that names something of this process is therefore asked again.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tfplugin::operation;
use tfplugin::prelude::*;
use tokio::time::Instant;

/// How long what this process made may stay unknown.
const OWN: Duration = Duration::from_secs(120);

/// How long a principal may stay unknown that this process did not make, since another provider of the run may have; and
/// how long something may count as attached that this process took away.
const FOREIGN: Duration = Duration::from_secs(20);

const FIRST_PAUSE: Duration = Duration::from_millis(500);

const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What IAM says of a principal that it does not know: 400 `MalformedPolicyDocument`.
const INVALID_PRINCIPAL: &str = "Invalid principal in policy";

/// Its code for what still has parts, which it may go on to say after the last was taken away.
const DELETE_CONFLICT: &str = "DeleteConflict";

/// What a read says that found an id, such as `AROAEXAMPLE`, in the place of a new role's ARN.
pub const NO_ARN: &str = "IAM does not show the role's ARN yet";

/// Names and ARNs, each with the time of its last change.
#[derive(Default)]
pub struct Recent(Mutex<BTreeMap<String, Instant>>);

impl Recent {
    /// Remembers what was made or changed, by its name or ARN.
    pub fn changed(&self, name: &str) {
        self.lock().insert(name.to_owned(), Instant::now());
    }

    /// Remembers that something was taken away from what has this name or ARN.
    pub fn parted(&self, name: &str) {
        self.lock().insert(parts_of(name), Instant::now());
    }

    /// Sends until what this process changed is known. `subject` is what the call is about.
    pub async fn settled<T, F>(&self, subject: &str, ask: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let (begin, mut pause) = (Instant::now(), FIRST_PAUSE);
        loop {
            let error = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if begin.elapsed() + pause > self.patience(subject, &error) {
                return Err(error);
            }
            tracing::debug!(%error, "IAM does not know everywhere what was just made; asking again");
            operation::sleep(pause).await?;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    /// Looks for what this process may have made, until it is there or is not worth waiting for.
    pub async fn appears<T, F>(&self, look: impl Fn() -> F) -> Option<T>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        let (begin, mut pause) = (Instant::now(), FIRST_PAUSE);
        loop {
            if let Ok(Some(found)) = look().await {
                return Some(found);
            }
            if begin.elapsed() + pause > FOREIGN || operation::sleep(pause).await.is_err() {
                return None;
            }
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    /// How long after the first refusal it is worth while to ask again.
    fn patience(&self, subject: &str, error: &Error) -> Duration {
        let said = error.message();
        let recent = self.lock();
        let is_recent = |name: &str| recent.get(name).is_some_and(|changed| changed.elapsed() < OWN);
        // Words, as in `The role with name web cannot be found.` and `"AWS":"arn:…"`.
        let mut words = said.split(|letter: char| letter.is_whitespace() || "\"'".contains(letter));
        let named = words.any(|word| is_recent(word.trim_end_matches(['.', ':', ','])));
        match () {
            () if said.contains(INVALID_PRINCIPAL) => {
                if named {
                    OWN
                } else {
                    FOREIGN
                }
            }
            () if error.is_not_found() && named => OWN,
            () if said == NO_ARN => OWN,
            () if said.contains(DELETE_CONFLICT) && is_recent(&parts_of(subject)) => FOREIGN,
            () => Duration::ZERO,
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No word of a refusal, unlike a name.
fn parts_of(name: &str) -> String {
    format!("parts of {name}")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const UNKNOWN: &str =
        "iam:AttachRolePolicy answered 404 Not Found: NoSuchEntity: The role with name web cannot be found.";

    /// How often a call is sent that this error refuses, and for how long.
    async fn asked(recent: &Recent, subject: &str, error: Error) -> (u32, Duration) {
        let (times, begin) = (Cell::new(0), Instant::now());
        let ask = || {
            times.set(times.get() + 1);
            let error = error.clone();
            async move { Err::<(), _>(error) }
        };
        recent.settled(subject, ask).await.unwrap_err();
        (times.get(), begin.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_made_here_is_waited_for() {
        let recent = Recent::default();
        assert_eq!(asked(&recent, "web", Error::not_found(UNKNOWN)).await.0, 1, "nobody made it");
        recent.changed("web");
        let (times, time) = asked(&recent, "web", Error::not_found(UNKNOWN)).await;
        assert!(times > 10 && time <= OWN && time > OWN - LONGEST_PAUSE, "{times} {time:?}");
        tokio::time::advance(LONGEST_PAUSE).await;
        assert_eq!(asked(&recent, "web", Error::not_found(UNKNOWN)).await.0, 1, "that was long ago");
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_in_another_is_not_meant() {
        let recent = Recent::default();
        recent.changed("we");
        assert_eq!(asked(&recent, "web", Error::not_found(UNKNOWN)).await.0, 1);
        assert_eq!(
            asked(&recent, "web", Error::new(UNKNOWN.replace("web", "we"))).await.0,
            1,
            "another kind of refusal"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_principal_is_waited_for_whoever_made_it() {
        let recent = Recent::default();
        let arn = "arn:aws:iam::123456789012:role/web";
        let refusal = || Error::new(format!("MalformedPolicyDocument: Invalid principal in policy: \"AWS\":\"{arn}\""));
        let (times, time) = asked(&recent, "next", refusal()).await;
        assert!(times > 3 && time <= FOREIGN, "{times} {time:?}");
        recent.changed(arn);
        assert!(asked(&recent, "next", refusal()).await.1 > FOREIGN);
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_have_been_made_is_looked_for() {
        let (recent, times) = (Recent::default(), Cell::new(0));
        let look = |found_at: u32| {
            let times = &times;
            move || {
                times.set(times.get() + 1);
                let found = times.get() == found_at;
                async move { if found { Ok(Some("web")) } else { Err(Error::not_found(UNKNOWN)) } }
            }
        };
        assert_eq!(recent.appears(look(3)).await, Some("web"));
        let begin = Instant::now();
        assert_eq!(recent.appears(look(0)).await, None);
        assert!(begin.elapsed() <= FOREIGN && begin.elapsed() > FOREIGN - LONGEST_PAUSE, "{:?}", begin.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_conflict_is_waited_out_after_a_part_was_taken_away() {
        let recent = Recent::default();
        let refusal = || Error::new("DeleteConflict: Cannot delete entity, must detach all policies first.");
        assert_eq!(asked(&recent, "web", refusal()).await.0, 1);
        recent.changed("web");
        assert_eq!(asked(&recent, "web", refusal()).await.0, 1, "it was made, but nothing was taken away");
        recent.parted("web");
        assert!(asked(&recent, "web", refusal()).await.0 > 1);
    }
}
