//! When an access token of GitLab ends, and when its successor is due.

use super::day::Day;
use tfplugin::prelude::*;

/// How long a token lives, and how long before its end it is succeeded.
#[derive(Clone, Copy, Nested)]
pub struct RotationConfiguration {
    /// Days that each token lives; GitLab allows 400 at most, unless the instance does not enforce an end.
    expiration_days: u64,

    /// Days before its end from which on an apply issues the successor.
    rotate_before_days: u64,
}

impl RotationConfiguration {
    /// The day at whose start a token ends that is issued today.
    pub fn expiry(self, today: Day) -> Day {
        today.after(self.expiration_days)
    }
}

/// The day from which on an apply succeeds a token of this end.
pub fn due(rotation: Option<RotationConfiguration>, expiry: Option<Day>) -> Option<Day> {
    rotation.zip(expiry).map(|(rotation, expiry)| expiry.before(rotation.rotate_before_days))
}

/// Refuses a rotation that never ends, or never comes.
pub fn rotation(rotation: &RotationConfiguration) -> Result<(), String> {
    let RotationConfiguration { expiration_days, rotate_before_days } = *rotation;
    match (1..expiration_days).contains(&rotate_before_days) {
        true => Ok(()),
        false => Err(format!(
            "has `rotate_before_days = {rotate_before_days}`, which must be at least 1 and less than `expiration_days`"
        )),
    }
}

/// Refuses an end that is no future one: GitLab takes it, and issues a token that is of no use.
pub fn future(expiry: Day, today: Day) -> Result<()> {
    match expiry > today {
        true => Ok(()),
        false => Err(Error::new(format!("`expires_at` is {expiry}, and today is {today} already"))
            .hint("Set a later day, or let `rotation_configuration` choose it.")
            .at_attribute("expires_at")),
    }
}
