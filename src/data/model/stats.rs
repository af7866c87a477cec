//! The numbers: of the header, of the wall and of the stats pane.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;

use crate::data::model::any_instant::{AnyInstant, SomeInstant};
use crate::data::model::detector::DetectorState;
use crate::data::model::fleet::TypeRow;
use crate::data::model::safe_text::SafeText;

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
    /// Closed because the work was cancelled.
    pub cancelled: i64,
    /// The first entry.
    #[sqlx(try_from = "AnyInstant")]
    pub oldest_entry: Option<DateTime<Utc>>,
    /// The latest entry.
    #[sqlx(try_from = "AnyInstant")]
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
    #[sqlx(try_from = "SomeInstant")]
    pub bucket: DateTime<Utc>,
    /// Entries opened in it.
    pub arrived: i64,
    /// Entries closed in it; `None` where nothing tells.
    pub resolved: Option<i64>,
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
    #[sqlx(try_from = "AnyInstant")]
    pub oldest: Option<DateTime<Utc>>,
    /// The newest of them.
    #[sqlx(try_from = "AnyInstant")]
    pub newest: Option<DateTime<Utc>>,
    /// Size on disk, indexes included.
    pub bytes: i64,
    /// Rows that came in the last day.
    pub archived_last_day: i64,
    /// Rows that came a day over the last seven days.
    pub archived_per_day: f64,
}

/// One pass of a detector, as kept in `dlqtop.sweeps`.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct SweepRow {
    /// Which detector: `user@host:pid`.
    pub instance: SafeText,
    /// When it began.
    #[sqlx(try_from = "SomeInstant")]
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
    /// By which it can be undone, where the source knows that.
    #[sqlx(default)]
    pub sweep_id: Option<i64>,
    /// The breaker held it.
    #[sqlx(default)]
    pub held: bool,
    /// Who has undone it.
    #[sqlx(default)]
    pub undone_by: Option<SafeText>,
}

impl SweepRow {
    /// Whether it changed anything. A dry run has in [`Self::moved`] what it would have moved.
    #[must_use]
    pub const fn acted(&self) -> bool {
        !self.dry_run && self.moved > 0
    }
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

/// A template whose lifecycle cannot be read as it stands: a warning, and the defaults count.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct TemplateWarning {
    /// The namespace of the template.
    pub namespace_name: SafeText,
    /// The name of the template.
    pub task_name: SafeText,
    /// Its version.
    pub task_version: SafeText,
    /// The keys of its lifecycle that cannot be used.
    pub warnings: Vec<SafeText>,
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
    /// Tasks and open entries whose age is impossible or not known: shown, never acted upon.
    pub suspect: i64,
    /// Of these, open entries: they are not in the age of the oldest.
    #[sqlx(default)]
    pub suspect_entries: i64,
    /// Open entries.
    pub pending: i64,
    /// Open entries that nobody has claimed.
    pub unowned: i64,
    /// How many of the open ones are snoozed for now.
    pub snoozed: i64,
    /// Minutes the oldest open entry has waited; `None` if none is open, or the age of none is known.
    pub oldest_pending_minutes: Option<f64>,
    /// Minutes the oldest unclaimed open entry has waited.
    pub oldest_unowned_minutes: Option<f64>,
    /// Entries opened in the last hour.
    pub arrived_last_hour: i64,
    /// Entries closed in the last hour; `None` where nothing tells.
    pub resolved_last_hour: Option<i64>,
    /// Minutes the queue has been over fifty without a break; `None` while it is not.
    pub backlog_minutes: Option<f64>,
    /// Templates whose lifecycle cannot be read and so use the defaults.
    pub template_warnings: i64,
    /// Seconds since any detector ended a sweep that was not a dry run.
    pub seconds_since_sweep: Option<f64>,
    /// Seconds between sweeps recently; `None` before there were two.
    pub usual_sweep_gap_seconds: Option<f64>,
    /// Whether sweeps act, and what is due, where the source knows that.
    #[sqlx(skip)]
    pub detector: Option<DetectorState>,
}

impl Counts {
    /// The same without ages that cannot be: an instant ahead of the clock is no age, and what has one is suspect.
    #[must_use]
    pub fn believed(mut self) -> Self {
        /// A writer's clock may be a little ahead of the server's.
        const AHEAD: f64 = -1.0;
        let oldest = self.oldest_pending_minutes;
        if oldest.is_some_and(|minutes| !minutes.is_finite() || minutes < AHEAD) {
            self.oldest_pending_minutes = None;
            if self.suspect_entries == 0 {
                self.suspect_entries = 1;
                self.suspect = self.suspect.saturating_add(1);
            }
        }
        let unowned = self.oldest_unowned_minutes;
        if unowned.is_some_and(|minutes| !minutes.is_finite() || minutes < AHEAD) {
            self.oldest_unowned_minutes = None;
        }
        self
    }
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
    /// Templates that use the defaults because their own values cannot be read.
    pub templates: Vec<TemplateWarning>,
    /// Namespaces with something wrong, worst first.
    pub namespaces: Vec<NamespaceRow>,
    /// What runs, by type, where the source knows that.
    pub types: Vec<TypeRow>,
    /// How the queue stands, if nobody but us will know that later.
    #[serde(skip)]
    pub sample: Option<Sample>,
}

/// How the queue of a system stands that forgets what was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// When the present five minutes began.
    pub bucket: DateTime<Utc>,
    /// Open entries.
    pub pending: i64,
    /// Of these, those that came in the present five minutes.
    pub fresh: i64,
    /// Of these, those that came in the five minutes before.
    pub fresh_before: i64,
}
