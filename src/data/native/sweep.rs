//! A sweep of the detector: moves stale tasks to the dead-letter queue, chunk by chunk, each chunk in a
//! short transaction of its own. The database decides what it takes: `migrations/…11_sweep_candidates.sql` finds
//! the tasks, `…12_sweep.sql` checks them again under their locks, `…17_sweep_control.sql` says whether it may act.

use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use tokio_util::sync::CancellationToken;

use crate::data::connection::Connection;
use crate::data::connection::sql::sql;
use crate::data::error::{DataError, QueryContext as _};

mod chunk;
mod filling;
mod swept;

use chunk::{Ahead, Chunk, begun, chunk};

pub use swept::{Held, SweepOptions, SweptTask};

const DOING: &str = swept::DOING;
/// The time limit of a chunk, server and network together.
const CHUNK_LIMIT: Duration = Duration::from_secs(30);

/// What one sweep did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SweepReport {
    /// Another detector was sweeping, so this one did nothing.
    pub stood_aside: bool,
    /// The detector is armed here; if not, the sweep was dry.
    pub armed: bool,
    /// Too many tasks are due, so nothing was taken, or no more.
    pub held: Option<Held>,
    /// The sweep as the database has it; `None` if it took nothing.
    pub sweep_id: Option<i64>,
    /// How long it took.
    pub took: Duration,
    /// Every task that was examined.
    pub tasks: Vec<SweptTask>,
}

impl SweepReport {
    /// Whether the database let it change anything.
    #[must_use]
    pub const fn acted(&self) -> bool {
        self.armed && (self.held.is_none() || self.sweep_id.is_some())
    }

    /// How many tasks it found: all that are due, if they were too many.
    #[must_use]
    pub fn detected(&self) -> i64 {
        let examined = i64::try_from(self.tasks.len()).unwrap_or(i64::MAX);
        let due = self.held.as_ref().map_or(0, |held| held.due);
        examined.max(due)
    }

    /// How many tasks ended like this: `skipped`, `failed`, or otherwise moved.
    #[must_use]
    pub fn count(&self, wanted: SweepOutcome) -> i32 {
        let fate = |task: &SweptTask| match task.action_taken.as_str() {
            "skipped" => SweepOutcome::Skipped,
            "failed" => SweepOutcome::Failed,
            _ => SweepOutcome::Moved,
        };
        let count = self
            .tasks
            .iter()
            .filter(|task| fate(task) == wanted)
            .count();
        i32::try_from(count).unwrap_or(i32::MAX)
    }
}

/// The result of a sweep for one task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SweepOutcome {
    /// Recorded, failed, or both.
    Moved,
    /// It has changed state meanwhile, or another session holds it.
    Skipped,
    /// Refused by the database.
    Failed,
}

/// A connection that sweeps.
#[derive(Debug)]
pub struct Sweeper {
    connection: Connection,
    sweeping: SweepOptions,
    unfinished: Option<SweepReport>,
    /// The answer of a chunk was lost, so a sweep may be under way of which nothing is known here.
    lost: bool,
}

impl Sweeper {
    /// Connects when it first sweeps.
    #[must_use]
    pub fn new(options: &PgConnectOptions, sweeping: SweepOptions) -> Self {
        Self {
            connection: Connection::new(options),
            sweeping,
            unfinished: None,
            lost: false,
        }
    }

    /// Whether it only reports.
    #[must_use]
    pub const fn dry_run(&self) -> bool {
        self.sweeping.dry_run
    }

    /// Sweeps until nothing is left, the time is used up, or `stop` is cancelled; it stops between chunks.
    /// The result is recorded in `dlqtop.sweeps`, also of an unfinished sweep.
    ///
    /// # Errors
    ///
    /// [`DataError`] if the database could not be queried. Earlier chunks stay committed.
    pub async fn sweep(&mut self, stop: &CancellationToken) -> Result<SweepReport, DataError> {
        let started = Instant::now();
        let mut report = SweepReport::default();
        let mut ahead = Ahead::default();
        loop {
            let chunk = match self.chunk(&ahead).await {
                Ok(chunk) => chunk,
                Err(error) if took_too_long(&error) && started.elapsed() < self.sweeping.budget => {
                    let held_up = self.smaller(&mut ahead, &error).await;
                    report.tasks.extend(held_up);
                    continue;
                }
                Err(error) => {
                    self.record_unfinished(&mut report, started).await;
                    self.unfinished = Some(report);
                    return Err(error);
                }
            };
            let Some(chunk) = chunk else {
                report.stood_aside = report.tasks.is_empty();
                break;
            };
            if ahead.sweep.is_none() {
                report.armed = chunk.armed;
            }
            let refused = chunk.held.is_some() || (ahead.sweep.is_some() && chunk.is_dry());
            if refused {
                report.held = chunk.held;
                break;
            }
            let full = chunk.full;
            ahead.pass(&chunk);
            report.sweep_id = ahead.sweep;
            report.tasks.extend(chunk.tasks);
            if !full || stop.is_cancelled() || started.elapsed() > self.sweeping.budget {
                break;
            }
        }
        report.took = started.elapsed();
        if !report.stood_aside
            && let Err(error) = self.record(&report).await
        {
            self.unfinished = Some(report);
            return Err(error);
        }
        self.store_fingerprints(stop).await;
        Ok(report)
    }

    /// Makes the next chunk smaller after one that took too long, down to a single task. If even that takes
    /// too long, the task is reported as failed and left for the next sweep.
    async fn smaller(&mut self, ahead: &mut Ahead, error: &DataError) -> Option<SweptTask> {
        if ahead.at_most != Some(1) {
            ahead.at_most = Some(if ahead.at_most.is_none() { 10 } else { 1 });
            return None;
        }
        let wet = std::mem::replace(&mut self.sweeping.dry_run, true);
        let next = self.chunk(ahead).await;
        self.sweeping.dry_run = wet;
        // The task is gone, or the next chunk meets the same obstacle.
        let mut task = next.ok()??.tasks.pop()?;
        ahead.settled.push(task.task_uuid);
        ahead.at_most = Some(10);
        task.action_taken = "failed".into();
        task.detail = Some(error.one_line().into());
        Some(task)
    }

    /// What a sweep had done before it failed. Returned once.
    pub fn unfinished(&mut self) -> Option<SweepReport> {
        self.unfinished.take()
    }

    /// One chunk, on a new connection if the current one is dead: the next chunk finds out by itself what a
    /// lost one did.
    async fn chunk(&mut self, ahead: &Ahead) -> Result<Option<Chunk>, DataError> {
        let reused = self.connection.is_open();
        match self.chunk_once(ahead).await {
            Err(error) if reused && error.is_dead_link() => self.chunk_once(ahead).await,
            answer => answer,
        }
    }

    async fn chunk_once(&mut self, ahead: &Ahead) -> Result<Option<Chunk>, DataError> {
        let sweeping = self.sweeping.clone();
        let look = self.lost && ahead.sweep.is_none();
        let answer = self
            .connection
            .run(DOING, CHUNK_LIMIT, async |db| {
                let begun = if look {
                    begun(db, &sweeping.instance).await?
                } else {
                    ahead.sweep
                };
                chunk(db, &sweeping, ahead, begun).await
            })
            .await;
        self.lost = match &answer {
            Ok(_) => false,
            Err(error) => self.lost || error.is_connection(),
        };
        answer
    }

    /// Records what the chunks before a failure did. If that fails too, the first failure is reported.
    async fn record_unfinished(&mut self, report: &mut SweepReport, started: Instant) {
        if !report.tasks.is_empty() {
            report.took = started.elapsed();
            if let Err(error) = self.record(report).await {
                tracing::warn!(error = %error.one_line(), "an unfinished sweep was not recorded");
            }
        }
    }

    async fn record(&mut self, report: &SweepReport) -> Result<(), DataError> {
        let sweeping = self.sweeping.clone();
        let dry_run = sweeping.dry_run || !report.acted();
        self.connection
            .run(DOING, CHUNK_LIMIT, async |db| {
                sqlx::query(sql!("native/record_sweep"))
                    .bind(&sweeping.instance)
                    .bind(report.took.as_secs_f64() * 1000.0)
                    .bind(i32::try_from(report.detected()).unwrap_or(i32::MAX))
                    .bind(report.count(SweepOutcome::Moved))
                    .bind(report.count(SweepOutcome::Skipped))
                    .bind(report.count(SweepOutcome::Failed))
                    .bind(dry_run)
                    .bind(report.sweep_id)
                    .bind(report.held.is_some())
                    .persistent(false)
                    .execute(db)
                    .await
                    .while_doing("record the sweep")
            })
            .await
            .map(drop)
    }

    /// Closes the connection.
    pub async fn close(&mut self) {
        self.connection.close().await;
    }
}

/// Whether the server cancelled a statement that ran into its limit.
fn took_too_long(error: &DataError) -> bool {
    error.sqlstate().as_deref() == Some("57014")
}
