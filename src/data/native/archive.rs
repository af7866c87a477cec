//! Archives finished tasks past their retention: moves them out of the live tables, batch by batch, each
//! in a short transaction of its own.

use std::time::Duration;

use serde::Serialize;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Executor as _, FromRow};
use uuid::Uuid;

use super::migrate;
use crate::data::connection::Connection;
use crate::data::connection::sql::sql;
use crate::data::connection::transaction::begin;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::safe_text::SafeText;
use crate::data::reads::queries;
use crate::data::reads::queries::Session;
use crate::data::source::Source;

const DOING: &str = "archive a batch";
/// The time limit of a batch, server and network together; the server's own limit is shorter.
const BATCH_LIMIT: Duration = Duration::from_secs(75);
/// The time limit of a query.
const QUESTION_LIMIT: Duration = Duration::from_secs(20);

/// How long finished tasks of one kind are kept.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct Policy {
    /// `completed`, `failed` or `cancelled`.
    pub policy: SafeText,
    /// Days that a task is kept after its end; `None` keeps it for ever.
    pub retention_days: Option<f64>,
}

/// What one batch moved, or would move.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Batch {
    /// Tasks.
    pub tasks: i64,
    /// Their steps.
    pub steps: i64,
    /// Their transitions.
    pub transitions: i64,
    /// Their steps' transitions.
    pub step_transitions: i64,
    /// Their closed entries.
    pub entries: i64,
    /// The batch was full: there may be more.
    pub more: bool,
    /// When the last task that was examined ended, as the server writes it.
    last_ended_at: Option<SafeText>,
    /// That task.
    last_task: Option<Uuid>,
}

/// Where the last batch ended, so that a run examines each task once.
#[derive(Debug, Clone, Default)]
pub struct Place {
    ended_at: Option<SafeText>,
    task: Option<Uuid>,
}

impl Place {
    /// After this batch.
    #[must_use]
    pub fn after(batch: &Batch) -> Self {
        Self {
            ended_at: batch.last_ended_at.clone(),
            task: batch.last_task,
        }
    }
}

/// A connection that archives.
#[derive(Debug)]
pub struct Archiver {
    connection: Connection,
    batch_size: Option<i32>,
    dry_run: bool,
    trusted_owners: Vec<String>,
}

impl Archiver {
    /// Connects when first used. Without a batch size the configured one applies; in a dry run every
    /// transaction is read only.
    #[must_use]
    pub fn new(options: &PgConnectOptions, batch_size: Option<i32>, dry_run: bool) -> Self {
        Self {
            connection: Connection::new(options),
            batch_size,
            dry_run,
            trusted_owners: Vec::new(),
        }
    }

    /// Trusts these owners of the schema, besides the usual ones.
    #[must_use]
    pub fn trusting(self, trusted_owners: Vec<String>) -> Self {
        Self {
            trusted_owners,
            ..self
        }
    }

    /// The policies in force, and what kind of session this is.
    ///
    /// # Errors
    ///
    /// [`DataError`] if the database cannot be queried, or its schema is not ours.
    pub async fn policies(&mut self) -> Result<(Vec<Policy>, Session), DataError> {
        let trusted = self.trusted_owners.as_slice();
        let answer = self
            .connection
            .run("read the archive's policies", QUESTION_LIMIT, async |db| {
                begin(db, Source::native().session(), QUESTION_LIMIT / 2).await?;
                migrate::status(db, trusted).await?.usable()?;
                let session = queries::session(db, &Source::native()).await?;
                let policies = sqlx::query_as(sql!("native/archive_policies"))
                    .persistent(false)
                    .fetch_all(&mut *db)
                    .await
                    .while_doing("read the archive's policies")?;
                db.execute("rollback").await.while_doing("end a question")?;
                Ok((policies, session))
            })
            .await;
        answer.map_err(with_role)
    }

    /// One batch of a policy, after the given place.
    ///
    /// # Errors
    ///
    /// [`DataError`]; then the batch was not moved, unless only the answer was lost. A later run finds out
    /// by itself.
    pub async fn batch(&mut self, policy: &SafeText, after: &Place) -> Result<Batch, DataError> {
        let (size, dry_run) = (self.batch_size, self.dry_run);
        self.connection
            .run(DOING, BATCH_LIMIT, async |db| {
                let begin = if dry_run {
                    sql!("session/begin_read_only")
                } else {
                    "begin"
                };
                db.execute(begin).await.while_doing(DOING)?;
                let moved = moved(db, policy, size, dry_run, after).await?;
                db.execute("commit").await.while_doing(DOING)?;
                Ok(moved)
            })
            .await
    }

    /// Closes the connection.
    pub async fn close(&mut self) {
        self.connection.close().await;
    }
}

/// The same error, with the role to ask for if this one may not archive.
fn with_role(error: DataError) -> DataError {
    match error.sqlstate().as_deref() {
        Some("42501") => error.with_missing_grant("a grant of dlqtop_detector".to_owned()),
        _ => error,
    }
}

async fn moved(
    db: &mut PgConnection,
    policy: &SafeText,
    size: Option<i32>,
    dry_run: bool,
    after: &Place,
) -> Result<Batch, DataError> {
    db.execute(sql!("session/archive_limits"))
        .await
        .while_doing(DOING)?;
    sqlx::query_as(sql!("native/archive_batch"))
        .bind(policy)
        .bind(size)
        .bind(dry_run)
        .bind(after.ended_at.as_ref())
        .bind(after.task)
        .persistent(false)
        .fetch_one(db)
        .await
        .while_doing(DOING)
}
