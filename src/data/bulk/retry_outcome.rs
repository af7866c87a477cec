//! What became of what a batch has put back to work: the canary's verdict, and the errors that
//! came back.

use sqlx::FromRow;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::data::error::{DataError, QueryContext as _};
use crate::data::messages::change::{Change, StepVerb, TaskVerb};
use crate::data::model::safe_text::SafeText;
use crate::data::reads::queries::sql;
use crate::data::source::Source;

/// How something that was put back to work has turned out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryOutcome {
    /// It is still on its way.
    Open,
    /// It went further than where it had failed.
    Well,
    /// It failed again, or was called off.
    Badly,
}

/// What the database says of a canary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanaryStatus {
    /// The state it is in.
    pub state: SafeText,
    /// How it turned out.
    pub verdict: RetryOutcome,
    /// The error it came back with.
    pub error: Option<SafeText>,
}

/// What has become of one, as it is read.
#[derive(Debug, FromRow)]
pub(in crate::data) struct CanaryRow {
    state: SafeText,
    verdict: Option<SafeText>,
    error: Option<SafeText>,
}

/// A step that was retried and has failed again, or of which nothing is known yet.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Retried {
    /// The step.
    pub step: Uuid,
    /// Whether it has failed again.
    pub failed_again: bool,
    /// Its newest error.
    pub error: Option<SafeText>,
}

/// Whether a change puts something back to work, so that there is a verdict to wait for.
#[must_use]
pub const fn has_outcome(change: &Change) -> bool {
    matches!(
        change,
        Change::Steps(StepVerb::ResetForRetry, _) | Change::Tasks(TaskVerb::Requeue, _)
    )
}

/// Why nothing can be told of how this would turn out, if it is something that turns out at all.
#[must_use]
pub fn why_no_outcome(source: &Source, change: &Change) -> Option<String> {
    let file = canary(change);
    (has_outcome(change) && !source.has(file)).then(|| source.why_not(file))
}

/// Whether it is noticed that those which were put back to work fail again, so that a run halts.
#[must_use]
pub fn notices_return(source: &Source, change: &Change) -> bool {
    matches!(change, Change::Steps(StepVerb::ResetForRetry, _)) && source.has("failed_again")
}

/// The statement that looks at the canary of such a change.
const fn canary(change: &Change) -> &'static str {
    match change {
        Change::Tasks(..) => "canary_task",
        _ => "canary_step",
    }
}

/// What has become of this subject of a batch; `None` if it is gone, or the batch has not done it.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn canary_status(
    db: &mut PgConnection,
    source: &Source,
    change: &Change,
    (batch, subject): (Uuid, Uuid),
) -> Result<Option<CanaryStatus>, DataError> {
    let sql = source.need(canary(change))?;
    let row: Option<CanaryRow> = sqlx::query_as(sql)
        .bind(batch)
        .bind(subject)
        .persistent(false)
        .fetch_optional(db)
        .await
        .doing("look at the canary")?;
    Ok(row.map(|row| CanaryStatus {
        verdict: match row.verdict.as_ref().map(SafeText::as_str) {
            Some("well") => RetryOutcome::Well,
            Some(_) => RetryOutcome::Badly,
            None => RetryOutcome::Open,
        },
        state: row.state,
        error: row.error,
    }))
}

/// The steps of a batch that failed again, and those that are still on their way.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn retried(
    db: &mut PgConnection,
    source: &Source,
    batch: Uuid,
) -> Result<Vec<Retried>, DataError> {
    let Some(sql) = source.sql("failed_again") else {
        return Ok(Vec::new());
    };
    sqlx::query_as(sql)
        .bind(batch)
        .persistent(false)
        .fetch_all(db)
        .await
        .doing("look at what was retried")
}

/// Where and when a run begins.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Beginning {
    /// The server's own number, which its replicas share and nobody else has.
    pub system: SafeText,
    /// The database's name.
    pub database: SafeText,
    /// By the database's clock.
    pub at: chrono::DateTime<chrono::Utc>,
}

/// Where this session is, and what time it is there.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn beginning(db: &mut PgConnection) -> Result<Beginning, DataError> {
    sqlx::query_as(sql!("session/bulk_run_origin"))
        .persistent(false)
        .fetch_one(db)
        .await
        .doing("look where the run begins")
}
