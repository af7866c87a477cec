//! What a scan of the queue has found: the open entries, newest first, each with its group. Pure.
//!
//! Like the rows of a list ([`Pages`](super::keyset_pages::Pages)), they are one ordered map: a
//! page replaces what lies between the place it was read before and its own last row. So an entry that was
//! closed goes when its part is read again, and one that has moved is counted once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::data::fingerprint::rules::Rules;
use crate::data::model::error_groups::{ErrorGroup, ErrorKey, GroupId, ScannedError};
use crate::data::model::pg_timestamp::PgTimestamp;
use crate::data::model::{EntryId, ErrorGroups};
use crate::data::reads::error_groups::{Place, ScanPage, key_of_scanned};

/// One open entry.
#[derive(Debug, Clone, Copy)]
struct Seen {
    group: usize,
    opened_at: DateTime<Utc>,
}

#[derive(Debug)]
struct Members {
    key: Arc<ErrorKey>,
    places: BTreeSet<Place>,
}

/// The open entries that a scan has found.
#[derive(Debug, Default)]
pub struct Scan {
    entries: BTreeMap<Place, Seen>,
    places: HashMap<EntryId, PgTimestamp>,
    groups: Vec<Members>,
    by_key: HashMap<Arc<ErrorKey>, usize>,
    by_id: HashMap<GroupId, usize>,
    /// How far down it has come in this pass.
    down_to: Option<Place>,
    /// It has been at the end once.
    whole: bool,
}

impl Scan {
    /// Whether nothing was found yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many entries of a page are not known yet.
    #[must_use]
    pub fn unknown(&self, page: &ScanPage) -> usize {
        let rows = page.rows.iter();
        rows.filter(|row| !self.places.contains_key(&row.dlq_entry_uuid))
            .count()
    }

    /// Where the pass goes on.
    #[must_use]
    pub const fn down_to(&self) -> Option<Place> {
        self.down_to
    }

    /// Takes a page of the pass; it ends where the list does, and the next one begins at the top.
    pub fn advance(&mut self, before: Place, page: ScanPage, rules: &Rules) {
        let upto = page.upto;
        self.take(before, page, rules);
        self.whole |= upto.is_none();
        self.down_to = upto;
    }

    /// Replaces what lies between this place and the end of a page by the page.
    pub fn take(&mut self, before: Place, page: ScanPage, rules: &Rules) {
        let from = page.upto.map_or(Unbounded, Included);
        let known: Vec<Place> = (self.entries.range((from, Excluded(before))))
            .map(|(place, _)| *place)
            .collect();
        for place in known {
            self.forget(place);
        }
        for row in page.rows {
            self.put(&row, rules);
        }
    }

    fn put(&mut self, row: &ScannedError, rules: &Rules) {
        let entry = row.dlq_entry_uuid;
        if let Some(at) = self.places.get(&entry) {
            self.forget(Place { at: *at, entry });
        }
        let place = Place {
            at: row.place,
            entry,
        };
        let group = self.group(key_of_scanned(row, rules));
        self.groups[group].places.insert(place);
        self.places.insert(entry, row.place);
        let seen = Seen {
            group,
            opened_at: row.dlq_timestamp,
        };
        self.entries.insert(place, seen);
    }

    fn group(&mut self, key: ErrorKey) -> usize {
        if let Some(at) = self.by_key.get(&key) {
            return *at;
        }
        let (at, key) = (self.groups.len(), Arc::new(key));
        self.by_id.insert(key.id(), at);
        self.by_key.insert(Arc::clone(&key), at);
        self.groups.push(Members {
            key,
            places: BTreeSet::new(),
        });
        at
    }

    fn forget(&mut self, place: Place) {
        if let Some(seen) = self.entries.remove(&place) {
            self.places.remove(&place.entry);
            self.groups[seen.group].places.remove(&place);
        }
    }

    /// The entries of a group, the oldest first.
    #[must_use]
    pub fn entries_of(&self, group: GroupId, limit: usize) -> Vec<EntryId> {
        let members = self.by_id.get(&group).map(|at| &self.groups[*at]);
        members.map_or_else(Vec::new, |members| {
            let places = members.places.iter().take(limit);
            places.map(|place| place.entry).collect()
        })
    }

    /// The groups of what was found so far.
    #[must_use]
    pub fn groups(&self) -> ErrorGroups {
        let opened = |place: Option<&Place>| {
            let seen = place.and_then(|place| self.entries.get(place));
            seen.map(|seen| seen.opened_at)
        };
        let group = |members: &Members| {
            Some(ErrorGroup {
                key: Arc::clone(&members.key),
                entries: i64::try_from(members.places.len()).unwrap_or(i64::MAX),
                claimed: None,
                owner: None,
                first_seen: opened(members.places.first())?,
                last_seen: opened(members.places.last())?,
            })
        };
        ErrorGroups {
            groups: self.groups.iter().filter_map(group).collect(),
            read: i64::try_from(self.entries.len()).unwrap_or(i64::MAX),
            whole: self.whole,
            unread: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn place(n: u32) -> Place {
        let at = DateTime::from_timestamp(1_700_000_000 + i64::from(n), 0).unwrap_or_default();
        Place {
            at: at.into(),
            entry: EntryId(Uuid::from_u128(n.into())),
        }
    }

    fn row(n: u32, error: &str) -> ScannedError {
        let at = place(n);
        ScannedError {
            dlq_entry_uuid: at.entry,
            place: at.at,
            dlq_timestamp: at.at.instant().unwrap_or_default(),
            namespace_name: "pay".into(),
            task_name: "charge".into(),
            step_name: None,
            dlq_reason: "staleness_timeout".into(),
            current_error: Some(error.into()),
        }
    }

    fn page(rows: &[(u32, &str)], full: bool) -> ScanPage {
        ScanPage {
            upto: rows.last().filter(|_| full).map(|(n, _)| place(*n)),
            rows: rows.iter().map(|(n, error)| row(*n, error)).collect(),
        }
    }

    fn sizes(scan: &Scan) -> Vec<(String, i64)> {
        let mut sizes: Vec<(String, i64)> = (scan.groups().groups.into_iter())
            .map(|group| (group.key.fingerprint.clone(), group.entries))
            .collect();
        sizes.sort();
        sizes
    }

    #[test]
    fn pages_add_up_and_the_last_one_makes_it_whole() {
        let mut scan = Scan::default();
        scan.advance(
            Place::NEWEST,
            page(&[(9, "down"), (8, "refused")], true),
            &Rules::default(),
        );
        assert!(!scan.groups().whole);
        let down_to = scan.down_to().unwrap();
        scan.advance(down_to, page(&[(3, "down")], false), &Rules::default());
        assert!(scan.groups().whole && scan.down_to().is_none());
        assert_eq!(
            sizes(&scan),
            [("down".to_owned(), 2), ("refused".to_owned(), 1)]
        );
        let down = scan
            .groups()
            .groups
            .into_iter()
            .find(|group| group.entries == 2)
            .unwrap();
        assert_eq!(down.first_seen, place(3).at.instant().unwrap());
        assert_eq!(down.last_seen, place(9).at.instant().unwrap());
        let ids = scan.entries_of(down.key.id(), 9);
        assert_eq!(ids, [place(3).entry, place(9).entry]);
    }

    #[test]
    fn what_was_closed_goes_and_what_moved_is_counted_once() {
        let mut scan = Scan::default();
        scan.advance(
            Place::NEWEST,
            page(
                &[(9, "down"), (8, "down"), (7, "refused"), (6, "down")],
                false,
            ),
            &Rules::default(),
        );
        // 8 was closed, 6 failed anew and is the newest, 7 has another error.
        let mut again = page(&[(9, "down"), (7, "down")], true);
        let mut moved = row(6, "down");
        moved.place = place(10).at;
        again.rows.insert(0, moved);
        scan.take(Place::NEWEST, again, &Rules::default());
        assert_eq!(sizes(&scan), [("down".to_owned(), 3)]);
        assert_eq!(scan.groups().read, 3);
    }
}
