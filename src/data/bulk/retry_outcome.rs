//! What became of the steps and tasks that a batch retried: the canary's outcome, and returned errors.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::data::error::{DataError, QueryContext as _};
use crate::data::messages::change::{Change, StepVerb, TaskVerb};
use crate::data::model::retry::CanaryRow;
pub use crate::data::model::retry::Retried;
use crate::data::model::safe_text::SafeText;
use crate::data::source::Source;

/// How a retried step or task has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryOutcome {
    /// It is still running.
    Open,
    /// It went further than where it had failed.
    Well,
    /// It failed again, or was cancelled.
    Badly,
}

/// What the database says of a canary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanaryStatus {
    /// The state it is in.
    pub state: SafeText,
    /// How it ended.
    pub verdict: RetryOutcome,
    /// The error it came back with.
    pub error: Option<SafeText>,
}

/// Whether a change retries something, so that there is an outcome to wait for.
#[must_use]
pub const fn has_outcome(change: &Change) -> bool {
    matches!(
        change,
        Change::Steps(StepVerb::ResetForRetry, _) | Change::Tasks(TaskVerb::Requeue, _)
    )
}

/// Why the outcome of this change cannot be observed, if it has one.
#[must_use]
pub fn why_no_outcome(source: &Source, change: &Change) -> Option<String> {
    let file = canary(change);
    (has_outcome(change) && !source.has(file)).then(|| source.why_not(file))
}

/// Whether the source reports retried steps that fail again, so that a run can halt.
#[must_use]
pub fn detects_repeats(source: &Source, change: &Change) -> bool {
    matches!(change, Change::Steps(StepVerb::ResetForRetry, _)) && source.has("failed_again")
}

/// The statement that reads the canary of such a change.
const fn canary(change: &Change) -> &'static str {
    match change {
        Change::Tasks(..) => "canary_task",
        _ => "canary_step",
    }
}

/// The status of this subject of a batch; `None` if it is gone, or the batch has not changed it.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn canary_status(
    db: &mut PgConnection,
    source: &Source,
    change: &Change,
    batch: Uuid,
    subject: Uuid,
) -> Result<Option<CanaryStatus>, DataError> {
    let sql = source.sql_or_err(canary(change))?;
    let row: Option<CanaryRow> = sqlx::query_as(sql)
        .bind(batch)
        .bind(subject)
        .persistent(false)
        .fetch_optional(db)
        .await
        .while_doing("look at the canary")?;
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

/// The steps of a batch that failed again, and those that are still running.
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
        .while_doing("look at what was retried")
}
