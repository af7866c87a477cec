//! What a demo without a screen has to say at its end.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::types::Json;
use sqlx::{FromRow, PgPool};

use crate::data::error::{DataError, QueryContext};
use crate::demo::history::populate;

/// What happened since the demo was started, and how things stand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// When it was started, by the database's clock.
    pub started_at: DateTime<Utc>,
    /// How long ago that was.
    pub lasted_secs: f64,
    /// Tasks created since.
    pub tasks_created: i64,
    /// Tasks completed since.
    pub tasks_completed: i64,
    /// Tasks in `error` now.
    pub tasks_in_error: i64,
    /// Tasks that are stale now.
    pub tasks_stale: i64,
    /// Pending entries now, by reason.
    pub dead_letters: BTreeMap<String, i64>,
    /// Dead letters opened since, by reason.
    pub dead_letters_opened: BTreeMap<String, i64>,
    /// Sweeps since.
    pub sweeps: i64,
    /// Lines of the operator log since: people's, and the simulated colleague's.
    pub operator_actions: i64,
}

#[derive(Debug, FromRow)]
struct Row {
    lasted_secs: f64,
    tasks_created: i64,
    tasks_completed: i64,
    tasks_in_error: i64,
    tasks_stale: i64,
    dead_letters: Json<BTreeMap<String, i64>>,
    dead_letters_opened: Json<BTreeMap<String, i64>>,
    sweeps: i64,
    operator_actions: i64,
}

/// The database's clock: what [`summary`] wants to be told as the start.
///
/// # Errors
///
/// When the database is gone.
pub async fn started_now(pool: &PgPool) -> Result<DateTime<Utc>, DataError> {
    populate::clock(pool).await
}

/// Sums up what happened since `started_at`.
///
/// # Errors
///
/// When the database refuses or is gone.
pub async fn summary(pool: &PgPool, started_at: DateTime<Utc>) -> Result<Summary, DataError> {
    let row: Row = sqlx::query_as(include_str!("sql/summary.sql"))
        .bind(started_at)
        .persistent(false)
        .fetch_one(pool)
        .await
        .while_doing("sum up the demo")?;
    Ok(Summary {
        started_at,
        lasted_secs: row.lasted_secs,
        tasks_created: row.tasks_created,
        tasks_completed: row.tasks_completed,
        tasks_in_error: row.tasks_in_error,
        tasks_stale: row.tasks_stale,
        dead_letters: row.dead_letters.0,
        dead_letters_opened: row.dead_letters_opened.0,
        sweeps: row.sweeps,
        operator_actions: row.operator_actions,
    })
}
