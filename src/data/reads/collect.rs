//! Reads all rows of the queue that match a filter, once: more than a screen holds.

use sqlx::postgres::PgConnection;

use super::queries;
use crate::data::error::DataError;
pub use crate::data::messages::query::{CollectRequest, Collected, RowPredicate};
use crate::data::reads::keyset_pages::{self, SearchLimits};
use crate::data::source::Source;

/// The most rows that are returned.
pub const SELECT_ALL_LIMIT: usize = 10_000;
/// The most rows that are read to find them.
pub const SCAN_LIMIT: usize = 100_000;

/// Reads the queue page by page, in the current transaction, and keeps what is wanted.
///
/// # Errors
///
/// The first statement that fails.
pub async fn collect(
    db: &mut PgConnection,
    source: &Source,
    keep: &RowPredicate,
    limits: SearchLimits,
) -> Result<Collected, DataError> {
    let taken_at = queries::clock(db).await?;
    let found = keyset_pages::search(db, source, |row| keep.wants(row), limits).await?;
    Ok(Collected { found, taken_at })
}
