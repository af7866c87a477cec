//! All rows of the queue that somebody asks for, read once: more than a screen holds.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::queries;
use crate::data::error::DataError;
use crate::data::model::QueueRow;
use crate::data::reads::keyset_pages;
use crate::data::reads::keyset_pages::SearchResult;
use crate::data::source::Source;

/// Rows that are brought at most.
pub const SELECT_ALL_LIMIT: usize = 10_000;
/// Rows that are looked at to find them.
pub const SCAN_LIMIT: usize = 100_000;

/// Which rows are wanted. Two are the same only if one is a copy of the other.
#[derive(Clone)]
pub struct RowPredicate(Arc<dyn Fn(&QueueRow) -> bool + Send + Sync>);

impl RowPredicate {
    /// Those for which this holds.
    pub fn new(wanted: impl Fn(&QueueRow) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(wanted))
    }

    /// Whether a row is wanted.
    #[must_use]
    pub fn wants(&self, row: &QueueRow) -> bool {
        (self.0)(row)
    }
}

impl PartialEq for RowPredicate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for RowPredicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keep")
    }
}

/// A request for all rows of the queue that are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectRequest {
    /// Names the request, and comes back with the answer.
    pub ticket: Uuid,
    /// Which rows.
    pub keep: RowPredicate,
}

/// The rows that were wanted, as they were read.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    /// The rows, and how many there are.
    pub found: SearchResult<QueueRow>,
    /// The database's clock when it was asked.
    pub taken_at: DateTime<Utc>,
}

/// Reads the queue page by page, in the transaction at hand, and keeps what is wanted.
///
/// # Errors
///
/// The first statement that fails.
pub async fn collect(
    (db, source): (&mut PgConnection, &Source),
    keep: &RowPredicate,
    limits: (usize, usize),
) -> Result<Collected, DataError> {
    let taken_at = queries::clock(db).await?;
    let found = keyset_pages::search((db, source), |row| keep.wants(row), limits).await?;
    Ok(Collected { found, taken_at })
}
