//! Whether the database still answers: the newest poll, and its age.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::data::model::{LatestPoll, PollResult, Snapshot};

/// A database that is silent for this many polling intervals counts as unreachable.
const INTERVALS: u32 = 3;

/// What is known about the database's answers.
#[derive(Debug, Clone)]
pub struct Liveness {
    since: Instant,
    every: Duration,
    last: Option<(Instant, Arc<Snapshot>)>,
}

impl Liveness {
    /// Nothing received yet; a poll is expected after `every`.
    #[must_use]
    pub fn new(every: Duration) -> Self {
        Self {
            since: Instant::now(),
            every,
            last: None,
        }
    }

    fn record(&mut self, snapshot: Arc<Snapshot>) {
        self.last = Some((Instant::now(), snapshot));
    }

    /// How old the newest answer is, counted from when its reading began.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        let (received, snapshot) = self.last.as_ref()?;
        Some(received.elapsed() + snapshot.took)
    }

    /// Whether an answer came within the last three intervals, or may still come for the first
    /// time. The interval is the one in force: a slow database is asked less often.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        let (silent, every) = match &self.last {
            Some((received, snapshot)) => (
                received.elapsed(),
                self.every.max(snapshot.next_in) + snapshot.took,
            ),
            None => (self.since.elapsed(), self.every),
        };
        silent <= every * INTERVALS
    }

    /// Whether nothing was received since the start.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        self.last.is_none()
    }

    /// The newest answer, if it is not too old.
    #[must_use]
    pub fn fresh(&self) -> Option<&Snapshot> {
        let (_, snapshot) = self.last.as_ref().filter(|_| self.is_alive())?;
        Some(snapshot)
    }
}

/// Keeps `liveness` up to date until stopped, or until the poller has ended.
pub async fn follow(
    liveness: watch::Sender<Liveness>,
    mut polls: watch::Receiver<LatestPoll>,
    stop: CancellationToken,
) {
    loop {
        let latest = polls.borrow_and_update().clone();
        if let Some(PollResult::Snapshot(snapshot)) = latest {
            liveness.send_modify(|liveness| liveness.record(snapshot));
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            changed = polls.changed() => if changed.is_err() { break },
        }
    }
}
