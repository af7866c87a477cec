//! A row of the queue.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;

use crate::data::fingerprint::rules::Rules;
use crate::data::model::any_instant::{AnyEnd, SomeInstant};
use crate::data::model::ids::{EntryId, StepId, TaskId};
use crate::data::model::pg_timestamp::PgTimestamp;
use crate::data::model::safe_text::SafeText;
use crate::data::model::shown_fingerprint::fingerprint_of;

/// An open entry: a row of `v_dlq_investigation_queue`.
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
    #[sqlx(try_from = "SomeInstant")]
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
    #[sqlx(try_from = "AnyEnd")]
    pub owned_until: Option<DateTime<Utc>>,
    /// Until when it is snoozed.
    #[sqlx(try_from = "AnyEnd")]
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
    /// What its error has in common with others, by the rules in force when it was read.
    #[sqlx(skip)]
    #[serde(skip)]
    pub fingerprint: String,
    /// How many closed entries this task had before.
    pub earlier_entries: i64,
    /// How many notes this entry has.
    pub notes: i64,
    /// The version an update of the entry must name.
    pub version: i32,
}

impl QueueRow {
    /// Whether the age of the entry is impossible or not known: its instant is missing, or ahead of the clock.
    #[must_use]
    pub fn age_suspect(&self) -> bool {
        /// A writer's clock may be a little ahead of the server's.
        const AHEAD: f64 = -1.0;
        self.dlq_timestamp <= DateTime::UNIX_EPOCH
            || !self.minutes_in_dlq.is_finite()
            || self.minutes_in_dlq < AHEAD
    }

    /// The row with the fingerprint of its error, by these rules.
    #[must_use]
    pub fn with_fingerprint(mut self, rules: &Rules) -> Self {
        let error = self.current_error.as_ref();
        self.fingerprint = fingerprint_of(error, &self.namespace_name, &self.task_name, rules);
        self
    }
}
