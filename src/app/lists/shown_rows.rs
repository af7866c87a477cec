//! Which rows each pane shows: those that were polled, through its filter and in its order ([`List`] has
//! both), and of the queue by error its groups.
//!
//! [`List`]: super::list::List

use chrono::{DateTime, Utc};

use super::Lists;
use crate::app::cursor::Cause;
use crate::app::polled::Polled;
use crate::data::model::EntryId;

impl Lists {
    /// Works out again what is shown of all lists, when a poll has come at this time.
    pub fn refresh(&mut self, polled: &Polled, now: DateTime<Utc>) {
        let cause = Cause::Poll(now);
        self.arrivals.take(polled, now);
        self.staleness.refresh(polled.stale(), cause);
        self.refresh_queue(polled, cause);
        self.workers.refresh(polled.workers(), cause);
        self.queues.refresh(polled.queues(), cause);
    }

    /// Works out again what of the queue is shown.
    pub fn refresh_queue(&mut self, polled: &Polled, cause: Cause) {
        let rows = polled.entries();
        self.queue.refresh(rows, cause);
        if self.is_grouped() {
            let shown = self.queue.shown().iter();
            let filter = &self.queue.filter;
            let counted = polled.groups_beyond().into_iter();
            self.groups.refresh(
                shown.filter_map(|at| rows.get(*at).map(|row| (*at, row))),
                counted.flat_map(|groups| groups.groups.iter().filter_map(|it| filter.counted(it))),
                cause,
            );
        }
    }

    /// The entries that `a` marks: of the group under the cursor, or all that are shown.
    pub(super) fn entries_shown(&self, polled: &Polled) -> Vec<EntryId> {
        let rows = polled.entries();
        if self.is_grouped() {
            let group = self.groups.selected();
            return group.map_or_else(Vec::new, |group| group.ids(rows).collect());
        }
        let shown = self.queue.shown().iter();
        shown
            .filter_map(|at| rows.get(*at).map(|row| row.dlq_entry_uuid))
            .collect()
    }
}
