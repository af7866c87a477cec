//! Reads all rows of the queue that match a filter, once: more than a screen holds.

use sqlx::postgres::PgConnection;

use super::error_groups::rows_named;
use super::keyed::Keyed as _;
use super::queries;
use super::whole_groups::WholeGroups;
use crate::data::error::DataError;
use crate::data::messages::query::SearchResult;
pub use crate::data::messages::query::{CollectRequest, Collected, RowPredicate};
use crate::data::model::{ErrorKey, QueueRow};
use crate::data::reads::keyset_pages::{self, SearchLimits};
use crate::data::source::Source;

/// The most rows that are returned.
pub const SELECT_ALL_LIMIT: usize = 10_000;
/// The most rows that are read to find them.
pub const SCAN_LIMIT: usize = 100_000;
/// Rows that are read by their ids at once.
const NAMED: usize = 500;

/// Reads the queue page by page, in the current transaction, and keeps what is wanted. Of a group that was
/// counted in the whole queue, only its own entries are read.
///
/// # Errors
///
/// The first statement that fails.
pub async fn collect(
    db: &mut PgConnection,
    source: &Source,
    request: &CollectRequest,
    limits: SearchLimits,
) -> Result<Collected, DataError> {
    let taken_at = queries::clock(db).await?;
    let found = match &request.group {
        Some(group) => of_group(db, source, group, &Wanted { request, limits }).await?,
        None => keyset_pages::search(db, source, |row| request.keep.wants(row), limits).await?,
    };
    Ok(Collected { found, taken_at })
}

/// What is collected, and how much at most.
struct Wanted<'a> {
    request: &'a CollectRequest,
    limits: SearchLimits,
}

/// The entries of a group, wherever they stand.
async fn of_group(
    db: &mut PgConnection,
    source: &Source,
    group: &ErrorKey,
    wanted: &Wanted<'_>,
) -> Result<SearchResult<QueueRow>, DataError> {
    let groups = WholeGroups::read(db, source, wanted.limits.scanned).await?;
    let Some(groups) = groups else {
        let keep = |row: &QueueRow| wanted.request.keep.wants(row);
        return keyset_pages::search(db, source, keep, wanted.limits).await;
    };
    let most = wanted.limits.matches + 1;
    let entries = groups.entries_of(db, source, group.id(), most).await?;
    let mut rows: Vec<QueueRow> = Vec::new();
    for ids in entries.chunks(NAMED) {
        let named = rows_named(db, source, ids).await?.into_iter();
        rows.extend(named.filter(|row| wanted.request.keep.wants(row)));
    }
    rows.sort_by_cached_key(QueueRow::key);
    let matching = rows.len();
    rows.truncate(wanted.limits.matches);
    Ok(SearchResult {
        rows,
        matching,
        looked_at: entries.len(),
        total: queries::queue_total(db, source).await?,
        whole: groups.groups.whole,
    })
}
