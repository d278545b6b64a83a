//! Waits between tries and looks.

use std::time::Duration;

use tfplugin::operation;
use tfplugin::prelude::*;

/// Waits, each half as long again as the one before.
pub struct Pauses {
    next: Duration,
    longest: Duration,
    waited: Duration,
}

impl Pauses {
    /// Waits that begin with the first of these and end with the second.
    pub fn new((next, longest): (Duration, Duration)) -> Self {
        Pauses { next, longest, waited: Duration::ZERO }
    }

    /// Whether there is time for another wait: that of the operation, or `patience` in all where it has no limit.
    pub fn have_time(&self, patience: Duration) -> bool {
        operation::remaining().map_or(self.waited < patience, |left| left > self.next)
    }

    /// Waits once, but not beyond the operation.
    pub async fn rest(&mut self) -> Result<()> {
        operation::sleep(self.next).await?;
        self.waited += self.next;
        self.next = (self.next * 3 / 2).min(self.longest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_grow_to_the_longest_and_end_with_the_patience() {
        let seconds = Duration::from_secs;
        let mut pauses = Pauses::new((seconds(2), seconds(4)));
        let begin = tokio::time::Instant::now();
        while pauses.have_time(seconds(9)) {
            pauses.rest().await.unwrap();
        }
        assert_eq!(begin.elapsed(), seconds(2 + 3 + 4));
    }
}
