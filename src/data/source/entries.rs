//! Entries and tasks as a source's own statements return them, without what the companion schema adds.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::data::connection::sql::{QueryResult, rows};
use crate::data::error::QueryContext as _;
use crate::data::model::pg_timestamp::PgTimestamp;
use crate::data::model::{EntryId, QueueRow, TaskId};
use crate::data::source::Source;

/// The task an id belongs to: a task's own id, or that of a step, an entry or a correlation.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn find_task(
    db: &mut PgConnection,
    source: &Source,
    id: Uuid,
) -> QueryResult<Option<TaskId>> {
    sqlx::query_scalar(source.need("find_task")?)
        .bind(id)
        .persistent(false)
        .fetch_optional(db)
        .await
        .doing("look the id up")
}

/// Those of these entries that are open, of a source that does not know itself what is put aside, as it
/// says them.
pub(in crate::data) async fn open_entries(
    db: &mut PgConnection,
    source: &Source,
    entries: &[Uuid],
) -> QueryResult<Vec<QueueRow>> {
    let limit = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    part_of_queue(db, source, (true, entries), (QUEUE_START, limit)).await
}

/// The most urgent entries but for these, of such a source.
pub(in crate::data) async fn queue_without(
    db: &mut PgConnection,
    source: &Source,
    entries: &[Uuid],
    limit: i64,
) -> QueryResult<Vec<QueueRow>> {
    part_of_queue(db, source, (false, entries), (QUEUE_START, limit)).await
}

/// Stands before every entry.
pub(in crate::data) const QUEUE_START: (PgTimestamp, EntryId) =
    (PgTimestamp::FIRST, EntryId(Uuid::nil()));

/// What is put aside, or what is not. The native schema has a statement for each and knows itself what
/// is put aside; another is told.
pub(in crate::data) async fn part_of_queue(
    db: &mut PgConnection,
    source: &Source,
    (aside, put_aside): (bool, &[Uuid]),
    ((instant, entry), limit): ((PgTimestamp, EntryId), i64),
) -> QueryResult<Vec<QueueRow>> {
    let knows_itself = source.has("queue_snoozed");
    let name = if knows_itself && aside {
        "queue_snoozed"
    } else {
        "queue"
    };
    let nothing = aside && !knows_itself && put_aside.is_empty();
    let Some(sql) = source.sql(name).filter(|_| !nothing) else {
        return Ok(Vec::new());
    };
    let query = rows(sql).bind(limit).bind(instant).bind(entry);
    let query = if knows_itself {
        query
    } else {
        query.bind(put_aside.to_vec()).bind(aside)
    };
    query.fetch_all(db).await.doing("read the queue")
}
