//! Rows of the records: entries open and closed, and their place in the order.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;

use crate::data::fingerprint::rules::Rules;
use crate::data::model::any_instant::{AnyEnd, AnyInstant, SomeInstant};
use crate::data::model::ids::{EntryId, TaskId};
use crate::data::model::pg_timestamp::PgTimestamp;
use crate::data::model::safe_text::SafeText;
use crate::data::model::shown_fingerprint::fingerprint_of;

/// A row and its place in the order.
#[derive(Debug, FromRow)]
pub(in crate::data) struct Placed<T> {
    #[sqlx(flatten)]
    pub(in crate::data) row: T,
    pub(in crate::data) place: PgTimestamp,
}

/// An entry, open or closed.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct Record {
    /// The entry.
    pub dlq_entry_uuid: EntryId,
    /// The stuck task.
    pub task_uuid: TaskId,
    /// The namespace of the task's template.
    pub namespace_name: SafeText,
    /// The name of the task's template.
    pub task_name: SafeText,
    /// The state the task is in now.
    pub current_state: SafeText,
    /// Why it was opened.
    pub dlq_reason: SafeText,
    /// The state the task was stuck in.
    pub original_state: SafeText,
    /// When it was opened.
    #[sqlx(try_from = "SomeInstant")]
    pub dlq_timestamp: DateTime<Utc>,
    /// How many minutes it is, or was, open.
    pub minutes_open: f64,
    /// `pending`, or how it was closed.
    pub resolution_status: SafeText,
    /// When it was closed.
    #[sqlx(try_from = "AnyInstant")]
    pub resolution_timestamp: Option<DateTime<Utc>>,
    /// What was written when it was closed.
    pub resolution_notes: Option<SafeText>,
    /// Who closed it.
    pub resolved_by: Option<SafeText>,
    /// Who has claimed it.
    pub owner: Option<SafeText>,
    /// Until when it is snoozed.
    #[sqlx(try_from = "AnyEnd")]
    pub snoozed_until: Option<DateTime<Utc>>,
    /// The step that had failed when it was opened.
    pub failed_step: Option<SafeText>,
    /// The first line of that step's error then.
    pub failed_error: Option<SafeText>,
    /// What its error has in common with others, by the rules in force when it was read.
    #[sqlx(skip)]
    #[serde(skip)]
    pub fingerprint: String,
    /// The version an update of it must name.
    pub version: i32,
}

impl Record {
    /// The row with the fingerprint of its error, by these rules.
    #[must_use]
    pub fn with_fingerprint(mut self, rules: &Rules) -> Self {
        let error = self.failed_error.as_ref();
        self.fingerprint = fingerprint_of(error, &self.namespace_name, &self.task_name, rules);
        self
    }
}

/// A place in the operators' log, which is read newest first.
#[derive(Debug, Clone, Copy)]
pub(in crate::data) struct LogPosition {
    /// When the line was written.
    pub(in crate::data) at: PgTimestamp,
    /// Its number.
    pub(in crate::data) log_id: i64,
}

impl LogPosition {
    /// Before the newest line.
    pub(in crate::data) const START: Self = Self {
        at: PgTimestamp::LAST,
        log_id: i64::MAX,
    };
}
