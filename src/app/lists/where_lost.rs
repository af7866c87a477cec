//! Where the rows went that the cursor stood on. The operator log often knows; else the database is
//! asked, once for all of them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Lists;
use super::list::Row as _;
use super::lost::{ASKED_AGAIN_AFTER, LostRow, UnderCursor};
use crate::app::format::count_usize;
use crate::app::pane::Pane;
use crate::app::polled::Polled;
use crate::data::messages::command::{Command, Question};
use crate::data::model::{EntryId, TaskId};
use crate::data::source::Words;

/// Rows that are asked about at most.
const MOST_ASKED: usize = 100;

impl Lists {
    /// What is under the cursors, to know what is gone after a poll.
    #[must_use]
    pub fn under_cursor(&self, polled: &Polled) -> UnderCursor {
        let stale = self.staleness.selected(polled.stale());
        let entries = if self.is_grouped() {
            let group = self.groups.selected();
            group.map(|_| self.rows_of_group(polled))
        } else {
            let row = self.queue.selected(polled.entries());
            row.map(|row| vec![LostRow::of_entry(row)])
        };
        UnderCursor {
            stale: stale.map(|row| vec![LostRow::of_stale(row)]),
            entries,
        }
    }

    /// The rows of the group under the cursor.
    pub(super) fn rows_of_group(&self, polled: &Polled) -> Vec<LostRow> {
        let rows = polled.entries();
        let group = self.groups.selected().into_iter();
        group
            .flat_map(|group| &group.rows)
            .filter_map(|at| rows.get(*at))
            .map(LostRow::of_entry)
            .collect()
    }

    /// A poll was taken in: keeps what is gone from under the cursors since.
    pub fn note_lost(&mut self, before: UnderCursor) {
        if let Some(stale) = before.stale.filter(|_| self.staleness.cursor.is_gone()) {
            self.lost.stale = stale;
        }
        if let Some(entries) = before.entries.filter(|_| self.queue_cursor_is_gone()) {
            self.lost.entries = entries;
        }
    }

    /// The groups are shown again, without the one that was open.
    pub(super) fn note_lost_group(&mut self) {
        if self.is_grouped() && self.groups.cursor.is_gone() {
            self.lost.entries = std::mem::take(&mut self.lost.of_group);
        }
    }

    fn queue_cursor_is_gone(&self) -> bool {
        if self.is_grouped() {
            self.groups.cursor.is_gone()
        } else {
            self.queue.cursor.is_gone()
        }
    }

    /// Whether the row is gone that the cursor of a pane stood on.
    #[must_use]
    pub fn cursor_is_gone(&self, pane: Pane) -> bool {
        match pane {
            Pane::Staleness => self.staleness.cursor.is_gone(),
            Pane::Queue => self.queue_cursor_is_gone(),
            Pane::Workers => self.workers.cursor.is_gone(),
            Pane::Queues => self.queues.cursor.is_gone(),
            Pane::Stats => false,
        }
    }

    /// Whether a poll has put something under the cursor of the focused pane that nobody can have seen.
    #[must_use]
    pub fn slid(&self, now: DateTime<Utc>) -> bool {
        match self.focus {
            Pane::Staleness => self.staleness.cursor.slid(now),
            Pane::Queue if self.is_grouped() => self.groups.cursor.slid(now),
            Pane::Queue => self.queue.cursor.slid(now),
            Pane::Stats | Pane::Workers | Pane::Queues => false,
        }
    }

    /// `3 closed by ana`: where the rows went that the cursor of this pane stood on, if they are gone.
    #[must_use]
    pub fn where_lost(&self, pane: Pane, polled: &Polled, words: &Words) -> Option<String> {
        if !self.cursor_is_gone(pane) {
            return None;
        }
        let rows = match pane {
            Pane::Staleness => &self.lost.stale,
            Pane::Queue => &self.lost.entries,
            Pane::Workers | Pane::Queues | Pane::Stats => {
                return Some("no longer reported".to_owned());
            }
        };
        if rows.is_empty() {
            return Some("gone from the queue".to_owned());
        }
        let known = Known::of(self, polled);
        let ways = rows.iter().map(|row| known.way(row, words));
        let mut told: Vec<(String, usize)> = Vec::new();
        for way in ways {
            match told.iter_mut().find(|(known, _)| *known == way) {
                Some((_, times)) => *times += 1,
                None => told.push((way, 1)),
            }
        }
        if let [only] = rows.as_slice() {
            return Some(format!("{}: {}", only.name, told.remove(0).0));
        }
        told.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        let told = told
            .into_iter()
            .map(|(way, times)| format!("{} {way}", count_usize(times)));
        Some(told.collect::<Vec<_>>().join(" · "))
    }

    /// Asks the database where the rows went that the cursor of the focused pane stood on, if nothing
    /// else tells.
    pub fn request_lost(&mut self, polled: &Polled, now: DateTime<Utc>) -> Option<Command> {
        let waits = |asked: DateTime<Utc>| now - asked < ASKED_AGAIN_AFTER * 2;
        if !self.cursor_is_gone(self.focus) || self.lost.asked.is_some_and(waits) {
            return None;
        }
        let rows = match self.focus {
            Pane::Staleness => &self.lost.stale,
            Pane::Queue => &self.lost.entries,
            Pane::Stats | Pane::Workers | Pane::Queues => return None,
        };
        let known = Known::of(self, polled);
        let unknown = rows
            .iter()
            .filter(|row| known.listed(row).is_none() && known.closed_by(row).is_none())
            .filter(|row| self.lost.is_due(row, now));
        let ids: Vec<Uuid> = unknown.take(MOST_ASKED).map(LostRow::id).collect();
        if ids.is_empty() {
            return None;
        }
        self.lost.asked = Some(now);
        Some(Command::Query(Question::LookUp(ids)))
    }
}

/// What tells where a row went.
struct Known<'a> {
    lists: &'a Lists,
    listed: HashMap<TaskId, EntryId>,
    closed: HashMap<Uuid, &'a str>,
}

impl<'a> Known<'a> {
    fn of(lists: &'a Lists, polled: &'a Polled) -> Self {
        let listed = polled.entries().iter();
        let closings = polled.log_rows().iter().rev();
        let closings =
            closings.filter(|line| line.action == "close_entry" && line.outcome == "done");
        Self {
            lists,
            listed: listed.map(|row| (row.task_uuid, row.id())).collect(),
            closed: closings
                .filter_map(|line| {
                    let entry = line.entry.map(|entry| entry.0).or(line.subject_uuid)?;
                    Some((entry, line.actor.first_line()))
                })
                .collect(),
        }
    }

    /// Where the list still has it.
    fn listed(&self, row: &LostRow) -> Option<&'static str> {
        let entry = self.listed.get(&row.task)?;
        match row.entry {
            None => Some("in the queue now"),
            Some(was) if was == *entry && self.lists.groups.on => Some("in another group now"),
            Some(was) if was == *entry => Some("no longer matches the filter"),
            Some(_) => None,
        }
    }

    fn closed_by(&self, row: &LostRow) -> Option<&'a str> {
        self.closed.get(&row.entry?.0).copied()
    }

    fn way(&self, row: &LostRow, words: &Words) -> String {
        if let Some(by) = self.closed_by(row) {
            return format!("closed by {by}");
        }
        if let Some(listed) = self.listed(row) {
            return listed.to_owned();
        }
        let gone = match row.entry {
            Some(_) => "gone from the queue",
            None => "no longer stale",
        };
        let Some(looked) = self.lists.lost.answers.get(&row.id()) else {
            return gone.to_owned();
        };
        let Some(found) = &looked.found else {
            return words.fill("gone: there is no such {task} any more");
        };
        match (&row.entry, &found.resolution_status, &found.resolved_by) {
            (Some(_), Some(status), _) if status == "pending" => {
                "still open, further down than what is loaded".to_owned()
            }
            (Some(_), Some(_), Some(by)) => format!("closed by {}", by.first_line()),
            _ => format!("{gone}: {}", found.current_state.first_line()),
        }
    }
}
