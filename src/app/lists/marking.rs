//! Marks: a row, a range, a group, all that are shown, all that match.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Lists;
use super::filter::Filter;
use super::whole_queue::counted_group;
use crate::app::action::{Mark, Move};
use crate::app::format::count_usize;
use crate::app::message::{Message, Reply};
use crate::app::pane::Pane;
use crate::app::polled::Polled;
use crate::data::messages::command::{Collected, Item, ItemResult};
use crate::data::model::EntryId;

impl Lists {
    /// Marks rows of the focused list.
    pub fn mark(&mut self, mark: Mark, polled: &Polled) -> Reply {
        match self.focus {
            Pane::Staleness => self.staleness.mark(polled.stale(), mark),
            Pane::Queue if mark == Mark::Shown => return self.mark_all_entries(polled),
            Pane::Queue if self.is_grouped() => return self.mark_group(mark, polled),
            Pane::Queue => self.queue.mark(polled.entries(), mark),
            Pane::Stats | Pane::Workers | Pane::Queues => {}
        }
        Reply::default()
    }

    /// `Space` marks the whole group under the cursor, or unmarks it.
    fn mark_group(&mut self, mark: Mark, polled: &Polled) -> Reply {
        if mark == Mark::Range {
            return Message::info("a range is of entries: Enter opens the group").into();
        }
        let ids = self.entries_shown(polled);
        if self.is_beyond() {
            let reply = self.toggle_whole_group(polled);
            self.groups.go(Move::Down);
            return reply;
        }
        if !self.queue.mark_these(&ids) {
            self.queue.unmark_these(&ids);
        }
        self.groups.go(Move::Down);
        Reply::default()
    }

    /// `a` in the queue: all that are shown, or the group under the cursor; again, all that match,
    /// however far down; again, none.
    fn mark_all_entries(&mut self, polled: &Polled) -> Reply {
        if self.is_beyond() {
            return self.toggle_whole_group(polled);
        }
        let ids = self.entries_shown(polled);
        if ids.is_empty() {
            return Reply::default();
        }
        if self.queue.mark_these(&ids) {
            return self.hint_select_all(polled).into();
        }
        let filter = self.filter_to_select();
        if self.select_all.is_done(&filter) {
            self.queue.unmark_these(&ids);
            self.drop_selected_all(polled);
            return Message::info("unmarked").into();
        }
        if !polled.queue_has_more() {
            self.select_all.set_nothing_more();
            let marked = count_usize(self.queue.marks.len());
            return Message::info(format!("{marked} marked; no more match")).into();
        }
        let group = counted_group(filter.within.as_ref(), polled);
        self.select_all.request(filter, group).into()
    }

    fn hint_select_all(&self, polled: &Polled) -> Option<Message> {
        let marked = count_usize(self.queue.marks.len());
        let what = if self.is_grouped() {
            "of the group"
        } else {
            "that match"
        };
        let text = format!("{marked} marked; press a again to mark all {what}");
        polled.queue_has_more().then(|| Message::info(text))
    }

    /// What `a a` asks for here.
    pub(super) fn filter_to_select(&self) -> Filter {
        let mut filter = self.queue.filter.clone();
        if self.is_grouped() {
            filter.within = self.groups.selected().map(|group| group.key.clone());
        }
        filter
    }

    /// All that match were read, or could not be.
    pub fn on_collected(
        &mut self,
        ticket: Uuid,
        answer: Result<Collected, String>,
        database_now: DateTime<Utc>,
    ) -> Option<Message> {
        match self.select_all.on_answer(ticket, answer) {
            Ok(None) => None,
            Ok(Some(ids)) => {
                self.queue.marks.extend(ids);
                self.select_all_status(database_now).map(Message::info)
            }
            Err(why) => Some(Message::bad(format!("could not mark more: {why}"))),
        }
    }

    /// `3,211 marked, all that match · loaded 12s ago`, if rows beyond the screen are marked.
    #[must_use]
    pub fn select_all_status(&self, database_now: DateTime<Utc>) -> Option<String> {
        self.select_all.status(&self.queue.marks, database_now)
    }

    /// Forgets the marks of the focused list. Says whether there were any.
    fn unmark(&mut self, polled: &Polled) -> bool {
        let marked = self.marked() > 0;
        match self.focus {
            Pane::Staleness if marked => self.staleness.unmark(),
            Pane::Queue if marked || self.select_all.is_under_way() => {
                self.queue.unmark();
                self.drop_selected_all(polled);
                return true;
            }
            _ => {}
        }
        marked
    }

    /// At the root, Esc takes away one thing at a time, the easiest to get back first. Says whether
    /// there was one.
    pub fn undo_one(&mut self, polled: &Polled) -> bool {
        let in_queue = self.focus == Pane::Queue;
        if self.unmark(polled) {
            return true;
        }
        if in_queue && self.queue.filter.within.is_some() {
            self.leave_group(polled);
            return true;
        }
        if self.is_filtered() {
            self.clear_filter(polled);
            return true;
        }
        in_queue && self.leave_group(polled)
    }

    /// Forgets what was collected, and the marks on it that the list does not have.
    fn drop_selected_all(&mut self, polled: &Polled) {
        self.select_all.clear();
        self.prune_entry_marks(polled);
    }

    /// Forgets marks on rows that are neither in the lists nor collected.
    pub fn prune_marks(&mut self, polled: &Polled) {
        self.staleness.prune(polled.stale());
        self.prune_entry_marks(polled);
    }

    fn prune_entry_marks(&mut self, polled: &Polled) {
        let select_all = &self.select_all;
        self.queue
            .prune_but(polled.entries(), |id| select_all.holds(id));
    }

    /// A write ended: what it did, or found changed, is no longer as it was collected.
    pub fn drop_finished(
        &mut self,
        items: &[Item],
        id_of: impl Fn(usize) -> Option<EntryId>,
        polled: &Polled,
    ) {
        let is_over = |item: &Item| {
            matches!(
                item.result,
                ItemResult::Done { .. } | ItemResult::Changed { .. }
            )
        };
        let over: HashSet<EntryId> = (items.iter().enumerate())
            .filter(|(_, item)| is_over(item))
            .filter_map(|(at, _)| id_of(at))
            .collect();
        let listed = polled.entries().iter();
        let listed: HashSet<EntryId> = listed.map(|row| row.dlq_entry_uuid).collect();
        let marks = &self.queue.marks;
        // What was changed by somebody else stays marked; where the list has it, as it is now.
        self.select_all
            .forget(|id| over.contains(&id) && (!marks.contains(&id) || listed.contains(&id)));
    }
}
