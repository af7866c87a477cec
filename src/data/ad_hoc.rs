//! One-off queries: a task and two functions that read on a connection of their own, so that no poll and no
//! write waits for the answer.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Executor as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::error::{DataError, QueryContext as _};
use super::source::recognise::Wanted;
use super::source::{Site, Source};
use crate::data::bulk::retry_outcome::retried;
use crate::data::connection::Connection;
use crate::data::connection::transaction::{begin, set_session};
use crate::data::discovery::find;
use crate::data::messages::command::Report;
use crate::data::messages::query::CollectRequest;
pub use crate::data::messages::query::{Answer, Question, Refusal, Template};
use crate::data::model::LOG_ACTS;
use crate::data::native::detector_control::{preview, undo_preview_on};
use crate::data::reads::collect::{SCAN_LIMIT, SELECT_ALL_LIMIT, collect};
use crate::data::reads::history::LogWanted;
use crate::data::reads::keyset_pages::SearchLimits;
use crate::data::reads::{history, lookup, queries};
use crate::data::source::grants;

/// A statement of an answer may take so long.
const STATEMENT_LIMIT: Duration = Duration::from_secs(10);
/// An answer may take so long.
const LIMIT: Duration = Duration::from_mins(1);

/// A connection that nobody asked anything for so long is closed.
const IDLE_LIMIT: Duration = Duration::from_secs(90);
const DOING: &str = "answer a question";

/// Asks one question in a read-only transaction on a connection of its own. Each of its statements may
/// take `limit`, and the whole of it twice that.
///
/// # Errors
///
/// [`DataError`] if the database cannot be queried, or what `question` returned.
pub async fn once<T>(
    site: impl Into<Site>,
    doing: &'static str,
    limit: Duration,
    question: impl AsyncFnOnce(&mut PgConnection) -> Result<T, DataError>,
) -> Result<T, DataError> {
    let Site { options, source } = site.into();
    let mut connection = Connection::new(&options);
    let answer = connection
        .run(doing, limit * 2, async |db| {
            begin(db, source.session(), limit).await?;
            match question(db).await {
                Err(error) => Err(explained(db, &source, error).await),
                answer => answer,
            }
        })
        .await;
    connection.close().await;
    answer
}

/// Asks one question as [`once`] does, of the source that this database holds.
///
/// # Errors
///
/// [`DataError`] as of [`once`], or if there is no such source.
pub async fn once_found<T>(
    options: &PgConnectOptions,
    wanted: &Wanted,
    doing: &'static str,
    limit: Duration,
    question: impl AsyncFnOnce(&mut PgConnection, &Arc<Source>) -> Result<T, DataError>,
) -> Result<T, DataError> {
    once(options, doing, limit, async |db| {
        let source = find(db, wanted).await?;
        set_session(db, source.session()).await?;
        match question(db, &source).await {
            Err(error) => Err(explained(db, &source, error).await),
            answer => answer,
        }
    })
    .await
}

/// The same error, with the grant to ask for where one is missing.
async fn explained(db: &mut PgConnection, source: &Source, error: DataError) -> DataError {
    grants::explained(db, source, grants::READING, error).await
}

/// Answers questions until stopped, each in a read-only transaction.
pub async fn run(
    site: impl Into<Site>,
    mut asked: mpsc::Receiver<Question>,
    answers: mpsc::Sender<Report>,
    stop: CancellationToken,
) {
    let Site { options, source } = site.into();
    let mut connection = Connection::new(&options);
    loop {
        let question = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            question = asked.recv() => question,
            () = tokio::time::sleep(IDLE_LIMIT), if connection.is_open() => {
                connection.close().await;
                continue;
            }
        };
        let Some(question) = question else { break };
        let answer = tokio::select! {
            biased;
            // Nobody waits for the answer any more; an abandoned statement is read-only.
            () = stop.cancelled() => return connection.abandon(),
            answer = ask(&mut connection, &source, &question) => answer,
        };
        let answer = answer.unwrap_or_else(|error| refusal(&question, error));
        if answers
            .send(Report::Answer(Box::new(answer)))
            .await
            .is_err()
        {
            break;
        }
    }
    connection.close().await;
}

/// The answer to a question of which nothing could be read.
fn refusal(question: &Question, error: DataError) -> Answer {
    tracing::warn!(error = %error.one_line(), "a question was not answered");
    let error = Arc::new(error);
    match question {
        Question::Collect(CollectRequest { ticket, .. }) => Answer::Collected(*ticket, Err(error)),
        Question::Fixes(template) => Answer::Fixes(template.clone(), Err(error)),
        Question::LookUp(ids) => Answer::LookedUp(ids.clone(), Err(error)),
        Question::NewestActs => Answer::NewestActs(Err(error)),
        Question::SweepPreview => Answer::SweepPreview(Err(error)),
        Question::UndoPreview(sweep) => Answer::UndoPreview(*sweep, Err(error)),
        Question::Retried(asked) => Answer::Retried(asked.batch, Err(error)),
    }
}

/// Asks, once more on a fresh connection if the current one has died.
async fn ask(
    connection: &mut Connection,
    source: &Source,
    question: &Question,
) -> Result<Answer, DataError> {
    let reused = connection.is_open();
    let first = connection
        .run(DOING, LIMIT, async |db| read(db, source, question).await)
        .await;
    match first {
        Err(error) if reused && error.is_dead_link() => {
            connection
                .run(DOING, LIMIT, async |db| read(db, source, question).await)
                .await
        }
        answer => answer,
    }
}

async fn read(
    db: &mut PgConnection,
    source: &Source,
    question: &Question,
) -> Result<Answer, DataError> {
    begin(db, source.session(), STATEMENT_LIMIT).await?;
    let answer = match question {
        Question::Collect(request) => {
            let limits = SearchLimits {
                matches: SELECT_ALL_LIMIT,
                scanned: SCAN_LIMIT,
            };
            let rows = collect(db, source, request, limits).await?;
            Answer::Collected(request.ticket, Ok(rows))
        }
        Question::Fixes(template) => {
            let fixes = queries::fixes(db, source, template).await?;
            Answer::Fixes(template.clone(), Ok(fixes))
        }
        Question::LookUp(ids) => {
            let found = lookup::look_up(db, source, ids).await?;
            Answer::LookedUp(ids.clone(), Ok(found))
        }
        Question::NewestActs => {
            let wanted = LogWanted {
                limit: LOG_ACTS,
                ..LogWanted::default()
            };
            let acts = history::newest_acts(db, source, &wanted).await?;
            Answer::NewestActs(Ok(acts))
        }
        Question::SweepPreview => Answer::SweepPreview(Ok(preview(db).await?)),
        Question::UndoPreview(sweep) => {
            Answer::UndoPreview(*sweep, Ok(undo_preview_on(db, *sweep).await?))
        }
        Question::Retried(asked) => {
            Answer::Retried(asked.batch, Ok(retried(db, source, asked).await?))
        }
    };
    db.execute("rollback").await.while_doing(DOING)?;
    Ok(answer)
}
