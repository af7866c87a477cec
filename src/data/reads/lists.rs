//! The lists of the dashboard, a page at a time.

use sqlx::postgres::PgConnection;

use crate::data::companion;
use crate::data::connection::sql::{QueryResult, rows};
use crate::data::error::QueryContext as _;
use crate::data::model::{QueueKey, QueueRow, StalenessKey, StalenessRow, Total};
use crate::data::source::Source;
use crate::data::source::entries::{QueuePage, part_of_queue};

/// Stale tasks, and those that will be, after this key, most overdue first; at most `limit`.
///
/// # Errors
///
/// [`DataError::Query`](crate::data::error::DataError::Query).
pub async fn staleness(
    db: &mut PgConnection,
    source: &Source,
    after: &StalenessKey,
    limit: i64,
) -> QueryResult<Vec<StalenessRow>> {
    let Some(sql) = source.sql("staleness") else {
        return Ok(Vec::new());
    };
    let page: Vec<StalenessRow> = rows(sql)
        .bind(limit)
        .bind(after.breaches_at)
        .bind(after.task)
        .fetch_all(db)
        .await
        .while_doing("read what is stale")?;
    let rules = source.rules.current();
    Ok((page.into_iter())
        .map(|row| row.with_fingerprint(&rules))
        .collect())
}

/// How many tasks [`staleness`] would return without a limit.
///
/// # Errors
///
/// [`DataError::Query`](crate::data::error::DataError::Query).
pub async fn staleness_total(db: &mut PgConnection, source: &Source) -> QueryResult<Total> {
    /// Beyond this number the planner's estimate is good enough.
    const COUNTED: i64 = 10_000;
    let Some(sql) = source.sql("staleness_total") else {
        return Ok(Total::exact(0));
    };
    let (rows, is_estimate) = rows(sql)
        .bind(COUNTED)
        .fetch_one(db)
        .await
        .while_doing("count what can become stale")?;
    Ok(Total { rows, is_estimate })
}

/// Open entries after this key by priority, snoozed entries last; at most `limit`.
///
/// # Errors
///
/// [`DataError::Query`](crate::data::error::DataError::Query).
pub async fn queue(
    db: &mut PgConnection,
    source: &Source,
    after: &QueueKey,
    limit: i64,
) -> QueryResult<Vec<QueueRow>> {
    let mut page = Vec::new();
    let mut after = *after;
    let aside = companion::snoozed(db, source).await?.snoozed;
    if !after.snoozed {
        let unsnoozed = QueuePage {
            after,
            snoozed: &aside,
            limit,
        };
        page = part_of_queue(db, source, unsnoozed).await?;
        after = QueueKey::SNOOZED;
    }
    let left = limit.saturating_sub_unsigned(page.len() as u64);
    if left > 0 {
        let rest = QueuePage {
            after,
            snoozed: &aside,
            limit: left,
        };
        page.extend(part_of_queue(db, source, rest).await?);
    }
    companion::mark_queue(db, source, &mut page).await?;
    let rules = source.rules.current();
    Ok((page.into_iter())
        .map(|row| row.with_fingerprint(&rules))
        .collect())
}

/// How many entries are open.
///
/// # Errors
///
/// [`DataError::Query`](crate::data::error::DataError::Query).
pub async fn queue_total(db: &mut PgConnection, source: &Source) -> QueryResult<Total> {
    let Some(sql) = source.sql("queue_total") else {
        return Ok(Total::exact(0));
    };
    let (rows, is_estimate) = rows(sql)
        .fetch_one(db)
        .await
        .while_doing("count the queue")?;
    Ok(Total { rows, is_estimate })
}
