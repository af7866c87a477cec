//! What the database last said: the last good rows of every pane, and what went wrong since.
//!
//! Filled by `apply_poll.rs`; every room but the session may read it. What a poll newly brings
//! begins as a field of [`Polled`].

pub mod alerts;
pub mod arming;
mod freshness;
pub mod replica_lag;
pub mod source_alerts;
pub mod workers;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use self::alerts::Alert;
use self::arming::Arming;
use self::source_alerts::SourceAlerts;
use crate::data::error::DataError;
use crate::data::model::detector::DetectorState;
use crate::data::model::poll_cost::PollCost;
use crate::data::model::replica::Replica;
use crate::data::model::{
    Counts, ErrorGroups, Fleet, LogRow, Page, Part, QueueDepthRow, QueueRow, Reading, Snapshot,
    StalenessRow, Stats, SweepRow, WorkerRow,
};
use crate::data::source::Source;
use crate::detector::status::Status;

/// One pane's rows. A pane that fails keeps what it had, and says so.
#[derive(Debug)]
pub struct LastGood<T> {
    /// The last rows that could be read; `None` until the first.
    pub rows: Option<Arc<T>>,
    /// Why the latest could not.
    pub error: Option<Arc<DataError>>,
}

impl<T> Default for LastGood<T> {
    fn default() -> Self {
        Self {
            rows: None,
            error: None,
        }
    }
}

impl<T> LastGood<T> {
    fn take(&mut self, part: &Part<T>) {
        match part {
            Ok(rows) => {
                self.rows = Some(Arc::clone(rows));
                self.error = None;
            }
            Err(error) => self.error = Some(Arc::clone(error)),
        }
    }
}

/// The database cannot be asked at the moment.
#[derive(Debug, Clone)]
pub struct Unreachable {
    /// Why, in the operator's words.
    pub why: String,
    /// When it was first noticed.
    pub since: DateTime<Utc>,
    /// When the next try is due.
    pub retry_at: DateTime<Utc>,
}

/// The screen is frozen: polls go on, but are not shown.
#[derive(Debug)]
pub struct Frozen {
    /// Since when.
    pub since: DateTime<Utc>,
    /// What will be shown when it goes on.
    pub newest: Option<Arc<Snapshot>>,
}

/// What the database last said.
#[derive(Debug, Default)]
pub struct Polled {
    /// The numbers of the header.
    pub counts: LastGood<Counts>,
    /// Stale tasks.
    pub staleness: LastGood<Page<StalenessRow>>,
    /// Open entries.
    pub queue: LastGood<Page<QueueRow>>,
    /// What fails alike in the whole queue.
    pub error_groups: LastGood<ErrorGroups>,
    /// Rates, ages, sweeps.
    pub stats: LastGood<Stats>,
    /// Who works, what waits where.
    pub fleet: LastGood<Fleet>,
    /// What operators did.
    pub log: LastGood<Vec<LogRow>>,
    /// The database's clock at the last good poll; times in rows are measured from it.
    pub taken_at: Option<DateTime<Utc>>,
    /// How the replica stood at the last good poll, if that went to one.
    pub replica: Option<Replica>,
    /// How long the last good poll took.
    pub took: Duration,
    /// What polls cost the database.
    pub effort: PollCost,
    /// The version of the rules by which the rows were put into groups.
    pub rules_version: Option<String>,
    /// When the counts were read.
    pub counts_read: Option<Reading>,
    /// When the statistics were read.
    pub stats_read: Option<Reading>,
    /// When the poll after it was due, counted from its end.
    pub next_in: Duration,
    /// This screen's clock at the last good poll; the data's age is measured from it.
    pub polled_at: Option<DateTime<Utc>>,
    /// Set while the database cannot be asked.
    pub unreachable: Option<Unreachable>,
    /// What the source itself calls wrong.
    pub source_alerts: SourceAlerts,
    /// What the detector is doing.
    pub detector: Status,
    /// Set while the screen is frozen.
    pub frozen: Option<Frozen>,
}

impl Polled {
    /// Takes what a poll brought.
    pub fn take(&mut self, snapshot: &Snapshot, now: DateTime<Utc>) {
        self.counts.take(&snapshot.counts);
        self.staleness.take(&snapshot.staleness);
        self.queue.take(&snapshot.queue);
        self.error_groups.take(&snapshot.error_groups);
        self.stats.take(&snapshot.stats);
        self.fleet.take(&snapshot.fleet);
        self.log.take(&snapshot.log);
        self.taken_at = Some(snapshot.taken_at);
        self.replica = snapshot.replica;
        self.took = snapshot.took;
        self.effort = snapshot.effort;
        self.rules_version = Some(snapshot.rules_version.clone());
        self.counts_read = Some(snapshot.counts_read);
        self.stats_read = Some(snapshot.stats_read);
        self.next_in = snapshot.next_in;
        self.polled_at = Some(now);
        self.unreachable = None;
    }

    /// Notes that the database could not be asked, and since when.
    pub fn mark_unreachable(&mut self, error: &DataError, retry_in: Duration, now: DateTime<Utc>) {
        let since = self.unreachable.as_ref().map_or(now, |lost| lost.since);
        self.unreachable = Some(Unreachable {
            why: error.one_line(),
            since,
            retry_at: now + retry_in,
        });
    }

    /// Whether sweeps act, and what is due, as the database last said.
    #[must_use]
    pub fn detector_state(&self) -> Option<&DetectorState> {
        self.counts.rows.as_ref()?.detector.as_ref()
    }

    /// Whether sweeps act on this database.
    #[must_use]
    pub fn arming(&self) -> Arming {
        let Some(state) = self.detector_state() else {
            let dry = (self.detector.last.as_ref()).is_some_and(|last| !last.armed);
            return if dry {
                Arming::Dry { due: None }
            } else {
                Arming::Armed
            };
        };
        if !state.is_armed() {
            return Arming::Dry {
                due: Some(state.due),
            };
        }
        if state.holds {
            return Arming::Held {
                due: state.due,
                limit: Some(state.breaker_limit),
            };
        }
        // Polls do not look for tasks that wait in a circle or for workers that are gone; a sweep does.
        let newest = self.stats.rows.as_ref().and_then(|it| it.sweeps.first());
        match newest {
            Some(sweep) if sweep.held && state.allowed.is_none() && sweep.detected > state.due => {
                Arming::Held {
                    due: sweep.detected,
                    limit: None,
                }
            }
            _ => Arming::Armed,
        }
    }

    /// One of the last sweeps.
    #[must_use]
    pub fn sweep(&self, id: i64) -> Option<&SweepRow> {
        let sweeps = &self.stats.rows.as_ref()?.sweeps;
        sweeps.iter().find(|sweep| sweep.sweep_id == Some(id))
    }

    /// The staleness rows read last.
    #[must_use]
    pub fn stale(&self) -> &[StalenessRow] {
        self.staleness
            .rows
            .as_ref()
            .map_or(&[], |listed| &listed.rows)
    }

    /// The queue's rows read last.
    #[must_use]
    pub fn entries(&self) -> &[QueueRow] {
        self.queue.rows.as_ref().map_or(&[], |listed| &listed.rows)
    }

    /// The workers read last.
    #[must_use]
    pub fn workers(&self) -> &[WorkerRow] {
        self.fleet.rows.as_ref().map_or(&[], |fleet| &fleet.workers)
    }

    /// The broker's queues read last.
    #[must_use]
    pub fn queues(&self) -> &[QueueDepthRow] {
        self.fleet.rows.as_ref().map_or(&[], |fleet| &fleet.queues)
    }
    /// The lines of the operator log read last.
    #[must_use]
    pub fn log_rows(&self) -> &[LogRow] {
        self.log.rows.as_deref().map_or(&[], Vec::as_slice)
    }

    /// Whether the database has more stale tasks than were read.
    #[must_use]
    pub fn staleness_has_more(&self) -> bool {
        (self.staleness.rows.as_ref()).is_some_and(|listed| listed.has_more())
    }

    /// Whether the database has more entries than were read.
    #[must_use]
    pub fn queue_has_more(&self) -> bool {
        (self.queue.rows.as_ref()).is_some_and(|listed| listed.has_more())
    }

    /// What fails alike in the whole queue, if not all of it is at hand and it was counted.
    #[must_use]
    pub fn groups_beyond(&self) -> Option<&ErrorGroups> {
        let groups = self.error_groups.rows.as_deref()?;
        (self.queue_has_more() && groups.read > 0).then_some(groups)
    }

    /// How many open entries are put aside.
    #[must_use]
    pub fn snoozed(&self) -> i64 {
        let counted = (self.counts.rows.as_ref()).map_or(0, |counts| counts.snoozed);
        let Some(listed) = &self.queue.rows else {
            return counted;
        };
        let read = i64::try_from(listed.rows.len()).unwrap_or(i64::MAX);
        if read < listed.total.rows {
            return counted;
        }
        // All of them are here, and newer than the counts.
        let snoozed = listed.rows.iter().filter(|row| row.snoozed_until.is_some());
        i64::try_from(snoozed.count()).unwrap_or(i64::MAX)
    }

    /// What is wrong, worst first.
    #[must_use]
    pub fn alerts(&self, source: &Source) -> Vec<Alert> {
        let mut all: Vec<Alert> = alerts::of_detector(&self.detector).into_iter().collect();
        let arming = self.arming();
        all.extend(alerts::of_arming(arming));
        if let Some(counts) = self.counts.rows.as_deref() {
            // Sweeps that do not act are not missed: that is said in its own words.
            let sweeps = source.is_native() && arming == Arming::Armed;
            all.extend(alerts::of_counts(counts, sweeps));
        }
        all.extend(self.source_alerts.alerts(&source.manifest));
        all.sort_by_key(|alert| alert.severity);
        all
    }
}
