//! Lists of which only the beginning is in memory.

use serde::Serialize;

/// How many rows of a list are read at a time.
pub const PAGE_SIZE: usize = 100;
/// How many are read where all of them are looked through, as by a filter.
pub const FILTER_SCAN: usize = 1_000;
/// How many are in memory at most.
pub const MAX_ROWS: usize = 5_000;

/// How many lines of the operators' log a poll brings.
pub const LOG_WINDOW: usize = 200;

/// How long a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Total {
    /// How many rows there are in the database.
    #[serde(rename = "total")]
    pub rows: i64,
    /// Whether that is an estimate: beyond ten thousand rows nobody counts them.
    #[serde(rename = "total_is_estimate")]
    pub is_estimate: bool,
}

impl Total {
    /// A number that was counted.
    #[must_use]
    pub const fn exact(rows: i64) -> Self {
        Self {
            rows,
            is_estimate: false,
        }
    }

    /// A number that was estimated.
    #[must_use]
    pub const fn about(rows: i64) -> Self {
        Self {
            rows,
            is_estimate: true,
        }
    }
}

/// A list and how many rows there are in all, so that a cap is never silent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page<T> {
    /// The rows read, from the top on.
    pub rows: Vec<T>,
    /// How many there are in the database.
    #[serde(flatten)]
    pub total: Total,
}

impl<T> Page<T> {
    /// Whether there are rows below those that were read.
    #[must_use]
    pub fn has_more(&self) -> bool {
        i64::try_from(self.rows.len()).is_ok_and(|rows| rows < self.total.rows)
    }
}

/// How many rows of each list are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowsWanted {
    /// Of the staleness list.
    pub staleness: usize,
    /// Of the queue.
    pub queue: usize,
}

impl Default for RowsWanted {
    fn default() -> Self {
        Self {
            staleness: PAGE_SIZE,
            queue: PAGE_SIZE,
        }
    }
}
