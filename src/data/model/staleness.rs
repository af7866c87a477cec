//! A row of the staleness list.

use serde::Serialize;
use sqlx::FromRow;

use crate::data::fingerprint::rules::Rules;
use crate::data::model::ids::{EntryId, StepId, TaskId};
use crate::data::model::pg_timestamp::PgTimestamp;
use crate::data::model::safe_text::SafeText;
use crate::data::model::shown_fingerprint::fingerprint_of;

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
    /// Its status.
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
    /// What its error has in common with others, by the rules in force when it was read.
    #[sqlx(skip)]
    #[serde(skip)]
    pub fingerprint: String,
    /// The age is negative or absurd: shown, never acted upon.
    pub age_suspect: bool,
    /// Its open entry, if it has one.
    pub pending_entry: Option<EntryId>,
    /// The version an update of that entry must name.
    pub pending_entry_version: Option<i32>,
    /// What is wrong with it, in the source's own word, if its state alone does not say: `orphaned`.
    pub condition: Option<SafeText>,
}

impl StalenessRow {
    /// The row with the fingerprint of its error, by these rules.
    #[must_use]
    pub fn with_fingerprint(mut self, rules: &Rules) -> Self {
        let error = self.blocking_error.as_ref();
        self.fingerprint = fingerprint_of(error, &self.namespace_name, &self.task_name, rules);
        self
    }

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
