//! Which rows of the queue a key applies to: those that are marked, else the group or the row under the
//! cursor.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::Lists;
use super::groups::Group;
use crate::app::format::count_usize;
use crate::app::message::Message;
use crate::app::pane::Pane;
use crate::app::polled::Polled;
use crate::data::model::{EntryId, FILTER_SCAN, QueueRow};

/// After this time a write does not wait any longer for rows of a group; it says on how many it acts.
const ROWS_COME_WITHIN: TimeDelta = TimeDelta::seconds(10);

impl Lists {
    /// The entries a write acts on: those that are marked, as they were collected or as they are in
    /// the list, else the group or the entry under the cursor.
    #[must_use]
    pub fn chosen_entries<'a>(&'a self, polled: &'a Polled) -> Vec<&'a QueueRow> {
        let rows = polled.entries();
        if self.queue.marks.is_empty() {
            let Some(group) = self.groups.selected().filter(|_| self.is_grouped()) else {
                return self.queue.chosen(rows);
            };
            return group.rows.iter().filter_map(|at| rows.get(*at)).collect();
        }
        let collected = self.select_all.rows().iter();
        let mut chosen: Vec<&QueueRow> = collected
            .filter(|row| self.queue.marks.contains(&row.dlq_entry_uuid))
            .collect();
        let listed = self.queue.chosen(rows).into_iter();
        chosen.extend(listed.filter(|row| !self.select_all.holds(row.dlq_entry_uuid)));
        chosen
    }

    /// All entries that are known: those in the list as they are now, the others as collected.
    pub fn known_entries<'a>(&'a self, polled: &'a Polled) -> impl Iterator<Item = &'a QueueRow> {
        let rows = polled.entries();
        let listed: HashSet<EntryId> = rows.iter().map(|row| row.dlq_entry_uuid).collect();
        let beyond = self.select_all.rows().iter();
        rows.iter()
            .chain(beyond.filter(move |row| !listed.contains(&row.dlq_entry_uuid)))
    }

    /// What to say with a dialog about a group of which there may be more.
    #[must_use]
    pub fn more_rows_hint(&self, polled: &Polled) -> Option<Message> {
        let group = self.groups.selected()?;
        let is_partial = match group.id {
            Some(_) => group.is_partial(),
            None => polled.queue_has_more(),
        };
        let is_asked =
            self.focus == Pane::Queue && self.is_grouped() && self.queue.marks.is_empty();
        let text = match group.id {
            Some(_) => format!(
                "only {} of the group's {} are loaded; press a to mark all of them",
                count_usize(group.rows.len()),
                count_usize(group.entries)
            ),
            None => "only the loaded part of the group; press a twice to mark all of it".to_owned(),
        };
        (is_asked && is_partial).then(|| Message::info(text))
    }

    /// Whether rows of the group under the cursor are on their way: all that fit, until they are there or ought
    /// to be.
    fn is_loading(&self, group: &Group, polled: &Polled, now: DateTime<Utc>) -> bool {
        let Some(id) = group.id.filter(|_| group.is_partial()) else {
            return group.rows.is_empty();
        };
        let since = self.paging.group_since.filter(|(of, _)| *of == id);
        // A cursor that has just come has not asked yet.
        let is_asked = since.map_or_else(
            || self.has_rows_beyond(polled),
            |(_, since)| now - since <= ROWS_COME_WITHIN,
        );
        group.rows.is_empty() || (group.entries <= FILTER_SCAN && is_asked)
    }

    /// Why a write has to wait, if it has to: what it would act on is not known yet.
    #[must_use]
    pub fn blocked_by_loading(&self, polled: &Polled, now: DateTime<Utc>) -> Option<Message> {
        let group = self.groups.selected().filter(|_| self.is_grouped());
        let is_meant = self.focus == Pane::Queue && self.queue.marks.is_empty();
        if let Some(group) = group.filter(|group| is_meant && self.is_loading(group, polled, now)) {
            let text = format!(
                "{} of the group's {} are loaded, the others are on their way: try again in a moment",
                count_usize(group.rows.len()),
                count_usize(group.entries)
            );
            return Some(Message::info(text));
        }
        let waits = self.focus == Pane::Queue && self.select_all.is_under_way();
        waits.then(|| Message::bad("still loading all that match: wait, or press Esc"))
    }
}
