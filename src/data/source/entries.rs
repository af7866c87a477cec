//! Entries and tasks as a source's own statements return them, without what the companion schema adds.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::data::connection::sql::{QueryResult, rows};
use crate::data::error::QueryContext as _;
use crate::data::model::{QueueKey, QueueRow, TaskId};
use crate::data::source::Source;

/// The task an id belongs to: a task's own id, or that of a step, an entry or a correlation.
///
/// # Errors
///
/// `DataError::Query`.
pub async fn find_task(
    db: &mut PgConnection,
    source: &Source,
    id: Uuid,
) -> QueryResult<Option<TaskId>> {
    sqlx::query_scalar(source.sql_or_err("find_task")?)
        .bind(id)
        .persistent(false)
        .fetch_optional(db)
        .await
        .while_doing("look the id up")
}

/// Those of these entries that are open, of a source that does not know itself snoozed entries, as it
/// says them.
pub(in crate::data) async fn open_entries(
    db: &mut PgConnection,
    source: &Source,
    entries: &[Uuid],
) -> QueryResult<Vec<QueueRow>> {
    let limit = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    let page = QueuePage {
        after: QueueKey::SNOOZED,
        snoozed: entries,
        limit,
    };
    part_of_queue(db, source, page).await
}

/// The most urgent entries but for these, of such a source.
pub(in crate::data) async fn queue_without(
    db: &mut PgConnection,
    source: &Source,
    entries: &[Uuid],
    limit: i64,
) -> QueryResult<Vec<QueueRow>> {
    let page = QueuePage {
        after: QueueKey::START,
        snoozed: entries,
        limit,
    };
    part_of_queue(db, source, page).await
}

/// Which rows of the queue are wanted.
pub(in crate::data) struct QueuePage<'a> {
    /// Those after this key; it says whether the snoozed part is meant or the other.
    pub(in crate::data) after: QueueKey,
    /// The ids of snoozed entries, for a source that does not know them itself.
    pub(in crate::data) snoozed: &'a [Uuid],
    /// How many at most.
    pub(in crate::data) limit: i64,
}

/// One page of the snoozed part of the queue, or of the other. The native schema has a statement for
/// each part and knows what is snoozed; any other source is given the ids.
pub(in crate::data) async fn part_of_queue(
    db: &mut PgConnection,
    source: &Source,
    page: QueuePage<'_>,
) -> QueryResult<Vec<QueueRow>> {
    let aside = page.after.snoozed;
    let knows_itself = source.has("queue_snoozed");
    let name = if knows_itself && aside {
        "queue_snoozed"
    } else {
        "queue"
    };
    let nothing = aside && !knows_itself && page.snoozed.is_empty();
    let Some(sql) = source.sql(name).filter(|_| !nothing) else {
        return Ok(Vec::new());
    };
    let query = rows(sql)
        .bind(page.limit)
        .bind(page.after.instant)
        .bind(page.after.entry);
    let query = if knows_itself {
        query
    } else {
        query.bind(page.snoozed.to_vec()).bind(aside)
    };
    query.fetch_all(db).await.while_doing("read the queue")
}
