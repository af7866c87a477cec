//! Waits for the next reading of the queue that is worth keeping: not more than one a minute.

use std::future::pending;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use crate::data::model::fleet::Sighting;
use crate::data::model::{LatestPoll, PollResult, QueueDepthRow, Sample};

/// From one sample to the next.
const APART: TimeDelta = TimeDelta::minutes(1);

/// What is worth keeping of one poll.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    /// When it was read.
    pub(super) at: DateTime<Utc>,
    /// How the queue stands, if the system forgets what was closed.
    pub(super) sample: Option<Sample>,
    /// Which messages wait, if their broker does not say since when.
    pub(super) sightings: Vec<Sighting>,
}

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
    async fn due(&mut self) -> Reading {
        loop {
            if self.newest.changed().await.is_err() {
                // Nobody polls any more.
                return pending().await;
            }
            let found = read(&self.newest.borrow_and_update());
            if let Some(reading) = found
                // A clock that was set back is no reason to wait.
                && self.last.is_none_or(|last| (reading.at - last).abs() >= APART)
            {
                self.last = Some(reading.at);
                return reading;
            }
        }
    }
}

/// Waits until there is a reading to keep, if any ever are.
pub(super) async fn due(sampler: &mut Option<Sampler>) -> Reading {
    match sampler {
        Some(sampler) => sampler.due().await,
        None => pending().await,
    }
}

/// What a poll has brought that is worth keeping.
fn read(newest: &LatestPoll) -> Option<Reading> {
    let Some(PollResult::Snapshot(snapshot)) = newest else {
        return None;
    };
    let stats = snapshot.stats.as_ref().ok();
    let sample = stats.and_then(|stats| stats.sample);
    let queues = snapshot
        .fleet
        .as_ref()
        .map_or(&[][..], |fleet| fleet.queues.as_slice());
    let sightings: Vec<Sighting> = queues.iter().filter_map(QueueDepthRow::sighting).collect();
    let at = match sample {
        Some(_) => snapshot.stats_read.at,
        None if sightings.is_empty() => return None,
        None => snapshot.taken_at,
    };
    Some(Reading {
        at,
        sample,
        sightings,
    })
}
