//! The answer of one part of a poll: how long it took, and what a failure does to the rest.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::Executor as _;
use sqlx::postgres::PgConnection;
use tokio::time::timeout;

use crate::data::connection::transaction::begin;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::Part;
use crate::data::source::{Source, grants};

/// The answer and how long it took. Each statement has its limit on the server; this one is for a
/// connection that died meanwhile, and never hears the server's cancellation.
pub(super) async fn timed<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, DataError>>,
) -> (Result<T, DataError>, Duration) {
    let begun = Instant::now();
    let answer = within(limit, answer).await;
    (answer, begun.elapsed())
}

/// The answer, or that there was none in time.
pub(super) async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, DataError>>,
) -> Result<T, DataError> {
    timeout(limit, answer).await.unwrap_or_else(|_| {
        Err(DataError::TimedOut {
            doing: "poll the database",
            seconds: limit.as_secs(),
        })
    })
}

/// Keeps a part's answer. A failed statement ends the transaction: the parts after it are read in
/// a new one, so that one broken view costs one pane.
pub(super) async fn settle<T>(
    db: &mut PgConnection,
    source: &Source,
    limit: Duration,
    answer: Result<T, DataError>,
) -> Result<Part<T>, DataError> {
    match answer {
        Ok(rows) => Ok(Ok(Arc::new(rows))),
        Err(error) if error.is_connection() => Err(error),
        Err(error) => {
            let error = grants::explained(&mut *db, source, grants::READING, error).await;
            tracing::warn!(error = %error.one_line(), "part of a poll failed");
            db.execute("rollback").await.while_doing("end a poll")?;
            begin(db, source.session(), limit).await?;
            Ok(Err(Arc::new(error)))
        }
    }
}
