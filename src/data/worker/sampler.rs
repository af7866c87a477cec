//! Waits for the next reading of the queue that is worth keeping: not more than one a minute.

use std::future::pending;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use crate::data::model::{LatestPoll, PollResult, Sample};

/// From one sample to the next.
const APART: TimeDelta = TimeDelta::minutes(1);

/// What the poller reads, and how long ago the last sample was.
pub(super) struct Sampler {
    newest: watch::Receiver<LatestPoll>,
    last: Option<DateTime<Utc>>,
}

impl Sampler {
    pub(super) const fn new(newest: watch::Receiver<LatestPoll>) -> Self {
        Self { newest, last: None }
    }

    /// Waits until there is a reading to keep.
    async fn due(&mut self) -> (DateTime<Utc>, Sample) {
        loop {
            if self.newest.changed().await.is_err() {
                // Nobody polls any more.
                return pending().await;
            }
            let found = read(&self.newest.borrow_and_update());
            if let Some((at, sample)) = found
                // A clock that was set back is no reason to wait.
                && self.last.is_none_or(|last| (at - last).abs() >= APART)
            {
                self.last = Some(at);
                return (at, sample);
            }
        }
    }
}

/// Waits until there is a reading to keep, if any ever are.
pub(super) async fn due(sampler: &mut Option<Sampler>) -> (DateTime<Utc>, Sample) {
    match sampler {
        Some(sampler) => sampler.due().await,
        None => pending().await,
    }
}

/// The sample that a poll has brought.
fn read(newest: &LatestPoll) -> Option<(DateTime<Utc>, Sample)> {
    let Some(PollResult::Snapshot(snapshot)) = newest else {
        return None;
    };
    let stats = snapshot.stats.as_ref().ok()?;
    Some((snapshot.stats_read.at, stats.sample?))
}
