//! Groups of which not all rows are at hand: whose rows to load, and marking all of them.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Lists;
use super::groups::Group;
use crate::app::group_key::GroupKey;
use crate::app::message::{Message, Reply};
use crate::app::polled::Polled;
use crate::data::model::{EntryId, ErrorKey, GroupId, QueueRow};

impl Lists {
    /// The group whose rows a poll is to bring, wherever they stand: the one that is open, that a filter names,
    /// or on which the cursor has stood for a moment, so that a cursor that passes asks for nothing.
    pub(super) fn group_to_load(&mut self, polled: &Polled, now: DateTime<Utc>) -> Option<GroupId> {
        let asked = self.paging.asked.group;
        if !self.queue.marks.is_empty() {
            // A row that is dropped loses its mark.
            return asked;
        }
        if !self.has_rows_beyond(polled) {
            return None;
        }
        if !self.is_grouped() {
            return self.group_named(polled);
        }
        let id = self.groups.selected()?.id?;
        if asked == Some(id) {
            return asked;
        }
        match self.paging.group_since {
            Some((since_id, since)) if since_id == id && now > since => Some(id),
            Some((since_id, _)) if since_id == id => asked,
            _ => {
                self.paging.group_since = Some((id, now));
                asked
            }
        }
    }

    /// Whether groups can have rows beyond those that are read, and are counted.
    pub(super) fn has_rows_beyond(&self, polled: &Polled) -> bool {
        let read = i64::try_from(self.paging.asked.queue).unwrap_or(i64::MAX);
        let listed = polled.queue.rows.as_ref();
        let is_longer = listed.is_some_and(|listed| listed.total.rows > read);
        let is_counted = (polled.error_groups.rows.as_ref()).is_some_and(|groups| groups.read > 0);
        is_longer && is_counted
    }

    /// The group that is open, or that is named in what is typed.
    fn group_named(&self, polled: &Polled) -> Option<GroupId> {
        let filter = &self.queue.filter;
        let groups = polled.error_groups.rows.as_ref()?.groups.iter();
        if filter.within.is_some() {
            let open = counted_group(filter.within.as_ref(), polled);
            return open.map(|key| key.id());
        }
        let mut named = groups.filter(|_| filter.names_group());
        named
            .find(|group| filter.counted(group).is_some())
            .map(|group| group.key.id())
    }

    /// Whether the group under the cursor can have rows that are not at hand, or go with the cursor.
    pub(super) fn is_beyond(&self) -> bool {
        let group = self.groups.selected().filter(|_| self.is_grouped());
        group.is_some_and(|group| group.id.is_some())
    }

    /// Marks all of the group under the cursor, wherever its rows stand, or none of it.
    pub(super) fn toggle_whole_group(&mut self, polled: &Polled) -> Reply {
        let Some(group) = self.groups.selected() else {
            return Reply::default();
        };
        let key = group.key.clone();
        if self.marked_in(group, polled.entries()) > 0 {
            let mut ids: Vec<EntryId> = group.ids(polled.entries()).collect();
            ids.extend(self.select_all.of_group(&key));
            self.queue.unmark_these(&ids);
            let marks = &self.queue.marks;
            self.select_all.forget(|entry| !marks.contains(&entry));
            return Message::info("unmarked").into();
        }
        let filter = self.filter_to_select();
        let counted = counted_group(Some(&key), polled);
        self.select_all.request(filter, counted).into()
    }

    /// How many entries of a group are marked.
    #[must_use]
    pub fn marked_in(&self, group: &Group, rows: &[QueueRow]) -> usize {
        let marks = &self.queue.marks;
        let collected = self.select_all.of_group(&group.key);
        let listed = group.ids(rows).filter(|id| !self.select_all.holds(*id));
        let all = collected.iter().copied().chain(listed);
        all.filter(|id| marks.contains(id)).count()
    }
}

/// This group as it was counted in the whole queue.
pub(super) fn counted_group(group: Option<&GroupKey>, polled: &Polled) -> Option<Arc<ErrorKey>> {
    let group = group?;
    let mut groups = polled.error_groups.rows.as_ref()?.groups.iter();
    let counted = groups.find(|counted| GroupKey::of_counted(&counted.key) == *group);
    counted.map(|counted| Arc::clone(&counted.key))
}
