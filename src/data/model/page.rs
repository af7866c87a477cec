//! Long lists: pages, totals, and how many rows are wanted.

use serde::Serialize;

use crate::data::model::error_groups::GroupId;

/// How many rows of a list are read at a time.
pub const PAGE_SIZE: usize = 100;
/// How many rows are read at a time in a search, as by a filter.
pub const FILTER_SCAN: usize = 1_000;
/// The most rows in memory.
pub const MAX_ROWS: usize = 5_000;

/// How many lines of the operators' log a poll reads.
pub const LOG_WINDOW: usize = 200;
/// How many acts the log shows; a bulk run is one, however many lines it has.
pub const LOG_ACTS: usize = 200;

/// How long a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Total {
    /// How many rows there are in the database.
    #[serde(rename = "total")]
    pub rows: i64,
    /// Whether that is an estimate: more than ten thousand rows are not counted.
    #[serde(rename = "total_is_estimate")]
    pub is_estimate: bool,
}

impl Total {
    /// An exact number.
    #[must_use]
    pub const fn exact(rows: i64) -> Self {
        Self {
            rows,
            is_estimate: false,
        }
    }

    /// An estimate.
    #[must_use]
    pub const fn about(rows: i64) -> Self {
        Self {
            rows,
            is_estimate: true,
        }
    }
}

/// The first rows of a list and its total, so that a limit is never hidden.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page<T> {
    /// The rows read, from the top on.
    pub rows: Vec<T>,
    /// How many there are in the database.
    #[serde(flatten)]
    pub total: Total,
}

impl<T> Page<T> {
    /// Whether there are more rows than those that were read.
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
    /// A group of the queue whose rows are wanted wherever they stand.
    pub group: Option<GroupId>,
}

impl Default for RowsWanted {
    fn default() -> Self {
        Self {
            staleness: PAGE_SIZE,
            queue: PAGE_SIZE,
            group: None,
        }
    }
}
