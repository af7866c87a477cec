//! What the groups of the whole queue are read from: what is stored, what has changed since, or a scan of the
//! open entries, newest first.

use std::collections::HashMap;

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::data::companion;
use crate::data::connection::sql::{QueryResult, rows};
use crate::data::error::QueryContext as _;
use crate::data::fingerprint;
use crate::data::fingerprint::rules::Rules;
use crate::data::model::error_groups::{
    Cause, ErrorKey, ErrorStore, ScannedError, StoredGroup, UnreadError,
};
use crate::data::model::history::{Placed, Record};
use crate::data::model::pg_timestamp::PgTimestamp;
use crate::data::model::safe_text::SafeText;
use crate::data::model::shown_fingerprint::fingerprint_of;
use crate::data::model::{EntryId, QueueRow};
use crate::data::source::Source;
use crate::data::source::entries::open_entries;

const DOING: &str = "read what fails alike";

/// Groups that are read because they are large, and because they are new.
const LARGEST: i64 = 500;
const NEWEST: i64 = 200;

/// Where a scan stands: when the last entry was opened, and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it was opened.
    pub at: PgTimestamp,
    /// Its id.
    pub entry: EntryId,
}

impl Place {
    /// Behind every entry: a scan begins here.
    pub const NEWEST: Self = Self {
        at: PgTimestamp::LAST,
        entry: EntryId(Uuid::max()),
    };
    /// Before every entry: a scan ends here.
    pub const OLDEST: Self = Self {
        at: PgTimestamp::FIRST,
        entry: EntryId(Uuid::nil()),
    };
}

/// One page of a scan.
#[derive(Debug)]
pub struct ScanPage {
    /// The open entries.
    pub rows: Vec<ScannedError>,
    /// The place of the last row that was read; `None` at the end of the list.
    pub upto: Option<Place>,
}

/// The group of an entry, by these rules.
#[must_use]
pub fn key_of(of: Cause, error: Option<&SafeText>, rules: &Rules) -> ErrorKey {
    let print = fingerprint_of(error, &of.namespace_name, &of.task_name, rules);
    ErrorKey::new(of, print)
}

/// The group of an entry that a scan found.
#[must_use]
pub fn key_of_scanned(row: &ScannedError, rules: &Rules) -> ErrorKey {
    let cause = Cause {
        namespace_name: row.namespace_name.clone(),
        task_name: row.task_name.clone(),
        step_name: row.step_name.clone(),
        dlq_reason: row.dlq_reason.clone(),
    };
    key_of(cause, row.current_error.as_ref(), rules)
}

/// The group in which an entry belongs that has changed; `None` if it is closed.
#[must_use]
pub fn key_of_unread(row: &UnreadError, rules: &Rules) -> Option<ErrorKey> {
    let cause = Cause {
        namespace_name: row.namespace_name.clone()?,
        task_name: row.task_name.clone()?,
        step_name: row.step_name.clone(),
        dlq_reason: row.dlq_reason.clone()?,
    };
    Some(key_of(cause, row.current_error.as_ref(), rules))
}

/// The version of the program's own part of the rules: an older program replaces nothing of a newer one's.
#[must_use]
pub fn algorithm() -> i32 {
    i32::try_from(fingerprint::VERSION).unwrap_or(i32::MAX)
}

/// How far the stored fingerprints are; `None` if the source stores none.
///
/// # Errors
///
/// `DataError::Query`, as every function here.
pub async fn store(db: &mut PgConnection, source: &Source) -> QueryResult<Option<ErrorStore>> {
    let Some(sql) = source.sql("error_store") else {
        return Ok(None);
    };
    rows(sql).fetch_optional(db).await.while_doing(DOING)
}

/// The stored groups by these rules: the largest and the newest.
///
/// # Errors
///
/// `DataError::Query`.
pub async fn stored(
    db: &mut PgConnection,
    source: &Source,
    rules: &str,
) -> QueryResult<Vec<StoredGroup>> {
    let sql = source.sql_or_err("error_groups")?;
    let query = rows(sql).bind(rules.to_owned()).bind(LARGEST).bind(NEWEST);
    query.fetch_all(db).await.while_doing(DOING)
}

/// Entries that have changed since, the newest change first.
///
/// # Errors
///
/// `DataError::Query`.
pub async fn unread(
    db: &mut PgConnection,
    source: &Source,
    rules: &str,
    limit: usize,
) -> QueryResult<Vec<UnreadError>> {
    let sql = source.sql_or_err("errors_unread")?;
    let query = rows(sql)
        .bind(rules.to_owned())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
    query.fetch_all(db).await.while_doing(DOING)
}

/// The entries of a stored group, the oldest first.
///
/// # Errors
///
/// `DataError::Query`.
pub async fn entries_of(
    db: &mut PgConnection,
    source: &Source,
    group: i64,
    limit: usize,
) -> QueryResult<Vec<EntryId>> {
    let sql = source.sql_or_err("group_entries")?;
    let query = sqlx::query_scalar(sql)
        .bind(group)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .persistent(false);
    query.fetch_all(db).await.while_doing(DOING)
}

/// Whether the open entries of a source can be scanned, newest first.
#[must_use]
pub fn can_scan(source: &Source) -> bool {
    source.has("errors_scan") || (source.has("entries_page") && source.has("queue"))
}

/// How many statements a page of a scan takes.
#[must_use]
pub fn scan_statements(source: &Source) -> u32 {
    if source.has("errors_scan") { 1 } else { 3 }
}

/// The open entries before a place, newest first. A source without a statement for it lists its entries, and
/// then says of those what its queue says.
///
/// # Errors
///
/// `DataError::Query`.
pub async fn scan(
    db: &mut PgConnection,
    source: &Source,
    before: Place,
    limit: usize,
) -> QueryResult<ScanPage> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    if let Some(sql) = source.sql("errors_scan") {
        let query = rows(sql).bind(most).bind(before.at).bind(before.entry);
        let found: Vec<ScannedError> = query.fetch_all(db).await.while_doing(DOING)?;
        let last = found.last().filter(|_| found.len() >= limit);
        let upto = last.map(|row| Place {
            at: row.place,
            entry: row.dlq_entry_uuid,
        });
        return Ok(ScanPage { rows: found, upto });
    }
    let sql = source.sql_or_err("entries_page")?;
    let listed: Vec<Placed<Record>> = rows(sql)
        .bind(most)
        .bind(before.at)
        .bind(before.entry)
        .bind("pending")
        .fetch_all(&mut *db)
        .await
        .while_doing(DOING)?;
    let last = listed.last().filter(|_| listed.len() >= limit);
    let upto = last.map(|line| Place {
        at: line.place,
        entry: line.row.dlq_entry_uuid,
    });
    let ids: Vec<EntryId> = listed.iter().map(|line| line.row.dlq_entry_uuid).collect();
    let open = rows_named(db, source, &ids).await?;
    let mut open: HashMap<EntryId, QueueRow> = (open.into_iter())
        .map(|row| (row.dlq_entry_uuid, row))
        .collect();
    let of_queue = |line: &Placed<Record>| {
        let row = open.remove(&line.row.dlq_entry_uuid)?;
        Some(ScannedError {
            dlq_entry_uuid: row.dlq_entry_uuid,
            place: line.place,
            dlq_timestamp: row.dlq_timestamp,
            namespace_name: row.namespace_name,
            task_name: row.task_name,
            step_name: row.step_name,
            dlq_reason: row.dlq_reason,
            current_error: row.current_error,
        })
    };
    let found = listed.iter().filter_map(of_queue).collect();
    Ok(ScanPage { rows: found, upto })
}

/// The rows of these entries, if they are open.
///
/// # Errors
///
/// `DataError::Query`.
pub async fn rows_named(
    db: &mut PgConnection,
    source: &Source,
    entries: &[EntryId],
) -> QueryResult<Vec<QueueRow>> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = entries.iter().map(|entry| entry.0).collect();
    let mut found: Vec<QueueRow> = match source.sql("queue_named") {
        Some(sql) => {
            let query = rows(sql).bind(ids);
            query.fetch_all(&mut *db).await.while_doing(DOING)?
        }
        None => open_entries(db, source, &ids).await?,
    };
    companion::mark_queue(db, source, &mut found).await?;
    let rules = source.rules.current();
    Ok((found.into_iter())
        .map(|row| row.with_fingerprint(&rules))
        .collect())
}
