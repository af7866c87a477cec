//! What became of the steps and tasks that a batch retried: the canary's outcome, returned errors, and what
//! is reported for each afterwards. What has passed and what has failed again is defined in one place of each
//! source, `retried_steps` and `retried_tasks`.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::data::error::{DataError, QueryContext as _};
use crate::data::messages::change::{Change, StepVerb, TaskVerb};
use crate::data::messages::query::RetriedRequest;
use crate::data::model::retry::RetriedRow;
pub use crate::data::model::retry::{Retried, Verdict, VerdictTally};
use crate::data::source::Source;

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
    if !has_outcome(change) {
        return None;
    }
    let file = file(change);
    if !source.has(file) {
        return Some(source.why_not(file));
    }
    // Its statement looks for our batch, of which the system's own API knows nothing.
    let title = &source.manifest.title;
    (source.call(change).is_some())
        .then(|| format!("{title}'s API does not report the outcome of a retry"))
}

/// Whether the source reports retried steps that fail again, so that a run can halt.
#[must_use]
pub fn detects_repeats(source: &Source, change: &Change) -> bool {
    matches!(change, Change::Steps(StepVerb::ResetForRetry, _))
        && why_no_outcome(source, change).is_none()
}

/// A retry of this name, as a log has it, of nothing.
#[must_use]
pub fn retry_of_nothing(action: &str) -> Option<Change> {
    match action {
        "reset_for_retry" => Some(Change::Steps(StepVerb::ResetForRetry, Vec::new())),
        "resume_task" => Some(Change::Tasks(TaskVerb::Requeue, Vec::new())),
        _ => None,
    }
}

/// The statement that reads what became of such a change.
const fn file(change: &Change) -> &'static str {
    statement(matches!(change, Change::Tasks(..)))
}

const fn statement(tasks: bool) -> &'static str {
    if tasks {
        "retried_tasks"
    } else {
        "retried_steps"
    }
}

/// What became of these subjects of a batch. What the batch has not retried has no row.
///
/// # Errors
///
/// [`DataError`]: the source does not say, or the query failed.
pub async fn retried(
    db: &mut PgConnection,
    source: &Source,
    asked: &RetriedRequest,
) -> Result<Vec<Retried>, DataError> {
    let sql = source.sql_or_err(statement(asked.tasks))?;
    let rows: Vec<RetriedRow> = sqlx::query_as(sql)
        .bind(asked.batch)
        .bind(&asked.ids)
        .persistent(false)
        .fetch_all(db)
        .await
        .while_doing("look at what was retried")?;
    Ok(rows.into_iter().map(Retried::from).collect())
}

/// The request for these subjects of a change.
#[must_use]
pub fn request(batch: Uuid, change: &Change, ids: Vec<Uuid>) -> RetriedRequest {
    RetriedRequest {
        batch,
        tasks: matches!(change, Change::Tasks(..)),
        ids,
    }
}
