//! Which rows of the queue a key applies to: those that are marked, else the group or the row under the
//! cursor.

use std::collections::HashSet;

use super::Lists;
use crate::app::format::count_usize;
use crate::app::message::Message;
use crate::app::pane::Pane;
use crate::app::polled::Polled;
use crate::data::model::{EntryId, QueueRow};

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

    /// Why a write has to wait, if it has to: what it would act on is not known yet.
    #[must_use]
    pub fn blocked_by_select_all(&self) -> Option<Message> {
        let group = self.groups.selected().filter(|_| self.is_grouped());
        if self.focus == Pane::Queue
            && self.queue.marks.is_empty()
            && group.is_some_and(|group| group.rows.is_empty())
        {
            let text = "the rows of the group are still loading: try again in a moment";
            return Some(Message::info(text));
        }
        let waits = self.focus == Pane::Queue && self.select_all.is_under_way();
        waits.then(|| Message::bad("still loading all that match: wait, or press Esc"))
    }
}
