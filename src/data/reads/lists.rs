//! The lists of the dashboard, a page at a time.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::data::companion;
use crate::data::error::QueryContext as _;
use crate::data::model::pg_timestamp::PgTimestamp;
use crate::data::model::{EntryId, QueueRow, StalenessRow, TaskId, Total};
use crate::data::reads::queries::{QueryResult, rows};
use crate::data::source::Source;

/// Stale tasks and those on their way behind this key, most overdue first; at most `limit`.
///
/// # Errors
///
/// [`DataError::Query`](crate::data::error::DataError::Query).
pub async fn staleness(
    db: &mut PgConnection,
    source: &Source,
    (breaches_at, task): &(PgTimestamp, TaskId),
    limit: i64,
) -> QueryResult<Vec<StalenessRow>> {
    let Some(sql) = source.sql("staleness") else {
        return Ok(Vec::new());
    };
    rows(sql)
        .bind(limit)
        .bind(breaches_at)
        .bind(task)
        .fetch_all(db)
        .await
        .doing("read what is stale")
}

/// How many tasks [`staleness`] would bring without a limit.
///
/// # Errors
///
/// [`DataError::Query`](crate::data::error::DataError::Query).
pub async fn staleness_total(db: &mut PgConnection, source: &Source) -> QueryResult<Total> {
    /// Beyond so many the planner's estimate is good enough.
    const COUNTED: i64 = 10_000;
    let Some(sql) = source.sql("staleness_total") else {
        return Ok(Total::exact(0));
    };
    let (rows, is_estimate) = rows(sql)
        .bind(COUNTED)
        .fetch_one(db)
        .await
        .doing("count what can become stale")?;
    Ok(Total { rows, is_estimate })
}

/// Open investigations behind this key by priority, what is put aside last; at most `limit`.
///
/// # Errors
///
/// [`DataError::Query`](crate::data::error::DataError::Query).
pub async fn queue(
    db: &mut PgConnection,
    source: &Source,
    (snoozed, instant, entry): &(bool, PgTimestamp, EntryId),
    limit: i64,
) -> QueryResult<Vec<QueueRow>> {
    let mut page = Vec::new();
    let mut after = (*instant, *entry);
    let aside = companion::snoozed(db, source).await?.snoozed;
    if !snoozed {
        page = part_of_queue(db, source, (false, &aside), (after, limit)).await?;
        after = QUEUE_START;
    }
    let left = limit.saturating_sub_unsigned(page.len() as u64);
    if left > 0 {
        page.extend(part_of_queue(db, source, (true, &aside), (after, left)).await?);
    }
    companion::mark_queue(db, source, &mut page).await?;
    Ok(page)
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
const QUEUE_START: (PgTimestamp, EntryId) = (PgTimestamp::FIRST, EntryId(Uuid::nil()));

/// What is put aside, or what is not. The native schema has a statement for each and knows itself what
/// is put aside; another is told.
async fn part_of_queue(
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

/// How many investigations are open.
///
/// # Errors
///
/// [`DataError::Query`](crate::data::error::DataError::Query).
pub async fn queue_total(db: &mut PgConnection, source: &Source) -> QueryResult<Total> {
    let Some(sql) = source.sql("queue_total") else {
        return Ok(Total::exact(0));
    };
    let (rows, is_estimate) = rows(sql).fetch_one(db).await.doing("count the queue")?;
    Ok(Total { rows, is_estimate })
}
