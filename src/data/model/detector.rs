//! Whether sweeps may act on a database, and what they would find.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

use super::safe_text::SafeText;

/// Whether sweeps act here, how much is due, and whether the breaker would hold it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, FromRow)]
pub struct DetectorState {
    /// Since when sweeps act here; `None` if the detector is not armed.
    pub armed_at: Option<DateTime<Utc>>,
    /// Who armed it.
    pub armed_by: Option<SafeText>,
    /// Why.
    pub armed_reason: Option<SafeText>,
    /// How many tasks sweeps would take. Tasks that wait for each other in a circle, or for workers that
    /// are gone, are not counted here.
    pub due: i64,
    /// How many tasks are under way, at least; `None` if it does not matter.
    pub under_way: Option<i64>,
    /// The most that a sweep takes without a confirmation, at least.
    pub breaker_limit: i64,
    /// What sweeps usually take; `None` if none has taken any yet.
    pub usual: Option<i32>,
    /// A sweep would take nothing now, because too many are due.
    pub holds: bool,
    /// Why it would not.
    pub why: Option<SafeText>,
    /// How many tasks an operator has allowed the next sweep.
    pub allowed: Option<i32>,
    /// Until when.
    pub allowed_until: Option<DateTime<Utc>>,
    /// The most that one sweep may take, if there is a limit.
    pub max_per_sweep: Option<i32>,
    /// The most that all sweeps of an hour may take, if there is a limit.
    pub max_per_hour: Option<i32>,
    /// What sweeps have taken in the last hour.
    pub took_last_hour: i64,
}

impl DetectorState {
    /// Whether sweeps act here.
    #[must_use]
    pub const fn is_armed(&self) -> bool {
        self.armed_at.is_some()
    }
}

/// Tasks that the next sweep would take, by template, state and reason.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct PreviewRow {
    /// Of the template.
    pub namespace: SafeText,
    /// The template.
    pub task_name: SafeText,
    /// Its version.
    pub task_version: SafeText,
    /// The state they are stuck in.
    pub state: SafeText,
    /// Why they would be taken.
    pub dlq_reason: SafeText,
    /// How many there are.
    pub tasks: i64,
    /// Minutes that the oldest of them has been in its state.
    pub oldest_minutes: Option<f64>,
    /// The same of the newest.
    pub newest_minutes: Option<f64>,
}

/// What an undo did with a task that the sweep took, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct UndoneTask {
    /// Its place among those that the sweep took.
    #[serde(skip)]
    pub place: i64,
    /// The task.
    pub task_uuid: Uuid,
    /// `put_back`; `entry_closed` where the sweep had only opened an entry; `blocked` if its steps let it do
    /// nothing; `touched` by somebody since; `gone`; `busy` if another session holds it.
    pub outcome: SafeText,
    /// Who has touched it.
    pub by_whom: Option<SafeText>,
    /// The state it is in now.
    pub now_state: Option<SafeText>,
}

impl UndoneTask {
    /// Whether an undo changes it, or has changed it.
    #[must_use]
    pub fn is_undone(&self) -> bool {
        matches!(self.outcome.as_str(), "put_back" | "entry_closed")
    }
}
