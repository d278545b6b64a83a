//! Changes that were submitted: PENDING at first, INSYNC when all name servers have them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::aws::error::Refusal;
use crate::aws::xml::element;
use crate::openbao::ids;

/// When a change is said to be in sync. AWS needs a minute at most as a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// After that many answers of `GetChange` that say `PENDING`.
    Polls(u32),
    /// That long after it was submitted.
    Time(Duration),
}

impl Default for Sync {
    fn default() -> Self {
        Self::Polls(0)
    }
}

/// All changes so far.
#[derive(Debug, Default)]
pub struct Changes {
    /// When those that are submitted from now on are in sync.
    pub sync: Sync,
    submitted: BTreeMap<String, Change>,
}

#[derive(Clone, Debug)]
struct Change {
    at: Instant,
    shown: String,
    comment: Option<String>,
    sync: Sync,
}

impl Changes {
    /// Notes a change and describes it as `ChangeInfo`, which is PENDING in the answer to its submission.
    pub fn submit(&mut self, comment: Option<String>) -> String {
        let id: String = format!("C{}", ids::letters().to_uppercase()).chars().take(21).collect();
        let change = Change { at: Instant::now(), shown: now(), comment, sync: self.sync };
        let info = change.info(&id, false);
        self.submitted.insert(id, change);
        info
    }

    /// Answers `GetChange`. The wording of the refusal is unrecorded.
    pub fn get(&mut self, id: &str) -> Result<String, Refusal> {
        let unknown = || Refusal::new(404, "NoSuchChange", format!("Could not find resource with ID: {id}"));
        let change = self.submitted.get_mut(id).ok_or_else(unknown)?;
        let in_sync = match &mut change.sync {
            Sync::Polls(0) => true,
            Sync::Polls(left) => {
                *left -= 1;
                false
            }
            Sync::Time(time) => change.at.elapsed() >= *time,
        };
        Ok(change.info(id, in_sync))
    }
}

impl Change {
    fn info(&self, id: &str, in_sync: bool) -> String {
        let status = if in_sync { "INSYNC" } else { "PENDING" };
        let comment = self.comment.as_ref().map(|comment| element("Comment", comment)).unwrap_or_default();
        let parts = [element("Id", &format!("/change/{id}")), element("Status", status)];
        format!("<ChangeInfo>{}{}{comment}</ChangeInfo>", parts.concat(), element("SubmittedAt", &self.shown))
    }
}

/// In milliseconds.
fn now() -> String {
    let now = OffsetDateTime::now_utc();
    let now = now.replace_millisecond(now.millisecond()).unwrap_or(now);
    now.format(&Rfc3339).unwrap_or_default()
}
