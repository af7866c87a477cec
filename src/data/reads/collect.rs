//! Reads all rows of the queue that match a filter, once: more than a screen holds.

use sqlx::postgres::PgConnection;

use super::error_groups::{
    Place, entries_of, key_of_scanned, key_of_unread, rows_named, rules, scan, store, stored,
    unread,
};
use super::keyed::Keyed as _;
use super::queries;
use crate::data::error::DataError;
use crate::data::messages::query::SearchResult;
pub use crate::data::messages::query::{CollectRequest, Collected, RowPredicate};
use crate::data::model::error_groups::{ScannedError, StoredGroup, UnreadError};
use crate::data::model::{EntryId, ErrorKey, QueueRow};
use crate::data::reads::keyset_pages::{self, SearchLimits};
use crate::data::source::Source;

/// The most rows that are returned.
pub const SELECT_ALL_LIMIT: usize = 10_000;
/// The most rows that are read to find them.
pub const SCAN_LIMIT: usize = 100_000;
/// Entries of a page of the scan for a group.
const SCANNED: usize = 2_000;
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

/// The entries of a group, and how far they were looked for.
struct Entries {
    ids: Vec<EntryId>,
    looked_at: usize,
    whole: bool,
}

async fn of_group(
    db: &mut PgConnection,
    source: &Source,
    group: &ErrorKey,
    wanted: &Wanted<'_>,
) -> Result<SearchResult<QueueRow>, DataError> {
    let found = match entries_stored(db, source, group, wanted.limits.matches).await? {
        Some(found) => found,
        None => entries_scanned(db, source, group, wanted.limits.scanned).await?,
    };
    let mut rows: Vec<QueueRow> = Vec::new();
    for ids in found.ids.chunks(NAMED) {
        let named = rows_named(db, source, ids).await?.into_iter();
        rows.extend(named.filter(|row| wanted.request.keep.wants(row)));
    }
    rows.sort_by_cached_key(QueueRow::key);
    let matching = rows.len();
    rows.truncate(wanted.limits.matches);
    Ok(SearchResult {
        rows,
        matching,
        looked_at: found.looked_at,
        total: queries::queue_total(db, source).await?,
        whole: found.whole,
    })
}

/// The entries of a group from the store, if it has them by the rules in force here; one more than the limit
/// if there are more.
async fn entries_stored(
    db: &mut PgConnection,
    source: &Source,
    group: &ErrorKey,
    limit: usize,
) -> Result<Option<Entries>, DataError> {
    let rules = rules();
    let store = store(db, source).await?;
    let Some(store) = store.filter(|store| store.rules == rules && !store.outdated) else {
        return Ok(None);
    };
    let of_it = |it: &StoredGroup| it.key() == *group;
    let mut ids = Vec::new();
    for it in stored(db, source, &rules)
        .await?
        .iter()
        .filter(|it| of_it(it))
    {
        ids.extend(entries_of(db, source, it.group_id, limit + 1).await?);
    }
    if store.changes > 0 {
        let changed = unread(db, source, &rules, SCANNED).await?;
        if changed.len() >= SCANNED {
            return Ok(None);
        }
        let now_of_it = |it: &&UnreadError| key_of_unread(it).is_some_and(|key| key == *group);
        ids.extend(changed.iter().filter(now_of_it).map(|it| it.dlq_entry_uuid));
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(Some(Entries {
        looked_at: ids.len(),
        ids,
        whole: true,
    }))
}

/// The entries of a group from a scan, the newest first.
async fn entries_scanned(
    db: &mut PgConnection,
    source: &Source,
    group: &ErrorKey,
    limit: usize,
) -> Result<Entries, DataError> {
    let mut found = Entries {
        ids: Vec::new(),
        looked_at: 0,
        whole: false,
    };
    let mut before = Place::NEWEST;
    while found.looked_at < limit {
        let page = scan(db, source, before, SCANNED).await?;
        found.looked_at += page.rows.len();
        let of_it = |row: &&ScannedError| key_of_scanned(row) == *group;
        found
            .ids
            .extend(page.rows.iter().filter(of_it).map(|row| row.dlq_entry_uuid));
        let Some(upto) = page.upto else {
            found.whole = true;
            break;
        };
        before = upto;
    }
    Ok(found)
}
