//! A query that is sent once, and its answer.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::data::error::DataError;
use crate::data::model::detector::{PreviewRow, UndoneTask};
use crate::data::model::log_act::NewestActs;
use crate::data::model::lookup::LookedUp;
use crate::data::model::retry::Retried;
use crate::data::model::safe_text::SafeText;
use crate::data::model::{ErrorKey, FixRow, QueueRow, Total};

/// A template by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Template {
    /// Its namespace.
    pub namespace: SafeText,
    /// Its name.
    pub name: SafeText,
}

/// A one-off query.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// All rows of the queue that are wanted.
    Collect(CollectRequest),
    /// How entries of this template were closed.
    Fixes(Template),
    /// How tasks and entries with these ids stand now.
    LookUp(Vec<Uuid>),
    /// The newest acts of the operator log.
    NewestActs,
    /// What the next sweep of the native detector would take.
    SweepPreview,
    /// What undoing this sweep would do.
    UndoPreview(i64),
    /// What became of what a batch has retried.
    Retried(RetriedRequest),
}

/// Some subjects of a batch that has retried them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetriedRequest {
    /// The batch.
    pub batch: Uuid,
    /// Whether they are tasks; else they are steps.
    pub tasks: bool,
    /// The subjects.
    pub ids: Vec<Uuid>,
}

/// Why a query has no answer.
pub type Refusal = Arc<DataError>;

/// The answer to a query.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The rows that match, with the id of the request.
    Collected(Uuid, Result<Collected, Refusal>),
    /// How entries of this template were closed, newest first.
    Fixes(Template, Result<Vec<FixRow>, Refusal>),
    /// How those that are known stand now, with the ids of the request.
    LookedUp(Vec<Uuid>, Result<Vec<LookedUp>, Refusal>),
    /// The newest acts of the operator log.
    NewestActs(Result<NewestActs, Refusal>),
    /// What the next sweep would take, longest stuck first.
    SweepPreview(Result<Vec<PreviewRow>, Refusal>),
    /// What undoing this sweep would do to each of its tasks.
    UndoPreview(i64, Result<Vec<UndoneTask>, Refusal>),
    /// What became of those subjects of this batch of which something is known.
    Retried(Uuid, Result<Vec<Retried>, Refusal>),
}

/// Which rows match. Two are equal only if one is a clone of the other.
#[derive(Clone)]
pub struct RowPredicate(Arc<dyn Fn(&QueueRow) -> bool + Send + Sync>);

impl RowPredicate {
    /// The rows for which this holds.
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
    /// Names the request; the answer has it too.
    pub ticket: Uuid,
    /// Which rows.
    pub keep: RowPredicate,
    /// The group they are of, if it is one that was counted in the whole queue: they are looked for there.
    pub group: Option<Arc<ErrorKey>>,
}

/// The rows that match, as they were read.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    /// The rows, and how many there are.
    pub found: SearchResult<QueueRow>,
    /// The database's clock when it was asked.
    pub taken_at: DateTime<Utc>,
}

/// The result of a search in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchResult<R> {
    /// The first of them, in the order of the list.
    pub rows: Vec<R>,
    /// How many were found; more than `rows` if those are too many.
    pub matching: usize,
    /// How many rows of the list were read.
    pub looked_at: usize,
    /// How long the list is.
    pub total: Total,
    /// All of the list was read.
    pub whole: bool,
}

impl<R> SearchResult<R> {
    /// Whether not all of the list was read.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        !self.whole
    }
}
