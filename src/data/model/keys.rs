//! Where a row stands in a list: the key that a page is read after.

use uuid::Uuid;

use crate::data::model::ids::{EntryId, TaskId};
use crate::data::model::pg_timestamp::PgTimestamp;

/// Where a row stands in the staleness list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StalenessKey {
    /// When its task becomes stale.
    pub breaches_at: PgTimestamp,
    /// The task.
    pub task: TaskId,
}

impl StalenessKey {
    /// Before every row.
    pub const START: Self = Self {
        breaches_at: PgTimestamp::FIRST,
        task: TaskId(Uuid::nil()),
    };
}

/// Where a row stands in the queue: snoozed entries come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueKey {
    /// Whether it is snoozed.
    pub snoozed: bool,
    /// Its priority as an instant.
    pub instant: PgTimestamp,
    /// The entry.
    pub entry: EntryId,
}

impl QueueKey {
    /// Before every row.
    pub const START: Self = Self {
        snoozed: false,
        instant: PgTimestamp::FIRST,
        entry: EntryId(Uuid::nil()),
    };

    /// Before every snoozed row.
    pub const SNOOZED: Self = Self {
        snoozed: true,
        ..Self::START
    };
}
