//! One chunk of a sweep: a short transaction, and where the next one goes on.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use sqlx::{Executor as _, FromRow};
use uuid::Uuid;

use super::swept::{DOING, Held, SweepOptions, SweptTask};
use crate::data::connection::sql::sql;
use crate::data::error::{DataError, QueryContext as _};

/// What a sweep has still to examine: first tasks that are stuck for a reason other than time, then stale
/// tasks, most overdue first.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    /// The stuck tasks are done.
    stale_only: bool,
    /// Tasks not to be examined again: those that took too long, stuck tasks that could not be moved, and
    /// in a dry run, where nothing changes, all of them.
    pub(super) settled: Vec<Uuid>,
    /// The stale task after which to go on.
    after: Option<(DateTime<Utc>, Uuid)>,
    /// No larger chunks, because one took too long.
    pub(super) at_most: Option<i32>,
    /// The sweep that the first chunk started.
    pub(super) sweep: Option<i64>,
}

impl Ahead {
    /// Moves past a chunk.
    pub(super) fn pass(&mut self, chunk: &Chunk) {
        self.sweep = self.sweep.or_else(|| chunk.sweep());
        self.after = chunk
            .tasks
            .iter()
            .filter_map(|task| Some((task.breached_at?, task.task_uuid)))
            .max()
            .or(self.after);
        self.stale_only |= !chunk.full || self.after.is_some();
        let dry_run = chunk.is_dry();
        let settled = chunk.tasks.iter().filter(|task| {
            task.breached_at.is_none()
                && (dry_run || matches!(task.action_taken.as_str(), "skipped" | "failed"))
        });
        self.settled.extend(settled.map(|task| task.task_uuid));
    }
}

/// What one chunk found.
pub(super) struct Chunk {
    pub(super) tasks: Vec<SweptTask>,
    /// There may be more.
    pub(super) full: bool,
    /// The detector is armed.
    pub(super) armed: bool,
    /// The breaker has let the chunk take nothing.
    pub(super) held: Option<Held>,
}

impl Chunk {
    /// Whether nothing was changed, whatever was asked for.
    pub(super) fn is_dry(&self) -> bool {
        (self.tasks.iter()).any(|task| task.action_taken.as_str().starts_with("would_"))
    }

    fn sweep(&self) -> Option<i64> {
        self.tasks.iter().find_map(|task| task.sweep_id)
    }
}

#[derive(FromRow)]
struct SettingsRow {
    batch_size: i32,
    armed: bool,
}

/// The sweep that this detector has begun and not ended.
pub(super) async fn begun(db: &mut PgConnection, instance: &str) -> Result<Option<i64>, DataError> {
    sqlx::query_scalar(sql!("native/sweep_begun"))
        .bind(instance)
        .persistent(false)
        .fetch_one(db)
        .await
        .while_doing(DOING)
}

/// One chunk in one transaction.
pub(super) async fn chunk(
    db: &mut PgConnection,
    sweeping: &SweepOptions,
    ahead: &Ahead,
    begun: Option<i64>,
) -> Result<Option<Chunk>, DataError> {
    db.execute("begin").await.while_doing(DOING)?;
    let swept = swept(db, sweeping, ahead, begun).await?;
    db.execute("commit").await.while_doing(DOING)?;
    Ok(swept)
}

/// Whether no other detector is at work. A sweep that has begun waits for that, for a moment.
async fn my_turn(db: &mut PgConnection, begun: bool) -> Result<bool, DataError> {
    if !begun {
        return sqlx::query_scalar(sql!("native/sweep_lock"))
            .persistent(false)
            .fetch_one(db)
            .await
            .while_doing(DOING);
    }
    let waited = sqlx::query(sql!("native/sweep_wait"))
        .persistent(false)
        .execute(db)
        .await
        .while_doing(DOING);
    match waited {
        Err(error) if error.sqlstate().as_deref() == Some("55P03") => Ok(false),
        waited => waited.map(|_| true),
    }
}

async fn swept(
    db: &mut PgConnection,
    sweeping: &SweepOptions,
    ahead: &Ahead,
    begun: Option<i64>,
) -> Result<Option<Chunk>, DataError> {
    db.execute(sql!("session/sweep_limits"))
        .await
        .while_doing(DOING)?;
    if !my_turn(db, begun.is_some()).await? {
        return Ok(None);
    }
    let SettingsRow { batch_size, armed } = sqlx::query_as(sql!("native/sweep_settings"))
        .persistent(false)
        .fetch_one(&mut *db)
        .await
        .while_doing("read the settings")?;
    let batch = (ahead.at_most).map_or(batch_size, |at_most| batch_size.min(at_most));
    let tasks: Vec<SweptTask> = sqlx::query_as(sql!("native/sweep_chunk"))
        .bind(sweeping.dry_run)
        .bind(batch)
        .bind(&sweeping.instance)
        .bind(&ahead.settled)
        .bind(ahead.stale_only)
        .bind(ahead.after.map(|(breached_at, _)| breached_at))
        .bind(ahead.after.map(|(_, task)| task))
        .bind(begun)
        .persistent(false)
        .fetch_all(&mut *db)
        .await
        .while_doing(DOING)?;
    let full = tasks.len() >= usize::try_from(batch).unwrap_or(usize::MAX);
    let mut chunk = Chunk {
        tasks,
        full,
        armed,
        held: None,
    };
    if armed && !sweeping.dry_run && chunk.is_dry() {
        chunk.held = sqlx::query_as(sql!("native/sweep_verdict"))
            .persistent(false)
            .fetch_optional(db)
            .await
            .while_doing("ask why the sweep is held")?;
        // Else somebody has disarmed it in this moment.
        chunk.armed = chunk.held.is_some();
    }
    Ok(Some(chunk))
}
