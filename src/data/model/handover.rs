//! The handover report and its rows.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

use crate::data::model::any_instant::{AnyEnd, AnyInstant, SomeInstant};
use crate::data::model::fleet::Scope;
use crate::data::model::ids::EntryId;
use crate::data::model::safe_text::SafeText;

/// The span of time, and the numbers.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct Window {
    /// Its beginning, by the database's clock.
    #[sqlx(try_from = "SomeInstant")]
    pub since: DateTime<Utc>,
    /// Its end: now, by the database's clock.
    #[sqlx(try_from = "SomeInstant")]
    pub until: DateTime<Utc>,
    /// Entries opened in it.
    pub opened: i64,
    /// Entries closed in it.
    pub closed: i64,
    /// Entries open at its end.
    pub pending: i64,
    /// The oldest of those.
    #[sqlx(try_from = "AnyInstant")]
    pub oldest_pending: Option<DateTime<Utc>>,
}

/// What was opened, of one reason and template.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct Opened {
    /// Why.
    pub dlq_reason: SafeText,
    /// The namespace of the template.
    pub namespace_name: SafeText,
    /// The name of the template.
    pub task_name: SafeText,
    /// How many.
    pub opened: i64,
    /// How many of them are open yet.
    pub still_open: i64,
}

/// An error that several entries share.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct ErrorGroup {
    /// The namespace of the template.
    pub namespace_name: SafeText,
    /// The name of the template.
    pub task_name: SafeText,
    /// The step.
    pub step_name: Option<SafeText>,
    /// One of the errors.
    pub sample: Option<SafeText>,
    /// How many entries.
    pub opened: i64,
    /// How many of them are open yet.
    pub still_open: i64,
}

/// Entries that are open and fail alike, whenever they were opened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OpenGroup {
    /// The namespace of the template.
    pub namespace_name: SafeText,
    /// The name of the template.
    pub task_name: SafeText,
    /// The step.
    pub step_name: Option<SafeText>,
    /// Why the first of them was opened.
    pub dlq_reason: SafeText,
    /// The error of the most urgent of them, if it has one.
    pub sample: Option<SafeText>,
    /// How many.
    pub open: i64,
    /// How many of them were opened in this time.
    pub opened: i64,
    /// How many of them are claimed.
    pub owned: i64,
    /// When the first of them was opened.
    pub oldest: DateTime<Utc>,
}

/// An entry that was closed.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct Closed {
    /// The entry.
    pub dlq_entry_uuid: EntryId,
    /// The namespace of the template.
    pub namespace_name: SafeText,
    /// The name of the template.
    pub task_name: SafeText,
    /// Why it was opened.
    pub dlq_reason: SafeText,
    /// How it was closed.
    pub resolution_status: SafeText,
    /// By whom.
    pub resolved_by: Option<SafeText>,
    /// When.
    #[sqlx(try_from = "SomeInstant")]
    pub at: DateTime<Utc>,
    /// What was written then.
    pub resolution_notes: Option<SafeText>,
}

/// How many were closed how and by whom.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct ClosedBy {
    /// How.
    pub resolution_status: SafeText,
    /// By whom.
    pub resolved_by: Option<SafeText>,
    /// How many.
    pub closed: i64,
}

/// An entry that is claimed or snoozed until a time.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct Held {
    /// The entry.
    pub dlq_entry_uuid: EntryId,
    /// The namespace of the template.
    pub namespace_name: SafeText,
    /// The name of the template.
    pub task_name: SafeText,
    /// Why it was opened.
    pub dlq_reason: SafeText,
    /// Who.
    pub owner: SafeText,
    /// Until when; a system's own claims may have no end.
    #[sqlx(try_from = "AnyEnd")]
    pub until: Option<DateTime<Utc>>,
    /// Since when it is open.
    #[sqlx(try_from = "SomeInstant")]
    pub dlq_timestamp: DateTime<Utc>,
}

/// A note that was written.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct Note {
    /// The entry it is on.
    pub dlq_entry_uuid: EntryId,
    /// The namespace of the template.
    pub namespace_name: SafeText,
    /// The name of the template.
    pub task_name: SafeText,
    /// Who wrote it.
    pub author: SafeText,
    /// When.
    #[sqlx(try_from = "SomeInstant")]
    pub at: DateTime<Utc>,
    /// What.
    pub body: SafeText,
}

/// What one detector did.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct Swept {
    /// Which.
    pub instance: SafeText,
    /// How many sweeps.
    pub sweeps: i64,
    /// Stale tasks found.
    pub detected: i64,
    /// Moved.
    pub moved: i64,
    /// Left to the next sweep.
    pub skipped: i64,
    /// That could not be processed.
    pub failed: i64,
    /// How many of the sweeps changed nothing.
    pub dry_runs: i64,
    /// The latest.
    #[sqlx(try_from = "SomeInstant")]
    pub latest: DateTime<Utc>,
}

/// A bulk change.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct Batch {
    /// Its name.
    pub batch: Uuid,
    /// Who.
    pub actor: SafeText,
    /// What.
    pub action: SafeText,
    /// Why.
    pub reason: Option<SafeText>,
    /// When it began.
    #[sqlx(try_from = "SomeInstant")]
    pub at: DateTime<Utc>,
    /// How many lines it has in the log.
    pub subjects: i64,
    /// Done.
    pub done: i64,
    /// Changed by someone else meanwhile.
    pub changed: i64,
    /// Refused.
    pub failed: i64,
}

/// How often an operator did something, alone or in bulk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Acted {
    /// Who.
    pub actor: SafeText,
    /// What.
    pub action: SafeText,
    /// Done.
    pub done: i64,
    /// Changed by someone else meanwhile.
    pub changed: i64,
    /// Refused.
    pub failed: i64,
    /// The latest.
    pub latest: DateTime<Utc>,
}

/// A part of the report that a source may not support.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Everything that is counted.
    Numbers,
    /// What is open, by error.
    OpenErrors,
    /// What was closed.
    Closed,
    /// What is owned.
    Owned,
    /// Snoozed entries.
    Snoozed,
    /// What was written.
    Notes,
    /// A bulk change.
    Batches,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Handover {
    /// Of which time.
    #[serde(flatten)]
    pub window: Window,
    /// Whose rows it is about, where others may be hidden.
    pub scope: Option<Scope>,
    /// What was opened.
    pub opened_by: Vec<Opened>,
    /// The errors behind it.
    pub errors: Vec<ErrorGroup>,
    /// What is open at its end, by error, the largest group first.
    pub open_by_error: Vec<OpenGroup>,
    /// How many were closed by whom.
    pub closed_by: Vec<ClosedBy>,
    /// What was closed.
    pub closed_entries: Vec<Closed>,
    /// What is owned.
    pub owned: Vec<Held>,
    /// Snoozed entries; the owner is who did it.
    pub snoozed: Vec<Held>,
    /// What was written.
    pub notes: Vec<Note>,
    /// Sweeps of the detectors; `None` if the system has no detector.
    pub sweeps: Option<Vec<Swept>>,
    /// A bulk change.
    pub batches: Vec<Batch>,
    /// Acts by operator and kind, from the companion log.
    pub acts: Vec<Acted>,
    /// Remarks on parts: not supported, or not all was read.
    pub remarks: BTreeMap<Part, SafeText>,
}
