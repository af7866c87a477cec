//! The groups of the whole queue, read once.

use sqlx::postgres::PgConnection;

use super::error_groups::{Place, can_scan, rows_named, scan, store};
use super::error_scan::Scan;
use super::stored_groups::Stored;
use crate::data::error::DataError;
use crate::data::model::{EntryId, ErrorGroups, GroupId, QueueRow};
use crate::data::source::Source;

/// Entries of a page of the scan.
const SCANNED: usize = 2_000;
/// Changes that are added to what is stored; if there are more, the queue is scanned.
const CHANGES: usize = 5_000;

/// Where the entries of the groups are found.
#[derive(Debug)]
enum Entries {
    Stored(Stored),
    Scanned(Scan),
}

/// The groups of the whole queue.
#[derive(Debug)]
pub struct WholeGroups {
    /// The groups, the largest first.
    pub groups: ErrorGroups,
    entries: Entries,
}

impl WholeGroups {
    /// Reads them from the store, or scans so many entries. `None` if the source can do neither.
    ///
    /// # Errors
    ///
    /// The first statement that fails.
    pub async fn read(
        db: &mut PgConnection,
        source: &Source,
        scanned: usize,
    ) -> Result<Option<Self>, DataError> {
        let rules = source.rules.current();
        let store = store(db, source).await?;
        if let Some(store) = store.filter(|store| store.rules == rules.version()) {
            let stored = Stored::read(db, source, &store, CHANGES).await?;
            if stored.groups.whole {
                return Ok(Some(Self {
                    groups: sorted(stored.groups.clone()),
                    entries: Entries::Stored(stored),
                }));
            }
        }
        if !can_scan(source) {
            return Ok(None);
        }
        let (mut all, mut before, mut read) = (Scan::default(), Place::NEWEST, 0);
        while read < scanned {
            let page = scan(db, source, before, SCANNED).await?;
            let upto = page.upto;
            read += SCANNED;
            all.advance(before, page, &rules);
            let Some(upto) = upto else { break };
            before = upto;
        }
        Ok(Some(Self {
            groups: sorted(all.groups()),
            entries: Entries::Scanned(all),
        }))
    }

    /// The entries of a group, the oldest first.
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
        match &self.entries {
            Entries::Stored(stored) => stored.entries_of(db, source, group, limit).await,
            Entries::Scanned(scan) => Ok(scan.entries_of(group, limit)),
        }
    }

    /// A row of each of the first groups.
    ///
    /// # Errors
    ///
    /// The first statement that fails.
    pub async fn samples(
        &self,
        db: &mut PgConnection,
        source: &Source,
        groups: usize,
    ) -> Result<Vec<QueueRow>, DataError> {
        let mut ids = Vec::new();
        for group in self.groups.groups.iter().take(groups) {
            ids.extend(self.entries_of(db, source, group.key.id(), 1).await?);
        }
        rows_named(db, source, &ids).await
    }
}

fn sorted(mut groups: ErrorGroups) -> ErrorGroups {
    groups
        .groups
        .sort_by_key(|group| std::cmp::Reverse(group.entries));
    groups
}
