//! Rows of the queue that came within the last second: a group that is acted on is the group that could
//! be seen, without them. Rows that were there before and have only been loaded now are no arrivals.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::app::cursor::TO_BE_SEEN;
use crate::app::polled::Polled;
use crate::data::model::EntryId;

/// An entry may get its time and be seen in the poll after that.
const COMMITTED_LATER: TimeDelta = TimeDelta::seconds(2);

/// Which rows came last, and when.
#[derive(Debug, Default)]
pub struct Arrivals {
    known: Option<Known>,
    fresh: HashSet<EntryId>,
    at: Option<DateTime<Utc>>,
}

/// What the poll before brought.
#[derive(Debug)]
struct Known {
    ids: HashSet<EntryId>,
    /// There were no more.
    whole: bool,
    /// The database's clock.
    taken_at: Option<DateTime<Utc>>,
}

impl Arrivals {
    /// A poll has come.
    pub(super) fn take(&mut self, polled: &Polled, now: DateTime<Utc>) {
        if !self.are_recent(now) {
            self.fresh.clear();
        }
        let rows = polled.entries();
        if let Some(known) = &self.known {
            let since = known.taken_at.map(|at| at - COMMITTED_LATER);
            let came = rows.iter().filter(|row| {
                let is_young = since.is_none_or(|since| row.dlq_timestamp > since);
                !known.ids.contains(&row.dlq_entry_uuid) && (known.whole || is_young)
            });
            let before = self.fresh.len();
            self.fresh.extend(came.map(|row| row.dlq_entry_uuid));
            if self.fresh.len() > before {
                self.at = Some(now);
            }
        }
        self.known = Some(Known {
            ids: rows.iter().map(|row| row.dlq_entry_uuid).collect(),
            whole: !polled.queue_has_more(),
            taken_at: polled.taken_at,
        });
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
