//! Whether sweeps may act on a database, and what a human decides about it: arm, disarm, confirm a sweep
//! that the breaker holds, undo one. The database's functions enforce it, whoever sweeps.

use std::time::Duration;

use sqlx::Executor as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use uuid::Uuid;

use crate::data::connection::Connection;
use crate::data::connection::sql::sql;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::detector::DetectorState;
pub use crate::data::model::detector::{PreviewRow, UndoneTask};
use crate::data::model::incident::Incident;
use crate::data::model::safe_text::SafeText;

/// The time limit of one decision, server and network together.
const LIMIT: Duration = Duration::from_secs(30);
/// The tasks that one transaction of an undo puts back at most.
const UNDO_CHUNK: i32 = 200;
const UNDOING: &str = "undo the sweep";

/// The answer to somebody who wants to arm the detector or to confirm a sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// It is so.
    Done,
    /// The database refuses it, in its words: more are due than was said, or the detector is not armed.
    Refused(SafeText),
}

/// Somebody who decides, and why.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// Who.
    pub actor: &'a str,
    /// Why.
    pub reason: &'a str,
    /// The incident for which the profile was unlocked, for the operator log.
    pub incident: Option<&'a Incident>,
}

/// Whether sweeps act here, and what is due.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn state(db: &mut PgConnection) -> Result<DetectorState, DataError> {
    sqlx::query_as(sql!("sources/tasker/detector"))
        .persistent(false)
        .fetch_one(db)
        .await
        .while_doing("ask about the detector")
}

/// What the next sweep would take, longest stuck first.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn preview(db: &mut PgConnection) -> Result<Vec<PreviewRow>, DataError> {
    sqlx::query_as(sql!("native/sweep_preview"))
        .persistent(false)
        .fetch_all(db)
        .await
        .while_doing("ask what a sweep would take")
}

/// Lets sweeps act on this database, the first one on at most `count` tasks.
///
/// # Errors
///
/// [`DataError`] if the database cannot be asked, or the role may not arm.
pub async fn arm(
    options: &PgConnectOptions,
    count: i32,
    decision: Decision<'_>,
) -> Result<Decided, DataError> {
    decide(
        options,
        "arm the detector",
        decision,
        async |db: &mut PgConnection| allow(db, sql!("native/arm_detector"), count, decision).await,
    )
    .await
}

/// Lets one sweep of the next ten minutes take up to `count` tasks, whatever the breaker says.
///
/// # Errors
///
/// [`DataError`] if the database cannot be asked, or the role may not confirm.
pub async fn confirm(
    options: &PgConnectOptions,
    count: i32,
    decision: Decision<'_>,
) -> Result<Decided, DataError> {
    decide(
        options,
        "confirm a sweep",
        decision,
        async |db: &mut PgConnection| {
            allow(db, sql!("native/confirm_sweep"), count, decision).await
        },
    )
    .await
}

/// Makes every sweep dry from now on, whoever runs it. False if the detector was not armed.
///
/// # Errors
///
/// [`DataError`] if the database cannot be asked, or the role may not disarm.
pub async fn disarm(options: &PgConnectOptions, decision: Decision<'_>) -> Result<bool, DataError> {
    const DOING: &str = "disarm the detector";
    let mut connection = Connection::new(options);
    let answer = connection
        .run(DOING, LIMIT, async |db| {
            begin(db, Some(decision)).await.while_doing(DOING)?;
            let was_armed = sqlx::query_scalar(sql!("native/disarm_detector"))
                .bind(decision.actor)
                .bind(decision.reason)
                .persistent(false)
                .fetch_one(&mut *db)
                .await
                .while_doing(DOING)?;
            db.execute("commit").await.while_doing(DOING)?;
            Ok(was_armed)
        })
        .await;
    connection.close().await;
    answer
}

async fn allow(
    db: &mut PgConnection,
    statement: &'static str,
    count: i32,
    decision: Decision<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query(statement)
        .bind(count)
        .bind(decision.actor)
        .bind(decision.reason)
        .persistent(false)
        .execute(db)
        .await
        .map(drop)
}

/// Begins the transaction of a decision, under its incident.
async fn begin(db: &mut PgConnection, decision: Option<Decision<'_>>) -> Result<(), sqlx::Error> {
    db.execute("begin").await?;
    if let Some(incident) = decision.and_then(|decision| decision.incident) {
        let set = sqlx::query(sql!("session/incident")).bind(incident.as_str());
        set.persistent(false).execute(db).await?;
    }
    Ok(())
}

/// Runs one decision; what the database refuses for its own reasons is an answer.
async fn decide(
    options: &PgConnectOptions,
    doing: &'static str,
    decision: Decision<'_>,
    work: impl AsyncFnOnce(&mut PgConnection) -> Result<(), sqlx::Error>,
) -> Result<Decided, DataError> {
    let mut connection = Connection::new(options);
    let answer = connection
        .run(doing, LIMIT, async |db| {
            begin(db, Some(decision)).await.while_doing(doing)?;
            work(&mut *db).await.while_doing(doing)?;
            db.execute("commit").await.while_doing(doing)?;
            Ok(())
        })
        .await;
    connection.close().await;
    match answer {
        Ok(()) => Ok(Decided::Done),
        // More are due than that, or the detector is not armed.
        Err(error) if matches!(error.sqlstate().as_deref(), Some("23514" | "55000")) => {
            Ok(Decided::Refused(error.cause().into()))
        }
        Err(error) => Err(error),
    }
}

/// What undoing a sweep would do to each of its tasks. Changes nothing.
///
/// # Errors
///
/// [`DataError`] if there is no such sweep, or the role may not undo.
pub async fn undo_preview(
    options: &PgConnectOptions,
    sweep: i64,
) -> Result<Vec<UndoneTask>, DataError> {
    let mut undo = Undo::new(options, sweep, None);
    undo.all().await?;
    Ok(undo.done)
}

/// The same, on a connection that is there already.
///
/// # Errors
///
/// As [`undo_preview`].
pub async fn undo_preview_on(
    db: &mut PgConnection,
    sweep: i64,
) -> Result<Vec<UndoneTask>, DataError> {
    let mut undo = Part::first(sweep, None, Uuid::nil());
    let mut done = Vec::new();
    loop {
        let tasks = undo.fetch(db).await?;
        let full = is_full(&tasks);
        undo.after = tasks.last().map_or(undo.after, |task| task.place);
        done.extend(tasks);
        if !full {
            return Ok(done);
        }
    }
}

/// Undoes a sweep: what it failed goes back to work, and the detector is disarmed. Each part is a transaction
/// of its own; what was put back before a failure stays so.
#[derive(Debug)]
pub struct Undo<'a> {
    connection: Connection,
    sweep: i64,
    decision: Option<Decision<'a>>,
    batch: Uuid,
    /// What was done so far.
    pub done: Vec<UndoneTask>,
}

impl<'a> Undo<'a> {
    /// An undo that has not begun; without a decision it is a dry run.
    #[must_use]
    pub fn new(options: &PgConnectOptions, sweep: i64, decision: Option<Decision<'a>>) -> Self {
        Self {
            connection: Connection::new(options),
            sweep,
            decision,
            batch: Uuid::now_v7(),
            done: Vec::new(),
        }
    }

    /// The id under which the operator log has every task that is put back.
    #[must_use]
    pub const fn batch(&self) -> Uuid {
        self.batch
    }

    /// Goes through all tasks of the sweep.
    ///
    /// # Errors
    ///
    /// [`DataError`] if a part failed; [`Undo::done`] has what was done before.
    pub async fn all(&mut self) -> Result<(), DataError> {
        loop {
            let part = self.part().await?;
            let full = is_full(&part);
            self.done.extend(part);
            if !full {
                break;
            }
        }
        self.connection.close().await;
        Ok(())
    }

    /// The next part, once more if its answer was lost: what the batch has put back already is not put back
    /// again.
    async fn part(&mut self) -> Result<Vec<UndoneTask>, DataError> {
        match self.once().await {
            Err(error) if error.is_dead_link() => self.once().await,
            answer => answer,
        }
    }

    async fn once(&mut self) -> Result<Vec<UndoneTask>, DataError> {
        let part = Part {
            after: self.done.last().map_or(0, |task| task.place),
            ..Part::first(self.sweep, self.decision, self.batch)
        };
        self.connection
            .run(UNDOING, LIMIT, async |db| {
                begin(db, part.decision).await.while_doing(UNDOING)?;
                let tasks = part.fetch(db).await?;
                db.execute("commit").await.while_doing(UNDOING)?;
                Ok(tasks)
            })
            .await
    }
}

/// The tasks of a sweep that one transaction goes through.
#[derive(Clone, Copy)]
struct Part<'a> {
    sweep: i64,
    decision: Option<Decision<'a>>,
    batch: Uuid,
    /// The place of the last task of the part before.
    after: i64,
}

impl<'a> Part<'a> {
    const fn first(sweep: i64, decision: Option<Decision<'a>>, batch: Uuid) -> Self {
        Self {
            sweep,
            decision,
            batch,
            after: 0,
        }
    }

    async fn fetch(&self, db: &mut PgConnection) -> Result<Vec<UndoneTask>, DataError> {
        sqlx::query_as(sql!("native/undo_sweep"))
            .bind(self.sweep)
            .bind(self.decision.map(|decision| decision.actor))
            .bind(self.decision.map(|decision| decision.reason))
            .bind(self.decision.is_none())
            .bind(self.batch)
            .bind(self.after)
            .bind(UNDO_CHUNK)
            .persistent(false)
            .fetch_all(db)
            .await
            .while_doing(UNDOING)
    }
}

fn is_full(part: &[UndoneTask]) -> bool {
    part.len() >= usize::try_from(UNDO_CHUNK).unwrap_or(usize::MAX)
}
