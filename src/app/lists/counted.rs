//! How many rows are shown, read, there, and marked.

use super::Lists;
use crate::app::format::{count_or_estimate, count_usize, plural};
use crate::app::pane::Pane;
use crate::app::polled::Polled;
use crate::data::model::{ErrorGroups, Fleet, Page, QueueRow, Total};

impl Lists {
    /// How many rows of a list are shown of how many: `63 of 63`, `200 of ~12,400`.
    #[must_use]
    pub fn counted(&self, pane: Pane, polled: &Polled) -> Option<String> {
        let (shown, read, length) = match pane {
            Pane::Staleness => {
                let listed = polled.staleness.rows.as_ref()?;
                let shown = self.staleness.shown().len();
                (shown, listed.rows.len(), listed.total)
            }
            Pane::Queue => {
                let listed = polled.queue.rows.as_ref()?;
                if self.is_grouped() {
                    let beyond = polled.groups_beyond();
                    return Some(match beyond.filter(|_| self.queue.filter.is_empty()) {
                        Some(groups) => self.groups_of_whole(groups, listed.total),
                        None => self.groups_counted(listed),
                    });
                }
                (self.queue.shown().len(), listed.rows.len(), listed.total)
            }
            Pane::Workers | Pane::Queues => return self.fleet_counted(pane, polled),
            Pane::Stats => return None,
        };
        let cut = i64::try_from(read).is_ok_and(|read| read < length.rows);
        let (shown_of, length) = (count_usize(shown), count_or_estimate(length));
        if shown < read && cut {
            return Some(format!(
                "{shown_of} of the first {} of {length}",
                count_usize(read)
            ));
        }
        Some(format!("{shown_of} of {length}"))
    }

    /// How many rows are marked in the focused list.
    #[must_use]
    pub fn marked(&self) -> usize {
        match self.focus {
            Pane::Staleness => self.staleness.marks.len(),
            Pane::Queue => self.queue.marks.len(),
            Pane::Stats | Pane::Workers | Pane::Queues => 0,
        }
    }

    /// `7 groups of 200 of ~12,400`: how many there are, of how many rows, of how long a list.
    fn groups_counted(&self, listed: &Page<QueueRow>) -> String {
        let groups = plural(self.groups.all().len(), "group");
        let (shown, read) = (self.queue.shown().len(), listed.rows.len());
        let whole = count_or_estimate(listed.total);
        match (shown < read, listed.has_more()) {
            (false, false) => format!("{groups} of {whole}"),
            (false, true) => format!("{groups} of {} of {whole}", count_usize(read)),
            (true, false) => format!("{groups} of {} of {whole}", count_usize(shown)),
            (true, true) => format!(
                "{groups} of {} of the first {} of {whole}",
                count_usize(shown),
                count_usize(read)
            ),
        }
    }

    /// `41 groups of 120,000`, or of how many of them, while the rest is being read.
    fn groups_of_whole(&self, read: &ErrorGroups, total: Total) -> String {
        let groups = plural(self.groups.all().len(), "group");
        let whole = count_or_estimate(total);
        if read.whole {
            return format!("{groups} of {whole}");
        }
        let read = count_usize(usize::try_from(read.read).unwrap_or(0));
        format!("{groups} of {read} of {whole}")
    }

    fn fleet_counted(&self, pane: Pane, polled: &Polled) -> Option<String> {
        let fleet = polled.fleet.rows.as_ref()?;
        let (shown, read) = match pane {
            Pane::Workers => (self.workers.shown().len(), fleet.workers.len()),
            _ => (self.queues.shown().len(), fleet.queues.len()),
        };
        // A poll reads no more, so nobody knows how many there are.
        let first = if read >= Fleet::MAX_ROWS {
            "the first "
        } else {
            ""
        };
        Some(format!(
            "{} of {first}{}",
            count_usize(shown),
            count_usize(read)
        ))
    }
}
