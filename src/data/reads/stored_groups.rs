//! The stored groups, with what has changed since they were stored.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::postgres::PgConnection;

use super::error_groups as reads;
use super::error_groups::key_of_unread;
use crate::data::error::DataError;
use crate::data::model::error_groups::{ErrorGroup, ErrorStore, StoredGroup, UnreadError};
use crate::data::model::{EntryId, ErrorGroups, ErrorKey, GroupId};
use crate::data::source::Source;

/// The stored groups, and where their entries are found.
#[derive(Debug, Default)]
pub struct Stored {
    /// The groups.
    pub groups: ErrorGroups,
    /// Their names, by their ids in the database: one group can be stored in several parts.
    ids: HashMap<i64, GroupId>,
    /// Entries that have changed since, by their group now.
    moved: HashMap<GroupId, Vec<EntryId>>,
}

impl Stored {
    /// Reads what is stored, and so many changes.
    ///
    /// # Errors
    ///
    /// The first statement that fails.
    pub async fn read(
        db: &mut PgConnection,
        source: &Source,
        store: &ErrorStore,
        changes: usize,
    ) -> Result<Self, DataError> {
        let stored = reads::stored(db, source, &store.rules).await?;
        let mut groups = Merged::default();
        let mut it = Self {
            ids: (stored.iter())
                .map(|group| (group.group_id, groups.add(group)))
                .collect(),
            ..Self::default()
        };
        let mut read = store.entries;
        let mut whole = !store.outdated;
        if store.changes > 0 {
            let unread = reads::unread(db, source, &store.rules, changes).await?;
            whole &= unread.len() < changes;
            let rules = source.rules.current();
            for entry in &unread {
                let now = key_of_unread(entry, &rules);
                read += it.move_entry(&mut groups, entry, now);
            }
        }
        let groups = groups.groups.into_values();
        it.groups = ErrorGroups {
            groups: groups.filter(|group| group.entries > 0).collect(),
            read,
            whole,
            unread: store.changes > 0 || store.outdated,
        };
        Ok(it)
    }

    /// Counts an entry where it belongs now; returns by how much there are more.
    fn move_entry(
        &mut self,
        groups: &mut Merged,
        entry: &UnreadError,
        now: Option<ErrorKey>,
    ) -> i64 {
        let before = entry.counted_in.and_then(|group| self.ids.get(&group));
        if let Some(group) = before.and_then(|id| groups.groups.get_mut(id)) {
            group.entries -= 1;
        }
        let counted = i64::from(entry.counted_in.is_some());
        let (Some(key), Some(at)) = (now, entry.dlq_timestamp) else {
            return -counted;
        };
        let id = groups.put(ErrorGroup {
            key: Arc::new(key),
            entries: 1,
            // One that is new can hardly be claimed.
            claimed: Some(0),
            owner: None,
            first_seen: at,
            last_seen: at,
        });
        self.moved.entry(id).or_default().push(entry.dlq_entry_uuid);
        1 - counted
    }

    /// The entries of a group, the oldest first, then those that have changed since. Some may belong to
    /// another group by now.
    ///
    /// # Errors
    ///
    /// The first statement that fails.
    pub async fn entries_of(
        &self,
        db: &mut PgConnection,
        source: &Source,
        group: GroupId,
        limit: usize,
    ) -> Result<Vec<EntryId>, DataError> {
        let mut entries = Vec::new();
        for (stored, _) in self.ids.iter().filter(|(_, id)| **id == group) {
            entries.extend(reads::entries_of(db, source, *stored, limit).await?);
        }
        let moved = self.moved.get(&group).into_iter().flatten();
        for entry in moved {
            if !entries.contains(entry) {
                entries.push(*entry);
            }
        }
        entries.truncate(limit);
        Ok(entries)
    }
}

/// Groups by their key: what is stored apart for each version of a template is one.
#[derive(Debug, Default)]
pub(super) struct Merged {
    groups: HashMap<GroupId, ErrorGroup>,
}

impl Merged {
    fn add(&mut self, stored: &StoredGroup) -> GroupId {
        self.put(ErrorGroup {
            key: Arc::new(stored.key()),
            entries: stored.entries,
            claimed: Some(stored.claimed),
            owner: stored.owner.clone(),
            first_seen: stored.first_seen,
            last_seen: stored.last_seen,
        })
    }

    fn put(&mut self, group: ErrorGroup) -> GroupId {
        let id = group.key.id();
        match self.groups.get_mut(&id) {
            Some(known) => known.add(&group),
            None => {
                self.groups.insert(id, group);
            }
        }
        id
    }
}
