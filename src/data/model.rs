//! What the database says, as plain data: ids, rows and the snapshot a poll brings.
//!
//! Field names are the columns of the views in `migrations/`; `--json` prints the same names.
//! All text went through [`SafeText`] when it was decoded. There is no pool and no SQL here.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

mod detail;
mod fleet;
pub mod incident;
mod page;
pub mod pg_timestamp;
pub mod safe_text;
mod stats;

pub use crate::data::model::page::{FILTER_SCAN, MAX_ROWS, PAGE_SIZE, Page, RowsWanted, Total};
pub use detail::{Detail, EntryRow, FixRow, LogRow, NoteRow, StepRow, TaskRow, TransitionRow};
pub use fleet::{AlertRow, Fleet, HintRow, QueueDepthRow, Scope, TypeRow, WorkerRow};
pub use stats::{
    AgeBucket, ArchiveRow, Counts, FlowBucket, NamespaceRow, ReasonStats, Sample, Stats, SweepRow,
    TemplateWarning,
};

use super::error::DataError;
use crate::data::connection::replica::Replica;
use crate::data::model::pg_timestamp::PgTimestamp;
use crate::data::model::safe_text::SafeText;
use crate::data::poller::schedule::PollCost;

/// Makes a `uuid` newtype that sqlx can bind and read, so that a step's id can never be passed
/// where an entry's is wanted.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The last eight hex digits, to read aloud on a call. The first eight of a version 7
            /// id are only the time, and alike for a minute's worth of rows.
            #[must_use]
            pub fn short(self) -> String {
                self.0.simple().to_string()[24..].to_owned()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// One run of a template.
    TaskId
);
id!(
    /// One node of a task's graph.
    StepId
);
id!(
    /// One investigation of a stuck task.
    EntryId
);

/// How many lines of the operators' log a poll brings.
pub const LOG_WINDOW: usize = 200;

/// How a task stands against its threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// At or over its threshold, or older than its lifetime.
    Stale,
    /// At 80 % of its threshold or more.
    Warning,
    /// Under 80 % of its threshold.
    Healthy,
    /// A label this program does not know; never acted upon.
    Unknown,
}

impl Health {
    /// The label as the view writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Warning => "warning",
            Self::Healthy => "healthy",
            Self::Unknown => "unknown",
        }
    }
}

impl From<String> for Health {
    fn from(label: String) -> Self {
        match label.as_str() {
            "stale" => Self::Stale,
            "warning" => Self::Warning,
            "healthy" => Self::Healthy,
            _ => Self::Unknown,
        }
    }
}

/// A task that is stale, or on its way there: a row of `v_task_staleness_monitoring`.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct StalenessRow {
    /// The task.
    pub task_uuid: TaskId,
    /// The namespace of its template.
    pub namespace_name: SafeText,
    /// The name of its template.
    pub task_name: SafeText,
    /// The version of its template.
    pub task_version: SafeText,
    /// Its state now.
    pub current_state: SafeText,
    /// Minutes in that state, by the database's clock. Negative if the row is dated in the future.
    pub time_in_state_minutes: f64,
    /// Minutes it may stay in that state.
    pub staleness_threshold_minutes: f64,
    /// Minutes since it was created.
    pub task_age_minutes: f64,
    /// Minutes a task of this template may live in all.
    pub max_lifetime_minutes: f64,
    /// Whether its age alone makes it stale.
    pub lifetime_exceeded: bool,
    /// Minutes until it is stale; negative once it is.
    pub minutes_to_breach: f64,
    /// When it becomes stale, or became so: the list is ordered by it. `infinity` if its age is
    /// impossible.
    pub breaches_at: PgTimestamp,
    /// How it stands.
    #[sqlx(try_from = "String")]
    pub health_status: Health,
    /// `dlq`, or `alert` for a template that the detector never touches.
    pub staleness_action: SafeText,
    /// Whether the next sweep would take it.
    pub sweep_takes: bool,
    /// The task's priority; higher runs first.
    pub priority: i32,
    /// The step everything else waits for, if one can be named.
    pub blocking_step: Option<SafeText>,
    /// That step's id.
    pub blocking_step_uuid: Option<StepId>,
    /// That step's state.
    pub blocking_step_state: Option<SafeText>,
    /// The first line of that step's latest error.
    pub blocking_error: Option<SafeText>,
    /// The age is negative or absurd: shown, never acted upon.
    pub age_suspect: bool,
    /// Its open investigation, if it has one.
    pub pending_entry: Option<EntryId>,
    /// The version an update of that entry must name.
    pub pending_entry_version: Option<i32>,
    /// What is wrong with it, in the source's own word, if its state alone does not say: `orphaned`.
    pub condition: Option<SafeText>,
}

impl StalenessRow {
    /// Whether it is measured by a time at all: where the threshold is nought it is stuck for another
    /// reason, such as a worker that is gone.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        self.staleness_threshold_minutes > 0.0 || self.lifetime_exceeded
    }

    /// Time in state as a share of the threshold, or age as a share of the lifetime once that is
    /// exceeded, whichever is more: 1.0 is the breach. `breach_ratio` of the view.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        let share = |minutes: f64, of: f64| if of > 0.0 { minutes / of } else { 1.0 };
        let in_state = share(self.time_in_state_minutes, self.staleness_threshold_minutes);
        if self.lifetime_exceeded {
            in_state.max(share(self.task_age_minutes, self.max_lifetime_minutes))
        } else {
            in_state
        }
    }
}

/// An open investigation: a row of `v_dlq_investigation_queue`.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct QueueRow {
    /// The entry.
    pub dlq_entry_uuid: EntryId,
    /// The stuck task.
    pub task_uuid: TaskId,
    /// The state it was stuck in.
    pub original_state: SafeText,
    /// Why it is here.
    pub dlq_reason: SafeText,
    /// Since when.
    pub dlq_timestamp: DateTime<Utc>,
    /// Minutes since then.
    pub minutes_in_dlq: f64,
    /// The namespace of the task's template.
    pub namespace_name: SafeText,
    /// The name of the task's template.
    pub task_name: SafeText,
    /// The state the task is in now.
    pub current_state: SafeText,
    /// Minutes in that state.
    pub time_in_state_minutes: f64,
    /// The reason's part of the score.
    pub priority_base: f64,
    /// The waiting time's part of the score: one a minute.
    pub priority_age: f64,
    /// Both parts together.
    pub priority_score: f64,
    /// The score as an instant, the earlier the more urgent: as many minutes before
    /// `dlq_timestamp` as the base has. The queue is ordered by it.
    pub priority_instant: PgTimestamp,
    /// Who has claimed it, if the claim has not expired.
    pub owner: Option<SafeText>,
    /// When that claim ends.
    pub owned_until: Option<DateTime<Utc>>,
    /// Until when it is put aside.
    pub snoozed_until: Option<DateTime<Utc>>,
    /// The step that needs an operator: in error, or blocking the rest.
    pub step_name: Option<SafeText>,
    /// That step's id.
    pub workflow_step_uuid: Option<StepId>,
    /// That step's state.
    pub step_state: Option<SafeText>,
    /// How often that step has run.
    pub attempts: Option<i32>,
    /// How often it may run.
    pub max_attempts: Option<i32>,
    /// The first line of that step's *current* error.
    pub current_error: Option<SafeText>,
    /// How many closed entries this task had before.
    pub earlier_entries: i64,
    /// How many notes this entry has.
    pub notes: i64,
    /// The version an update of the entry must name.
    pub version: i32,
}

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

/// What one poll brought. What it read, it read in one read-only transaction, so the panes agree
/// with each other; a part that failed does not take the others with it. Counts and statistics may
/// be those of an earlier poll.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The database's clock when the poll began.
    pub taken_at: DateTime<Utc>,
    /// How long the poll took, start to end.
    pub took: Duration,
    /// How the server stands that was asked, if it is one apart from the primary; `None` too if it
    /// would not say.
    pub replica: Option<Replica>,
    /// When the next poll is due, counted from the end of this one: longer than asked for while
    /// the database is slow.
    pub next_in: Duration,
    /// What polls cost of late, and why the next one is due when it is.
    pub effort: PollCost,
    /// The numbers of the header.
    pub counts: Part<Counts>,
    /// When those were read: they are not part of every poll.
    pub counts_read: Reading,
    /// Stale tasks and those on their way, most overdue first.
    pub staleness: Part<Page<StalenessRow>>,
    /// Open investigations by priority.
    pub queue: Part<Page<QueueRow>>,
    /// Rates, ages, sweeps, archive.
    pub stats: Part<Stats>,
    /// When those were read.
    pub stats_read: Reading,
    /// Who works, what waits where, and what the source itself calls wrong.
    pub fleet: Part<Fleet>,
    /// What operators did, newest first.
    pub log: Part<Vec<LogRow>>,
    /// The task that the screen has open, with its id; `None` if none is, or it no longer exists.
    pub detail: Option<(TaskId, Part<Option<Detail>>)>,
}

/// What the poller last heard.
#[derive(Debug, Clone)]
pub enum PollResult {
    /// A poll ended well (its parts may have failed one by one).
    Snapshot(Arc<Snapshot>),
    /// The database could not be asked. Carries when the next try is due.
    Unreachable {
        /// In the operator's words.
        error: Arc<DataError>,
        /// Seconds until the next try.
        retry_in: Duration,
    },
}

/// The newest poll, good or bad. `None` until the first one ends.
pub type LatestPoll = Option<PollResult>;
