//! What the database says, as plain data: ids, rows and the snapshot a poll brings.
//!
//! Field names are the columns of the views in `migrations/`; `--json` prints the same names.
//! All text went through [`SafeText`] when it was decoded. There is no pool and no SQL here.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

use super::error::DataError;
use super::safe_text::SafeText;

/// Makes a `uuid` newtype that sqlx can bind and read, so that a step's id can never be passed
/// where an entry's is wanted.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, sqlx::Type)]
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
}

impl StalenessRow {
    /// Time in state as a share of the threshold: 1.0 is the breach.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        if self.staleness_threshold_minutes <= 0.0 {
            return 1.0;
        }
        self.time_in_state_minutes / self.staleness_threshold_minutes
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
    /// Both parts together; the queue is ordered by it.
    pub priority_score: f64,
    /// Who has claimed it, if the claim has not expired.
    pub owner: Option<SafeText>,
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

/// One reason's line in the stats: a row of `v_dlq_dashboard`.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct ReasonStats {
    /// The reason.
    pub dlq_reason: SafeText,
    /// All entries ever, still kept.
    pub total_entries: i64,
    /// Open ones.
    pub pending: i64,
    /// Closed as fixed.
    pub manually_resolved: i64,
    /// Closed as never to be fixed.
    pub permanent_failures: i64,
    /// Closed because the work was called off.
    pub cancelled: i64,
    /// The first entry.
    pub oldest_entry: Option<DateTime<Utc>>,
    /// The latest entry.
    pub newest_entry: Option<DateTime<Utc>>,
    /// Mean minutes to resolve, over resolved entries only.
    pub avg_resolution_time_minutes: Option<f64>,
    /// Median minutes to resolve, over resolved entries only.
    pub p50_resolution_time_minutes: Option<f64>,
    /// 90th percentile of minutes to resolve, over resolved entries only.
    pub p90_resolution_time_minutes: Option<f64>,
}

/// Arrivals and resolutions in one five-minute bucket.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, FromRow)]
pub struct FlowBucket {
    /// When the bucket begins.
    pub bucket: DateTime<Utc>,
    /// Entries opened in it.
    pub arrived: i64,
    /// Entries closed in it.
    pub resolved: i64,
    /// Entries open at its end.
    pub pending: i64,
}

/// How many open entries have waited how long.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct AgeBucket {
    /// `< 15m`, `15m-1h`, `1-4h`, `4-24h`, `> 1d`.
    pub label: SafeText,
    /// Open entries of that age.
    pub pending: i64,
}

/// One archive table: a row of `v_archive_statistics`.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct ArchiveRow {
    /// The table.
    pub archive_table: SafeText,
    /// Rows in it.
    pub row_count: i64,
    /// The oldest of them.
    pub oldest: Option<DateTime<Utc>>,
    /// The newest of them.
    pub newest: Option<DateTime<Utc>>,
    /// Size on disk, indexes included.
    pub bytes: i64,
    /// Rows that came in the last day.
    pub archived_last_day: i64,
}

/// One pass of a detector, as kept in `dlqtop.sweeps`.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct SweepRow {
    /// Which detector: `user@host:pid`.
    pub instance: SafeText,
    /// When it began.
    pub started: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
    /// Stale tasks found.
    pub detected: i64,
    /// Dead letters opened or tasks moved to `error`.
    pub moved: i64,
    /// Moved on meanwhile, or held by another detector.
    pub skipped: i64,
    /// Refused by the database.
    pub failed: i64,
    /// Nothing was written.
    pub dry_run: bool,
}

/// A namespace's workers, judged by what they finish.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct NamespaceRow {
    /// The namespace.
    pub namespace_name: SafeText,
    /// Stale tasks in it.
    pub stale: i64,
    /// Open entries in it.
    pub pending: i64,
}

/// The numbers of the header and of the wall.
#[derive(Debug, Clone, Default, PartialEq, Serialize, FromRow)]
pub struct Counts {
    /// Stale tasks.
    pub stale: i64,
    /// Tasks at 80 % of their threshold or more.
    pub warning: i64,
    /// Tasks that could become stale and have not.
    pub healthy: i64,
    /// Open investigations.
    pub pending: i64,
    /// Open investigations that nobody has claimed.
    pub unowned: i64,
    /// Minutes the oldest open entry has waited.
    pub oldest_pending_minutes: Option<f64>,
    /// Minutes the oldest unclaimed open entry has waited.
    pub oldest_unowned_minutes: Option<f64>,
    /// Entries opened in the last hour.
    pub arrived_last_hour: i64,
    /// Entries closed in the last hour.
    pub resolved_last_hour: i64,
    /// Minutes the queue has been over fifty without a break; `None` while it is not.
    pub backlog_minutes: Option<f64>,
    /// Templates whose lifecycle cannot be read and so use the defaults.
    pub template_warnings: i64,
    /// Seconds since any detector ended a sweep that was not a dry run.
    pub seconds_since_sweep: Option<f64>,
}

/// What the stats pane shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Stats {
    /// By reason.
    pub reasons: Vec<ReasonStats>,
    /// The last three hours in buckets of five minutes, oldest first.
    pub flow: Vec<FlowBucket>,
    /// Open entries by age, youngest first.
    pub ages: Vec<AgeBucket>,
    /// The archive.
    pub archive: Vec<ArchiveRow>,
    /// The latest sweeps of all detectors, newest first.
    pub sweeps: Vec<SweepRow>,
    /// Namespaces with something wrong, worst first.
    pub namespaces: Vec<NamespaceRow>,
}

/// A list and how many rows there are in all, so that a cap is never silent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed<T> {
    /// The rows read, at most the limit.
    pub rows: Vec<T>,
    /// How many there are in the database.
    pub total: i64,
}

/// One step of a task, with what it waits for.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct StepRow {
    /// The step.
    pub workflow_step_uuid: StepId,
    /// Its name, unique in the task.
    pub step_name: SafeText,
    /// Its place in the template.
    pub step_number: i32,
    /// Its state now.
    pub current_state: SafeText,
    /// Minutes in that state.
    pub time_in_state_minutes: f64,
    /// Every parent is complete or resolved.
    pub dependencies_satisfied: bool,
    /// It may run once more.
    pub retry_eligible: bool,
    /// A worker could take it now.
    pub ready_for_execution: bool,
    /// How often it has run.
    pub attempts: i32,
    /// How often it may run.
    pub max_attempts: i32,
    /// Seconds a run may take.
    pub timeout_seconds: Option<i32>,
    /// How many steps it waits for.
    pub total_parents: i64,
    /// How many of them are done.
    pub satisfied_parents: i64,
    /// When its next attempt is due.
    pub next_retry_at: Option<DateTime<Utc>>,
    /// When it last failed.
    pub last_failure_at: Option<DateTime<Utc>>,
    /// Its latest error, cut to 4 KiB.
    pub last_error: Option<SafeText>,
    /// The names of its parents.
    pub parents: Vec<SafeText>,
    /// The nearest unsatisfied ancestors that cannot progress by themselves.
    pub blocked_by: Vec<SafeText>,
}

/// One state change of the task or of one of its steps.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct TransitionRow {
    /// When.
    pub created_at: DateTime<Utc>,
    /// `None` for the task itself, else the step's name.
    pub step_name: Option<SafeText>,
    /// The state it left.
    pub from_state: Option<SafeText>,
    /// The state it took.
    pub to_state: SafeText,
    /// Who did it: a worker, a detector or an operator.
    pub processor: Option<SafeText>,
    /// Why.
    pub reason: Option<SafeText>,
}

/// One entry of a task, open or closed, with how it ended.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct EntryRow {
    /// The entry.
    pub dlq_entry_uuid: EntryId,
    /// Why it was opened.
    pub dlq_reason: SafeText,
    /// The state the task was stuck in.
    pub original_state: SafeText,
    /// When it was opened.
    pub dlq_timestamp: DateTime<Utc>,
    /// `pending` or how it was closed.
    pub resolution_status: SafeText,
    /// When it was closed.
    pub resolution_timestamp: Option<DateTime<Utc>>,
    /// What was written when it was closed.
    pub resolution_notes: Option<SafeText>,
    /// Who closed it.
    pub resolved_by: Option<SafeText>,
    /// The version an update must name.
    pub version: i32,
}

/// A note on an entry.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct NoteRow {
    /// The entry it is on.
    pub dlq_entry_uuid: EntryId,
    /// Who wrote it.
    pub author: SafeText,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub body: SafeText,
}

/// The task at the top of the detail screen.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct TaskRow {
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
    /// Minutes in that state.
    pub time_in_state_minutes: f64,
    /// Minutes it may stay there; `None` for a state that cannot become stale.
    pub staleness_threshold_minutes: Option<f64>,
    /// Minutes since it was created.
    pub task_age_minutes: f64,
    /// Its priority; higher runs first.
    pub priority: i32,
    /// Joins it to the logs and traces of other systems.
    pub correlation_id: Uuid,
    /// Who asked for it.
    pub initiator: Option<SafeText>,
    /// Minutes since any worker finished a step in its namespace.
    pub minutes_since_namespace_finished: Option<f64>,
    /// How many other open entries have a step with the same name and the same error.
    pub same_error_elsewhere: i64,
}

/// Everything about one task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detail {
    /// The task now.
    pub task: TaskRow,
    /// Its steps, parents before children.
    pub steps: Vec<StepRow>,
    /// State changes, newest first.
    pub transitions: Vec<TransitionRow>,
    /// Its entries, newest first.
    pub entries: Vec<EntryRow>,
    /// The notes on them, oldest first.
    pub notes: Vec<NoteRow>,
    /// What it looked like when its newest entry was opened; cut to [`Detail::SNAPSHOT_LIMIT`].
    pub task_snapshot: Option<Value>,
}

impl Detail {
    /// The largest snapshot that is read, in bytes of JSON text. A larger one is named, not read.
    pub const SNAPSHOT_LIMIT: i32 = 262_144;

    /// The step an operator should act on: in error first, else one waiting to retry, else the
    /// first that holds the others up.
    #[must_use]
    pub fn failing_step(&self) -> Option<&StepRow> {
        let in_state = |state: &str| {
            self.steps
                .iter()
                .find(|step| step.current_state.as_str() == state)
        };
        in_state("error")
            .or_else(|| in_state("waiting_for_retry"))
            .or_else(|| in_state("in_progress"))
            .or_else(|| in_state("enqueued"))
    }
}

/// What an operator did, from any dashboard: a row of `dlqtop.operator_log`.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct LogRow {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: SafeText,
    /// What.
    pub action: SafeText,
    /// To what: a task or a step, by name.
    pub subject: SafeText,
    /// Why.
    pub reason: Option<SafeText>,
    /// The state or status before.
    pub before: Option<SafeText>,
    /// The state or status after.
    pub after: Option<SafeText>,
    /// `done`, or why not.
    pub outcome: SafeText,
}

/// One part of a poll: its rows, or why they could not be read.
pub type Part<T> = Result<Arc<T>, Arc<DataError>>;

/// What one poll brought. Every part was read in the same read-only transaction, so the panes
/// agree with each other; a part that failed does not take the others with it.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The database's clock when the poll began.
    pub taken_at: DateTime<Utc>,
    /// How long the poll took, start to end.
    pub took: Duration,
    /// The numbers of the header.
    pub counts: Part<Counts>,
    /// Stale tasks and those on their way, worst first.
    pub staleness: Part<Listed<StalenessRow>>,
    /// Open investigations by priority.
    pub queue: Part<Listed<QueueRow>>,
    /// Rates, ages, sweeps, archive.
    pub stats: Part<Stats>,
    /// What operators did, newest first.
    pub log: Part<Vec<LogRow>>,
    /// The task that the screen has open, with its id; `None` if none is, or it no longer exists.
    pub detail: Option<(TaskId, Part<Option<Detail>>)>,
}

/// What the poller last heard.
#[derive(Debug, Clone)]
pub enum Heard {
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
pub type Latest = Option<Heard>;
