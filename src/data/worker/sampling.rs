//! Keeps how the queue stands, beside a system that forgets what was closed. The poller reads it
//! anyway; one who may write keeps it, and not more than once a minute.

use std::future::pending;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::Executor as _;
use tokio::sync::watch;

use super::{ACT_LIMIT, Writer, begin};
use crate::data::companion::keep_sample;
use crate::data::error::QueryContext as _;
use crate::data::model::{LatestPoll, PollResult, Sample};

const DOING: &str = "keep a sample";
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

impl Writer {
    /// Keeps it. That one is missing is told by the gap in the curve.
    pub(super) async fn keep_sample(&mut self, sample: (DateTime<Utc>, Sample)) {
        let source = Arc::clone(&self.site.source);
        let kept = self
            .link
            .run(DOING, ACT_LIMIT, async |db| {
                begin(db, &source, None).await?;
                keep_sample(db, &source, sample).await?;
                db.execute("commit").await.doing(DOING)
            })
            .await;
        if let Err(error) = kept {
            tracing::warn!(error = %error.one_line(), "a sample is missing");
        }
    }
}
