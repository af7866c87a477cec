//! All rows of the queue that somebody asks for, read once: more than a screen holds.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::error::DataError;
use super::model::{QueueRow, Total};
use super::pages::Keyed;
use super::queries;

/// Rows that are brought at most.
pub const MOST_GATHERED: usize = 10_000;
/// Rows that are looked at to find them.
pub const LOOKED_THROUGH: usize = 100_000;
/// Rows that are read at a time.
const PAGE: usize = 1_000;

/// Which rows are wanted. Two are the same only if one is a copy of the other.
#[derive(Clone)]
pub struct Keep(Arc<dyn Fn(&QueueRow) -> bool + Send + Sync>);

impl Keep {
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

impl PartialEq for Keep {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keep")
    }
}

/// A request for all rows of the queue that are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Gather {
    /// Names the request, and comes back with the answer.
    pub ticket: Uuid,
    /// Which rows.
    pub keep: Keep,
}

/// The rows that were wanted, as they were read.
#[derive(Debug, Clone, PartialEq)]
pub struct Gathered {
    /// By priority.
    pub rows: Vec<QueueRow>,
    /// The database's clock when it was asked.
    pub taken_at: DateTime<Utc>,
    /// Rows that were looked at.
    pub looked_at: usize,
    /// How long the queue is.
    pub total: Total,
    /// There may be more that are wanted: a limit was reached.
    pub cut: bool,
}

/// Reads the queue page by page, in the transaction at hand, and keeps what is wanted.
///
/// # Errors
///
/// The first statement that fails.
pub async fn gather(
    db: &mut PgConnection,
    keep: &Keep,
    most: usize,
    looked_through: usize,
) -> Result<Gathered, DataError> {
    let taken_at = queries::clock(db).await?;
    let mut rows: Vec<QueueRow> = Vec::new();
    let mut looked_at = 0;
    let mut after = QueueRow::START;
    let mut ended = false;
    while !ended && looked_at < looked_through && rows.len() <= most {
        let limit = PAGE.min(looked_through - looked_at);
        let page = QueueRow::page(db, &after, i64::try_from(limit).unwrap_or(i64::MAX)).await?;
        looked_at += page.len();
        ended = page.len() < limit;
        if let Some(last) = page.last() {
            after = last.key();
        }
        rows.extend(page.into_iter().filter(|row| keep.wants(row)));
    }
    let more = rows.len() > most;
    rows.truncate(most);
    let total = if ended {
        Total::exact(i64::try_from(looked_at).unwrap_or(i64::MAX))
    } else {
        queries::queue_total(db).await?
    };
    Ok(Gathered {
        rows,
        taken_at,
        looked_at,
        total,
        cut: more || !ended,
    })
}
