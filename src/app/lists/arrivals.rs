//! Rows of the queue that came within the last second: a group that is acted on is the group that could
//! be seen, without them.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::app::cursor::TO_BE_SEEN;
use crate::data::model::{EntryId, QueueRow};

/// Which rows came last, and when.
#[derive(Debug, Default)]
pub struct Arrivals {
    known: Option<HashSet<EntryId>>,
    fresh: HashSet<EntryId>,
    at: Option<DateTime<Utc>>,
}

impl Arrivals {
    /// A poll has brought these rows.
    pub(super) fn take(&mut self, rows: &[QueueRow], now: DateTime<Utc>) {
        let ids: HashSet<EntryId> = rows.iter().map(|row| row.dlq_entry_uuid).collect();
        if !self.are_recent(now) {
            self.fresh.clear();
        }
        if let Some(known) = &self.known {
            let before = self.fresh.len();
            self.fresh.extend(ids.difference(known));
            if self.fresh.len() > before {
                self.at = Some(now);
            }
        }
        self.known = Some(ids);
    }

    /// Whether a row has been there long enough to be seen.
    #[must_use]
    pub fn is_settled(&self, id: EntryId, now: DateTime<Utc>) -> bool {
        !(self.are_recent(now) && self.fresh.contains(&id))
    }

    fn are_recent(&self, now: DateTime<Utc>) -> bool {
        self.at.is_some_and(|at| now - at < TO_BE_SEEN)
    }
}
