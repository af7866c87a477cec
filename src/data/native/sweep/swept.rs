//! How to sweep, and what came of it for one task.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

use crate::data::model::safe_text::SafeText;

/// What is being done when a sweep fails.
pub(super) const DOING: &str = "sweep for stale tasks";

/// How to sweep.
#[derive(Debug, Clone)]
pub struct SweepOptions {
    /// Who sweeps, for the transitions and the sweeps' table: `user@host:pid`.
    pub instance: String,
    /// Only report what would be done; change nothing but the table of sweeps.
    pub dry_run: bool,
    /// No new chunk is started after this time.
    pub budget: Duration,
}

/// What happened to one task.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct SweptTask {
    /// The task.
    pub task_uuid: Uuid,
    /// The state it was stuck in; `None` if it was skipped.
    pub original_state: Option<SafeText>,
    /// Why it was moved; `None` if it was skipped.
    pub dlq_reason: Option<SafeText>,
    /// `transitioned_to_dlq_and_error`, `moved_to_dlq_only`, `transitioned_to_error_only`,
    /// `skipped` or `failed`; in a dry run `would_…`.
    pub action_taken: SafeText,
    /// The database's message, if it failed.
    pub detail: Option<SafeText>,
    /// Minutes it had been in its state; `None` if it was skipped.
    pub minutes_in_state: Option<f64>,
    /// Its correlation id; `None` if the task is gone.
    pub correlation_id: Option<Uuid>,
    /// When it became stale; `None` if it is stuck for a reason other than time.
    pub breached_at: Option<DateTime<Utc>>,
    /// The sweep that the database has it under; `None` in a dry run.
    pub sweep_id: Option<i64>,
}

/// Why the breaker holds a sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Held {
    /// How many tasks are due.
    pub due: i64,
    /// How many of them a sweep takes without a confirmation.
    pub breaker_limit: i64,
    /// The rule, in words.
    pub why: SafeText,
}
