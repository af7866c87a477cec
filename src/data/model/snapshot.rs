//! The result of a poll.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::data::error::DataError;
use crate::data::model::detail::{Detail, LogRow};
use crate::data::model::error_groups::ErrorGroups;
use crate::data::model::fleet::Fleet;
use crate::data::model::ids::TaskId;
use crate::data::model::page::Page;
use crate::data::model::poll_cost::PollCost;
use crate::data::model::queue::QueueRow;
use crate::data::model::replica::Replica;
use crate::data::model::staleness::StalenessRow;
use crate::data::model::stats::{Counts, Stats};

/// One part of a poll: its rows, or why they could not be read.
pub type Part<T> = Result<Arc<T>, Arc<DataError>>;

/// When a part of a poll was read that is not read with every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The database's clock when it was last read well.
    pub at: DateTime<Utc>,
    /// How far its readings are apart.
    pub every: Duration,
}

/// The result of one poll, read in one read-only transaction, so the panes agree with each other. If a
/// part fails, the others are there all the same. Counts and statistics may be those of an earlier poll.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The database's clock when the poll began.
    pub taken_at: DateTime<Utc>,
    /// How long the poll took, start to end.
    pub took: Duration,
    /// The state of the server, if it is not the primary; also `None` if it could not be read.
    pub replica: Option<Replica>,
    /// When the next poll is due, from the end of this one: later than configured while the database is
    /// slow.
    pub next_in: Duration,
    /// The recent cost of polls, and the reason for the pause.
    pub effort: PollCost,
    /// The numbers of the header.
    pub counts: Part<Counts>,
    /// When those were read: they are not part of every poll.
    pub counts_read: Reading,
    /// Stale tasks and those on their way, most overdue first.
    pub staleness: Part<Page<StalenessRow>>,
    /// Open entries by priority.
    pub queue: Part<Page<QueueRow>>,
    /// What fails alike in the whole queue.
    pub error_groups: Part<ErrorGroups>,
    /// Rates, ages, sweeps, archive.
    pub stats: Part<Stats>,
    /// When those were read.
    pub stats_read: Reading,
    /// Who works, what waits where, and what the source itself calls wrong.
    pub fleet: Part<Fleet>,
    /// The version of the rules by which the rows were put into groups.
    pub rules_version: String,
    /// What operators did, newest first.
    pub log: Part<Vec<LogRow>>,
    /// The task that the screen has open, with its id; `None` if none is, or it no longer exists.
    pub detail: Option<(TaskId, Part<Option<Detail>>)>,
}

/// The result of a poll, or why there is none.
#[derive(Debug, Clone)]
pub enum PollResult {
    /// A poll ended well (its parts may have failed one by one).
    Snapshot(Arc<Snapshot>),
    /// The database was unreachable.
    Unreachable {
        /// A message for the operator.
        error: Arc<DataError>,
        /// Time until the next attempt.
        retry_in: Duration,
    },
}

/// The newest poll, good or bad. `None` until the first one ends.
pub type LatestPoll = Option<PollResult>;
