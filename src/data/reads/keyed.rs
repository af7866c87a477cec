//! Rows of lists that are read by key: the staleness list and the queue.

use std::fmt::Debug;
use std::hash::Hash;

use sqlx::postgres::PgConnection;

use super::queries;
use crate::data::error::DataError;
use crate::data::model::{EntryId, QueueKey, QueueRow, StalenessKey, StalenessRow, TaskId, Total};
use crate::data::source::Source;

/// A row of a list that is read by key.
pub trait Keyed: Clone + Send + Sync {
    /// The type of its id.
    type Id: Copy + Eq + Hash + Send + Sync;
    /// The type of its key; a key ends with the id, so no two rows have the same.
    type Key: Clone + Ord + Debug + Send + Sync;
    /// The key before every row.
    const START: Self::Key;
    /// How many statements a page may take.
    const STATEMENTS: u32;

    /// Its id.
    fn id(&self) -> Self::Id;

    /// Its key.
    fn key(&self) -> Self::Key;

    /// The rows after `after`, at most `limit`.
    fn page(
        db: &mut PgConnection,
        source: &Source,
        after: &Self::Key,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<Self>, DataError>> + Send;

    /// How many there are in all.
    fn total(
        db: &mut PgConnection,
        source: &Source,
    ) -> impl Future<Output = Result<Total, DataError>> + Send;
}

impl Keyed for StalenessRow {
    type Id = TaskId;
    type Key = StalenessKey;
    const START: StalenessKey = StalenessKey::START;
    const STATEMENTS: u32 = 1;

    fn id(&self) -> TaskId {
        self.task_uuid
    }

    fn key(&self) -> Self::Key {
        StalenessKey {
            breaches_at: self.breaches_at,
            task: self.task_uuid,
        }
    }

    async fn page(
        db: &mut PgConnection,
        source: &Source,
        after: &Self::Key,
        limit: i64,
    ) -> Result<Vec<Self>, DataError> {
        queries::staleness(db, source, after, limit).await
    }

    async fn total(db: &mut PgConnection, source: &Source) -> Result<Total, DataError> {
        queries::staleness_total(db, source).await
    }
}

impl Keyed for QueueRow {
    type Id = EntryId;
    type Key = QueueKey;
    const START: QueueKey = QueueKey::START;
    const STATEMENTS: u32 = 2;

    fn id(&self) -> EntryId {
        self.dlq_entry_uuid
    }

    fn key(&self) -> Self::Key {
        QueueKey {
            snoozed: self.snoozed_until.is_some(),
            instant: self.priority_instant,
            entry: self.dlq_entry_uuid,
        }
    }

    async fn page(
        db: &mut PgConnection,
        source: &Source,
        after: &Self::Key,
        limit: i64,
    ) -> Result<Vec<Self>, DataError> {
        queries::queue(db, source, after, limit).await
    }

    async fn total(db: &mut PgConnection, source: &Source) -> Result<Total, DataError> {
        queries::queue_total(db, source).await
    }
}
