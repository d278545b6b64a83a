//! A batch of changes that Route 53 took: its operations wait for it together, and look at what came of it together.

use std::collections::BTreeSet;
use std::time::Duration;

use tfplugin::operation;
use tfplugin::prelude::*;
use tokio::sync::OnceCell;

use super::dns::Dns;
use super::set_key::{SetKey, Sets};

/// The waits before the first look at a change and between the last ones. Most changes take up to a minute.
const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(10));

/// Changes that are all done.
pub struct Batch {
    dns: Dns,
    zone: String,
    change: Option<String>,
    sets: BTreeSet<SetKey>,
    in_sync: OnceCell<()>,
    listing: OnceCell<Sets>,
}

impl Batch {
    /// A batch that changed these sets of a zone. It has no id where the answer to it was lost.
    pub fn new(dns: Dns, zone: String, change: Option<String>, sets: BTreeSet<SetKey>) -> Self {
        Batch { dns, zone, change, sets, in_sync: OnceCell::new(), listing: OnceCell::new() }
    }

    /// Waits until all of Route 53's servers have it, where its id is known.
    pub async fn in_sync(&self) -> Result<()> {
        match &self.change {
            Some(change) => self.in_sync.get_or_try_init(|| in_sync(&self.dns, change)).await.copied(),
            None => Ok(()),
        }
    }

    /// What the zone holds between the first and the last of the changed sets, as it is after the batch.
    pub async fn listing(&self) -> Result<&Sets> {
        self.listing.get_or_try_init(|| self.dns.list_around(&self.zone, &self.sets)).await
    }
}

/// Waits until all of Route 53's servers have a change.
pub async fn in_sync(dns: &Dns, change: &str) -> Result<()> {
    let (mut pause, longest) = PAUSES;
    loop {
        operation::sleep(pause).await?;
        if dns.is_in_sync(change).await? {
            return Ok(());
        }
        pause = (pause * 3 / 2).min(longest);
    }
}
