//! The queue by error: one cause often fails many tasks. Made of the rows that were read anyway.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::filter::GroupKey;
use super::list::Row as _;
use crate::app::App;
use crate::app::action::{Mark, Move, Pane};
use crate::app::format::{count_or_estimate, plural};
use crate::app::viewport::Viewport;
use crate::data::model::safe_text::SafeText;
use crate::data::model::{EntryId, Page, QueueRow};

/// Who has claimed the entries of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owners {
    /// Nobody any of them.
    Nobody,
    /// One person all of them.
    One(SafeText),
    /// Some are claimed, or by several people.
    Some,
}

/// Entries that fail alike.
#[derive(Debug, Clone)]
pub struct Group {
    /// What they have in common.
    pub key: GroupKey,
    /// Their places among the rows read, the most urgent first.
    pub rows: Vec<usize>,
    /// When the first of them was opened.
    pub first_seen: DateTime<Utc>,
    /// When the last of them was opened.
    pub last_seen: DateTime<Utc>,
    /// Who has claimed them.
    pub owners: Owners,
}

impl Group {
    fn begin(key: GroupKey, place: usize, row: &QueueRow) -> Self {
        Self {
            key,
            rows: vec![place],
            first_seen: row.dlq_timestamp,
            last_seen: row.dlq_timestamp,
            owners: row.owner.clone().map_or(Owners::Nobody, Owners::One),
        }
    }

    fn take(&mut self, place: usize, row: &QueueRow) {
        self.rows.push(place);
        self.first_seen = self.first_seen.min(row.dlq_timestamp);
        self.last_seen = self.last_seen.max(row.dlq_timestamp);
        let same = match (&self.owners, &row.owner) {
            (Owners::Nobody, None) => true,
            (Owners::One(one), Some(owner)) => one == owner,
            _ => false,
        };
        if !same {
            self.owners = Owners::Some;
        }
    }

    /// Its entries, by id.
    pub fn ids<'a>(&'a self, rows: &'a [QueueRow]) -> impl Iterator<Item = EntryId> + 'a {
        (self.rows.iter()).filter_map(|at| rows.get(*at).map(|row| row.dlq_entry_uuid))
    }
}

/// Rows in groups, the largest first.
#[must_use]
pub fn grouped<'a>(rows: impl Iterator<Item = (usize, &'a QueueRow)>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<GroupKey, usize> = HashMap::new();
    for (place, row) in rows {
        let key = GroupKey::of(&row.facts());
        if let Some(at) = places.get(&key) {
            groups[*at].take(place, row);
        } else {
            places.insert(key.clone(), groups.len());
            groups.push(Group::begin(key, place, row));
        }
    }
    // Of two of one size, the one with the more urgent entry stays first.
    groups.sort_by_key(|group| std::cmp::Reverse(group.rows.len()));
    groups
}

/// The groups on screen, and which is under the cursor.
#[derive(Debug, Clone, Default)]
pub struct Groups {
    /// The queue is shown by groups, or a group of it is open.
    pub on: bool,
    /// What is on screen.
    pub view: Viewport,
    all: Vec<Group>,
    cursor: Option<GroupKey>,
    at: usize,
}

impl Groups {
    /// All of them, the largest first.
    #[must_use]
    pub fn all(&self) -> &[Group] {
        &self.all
    }

    /// The place of the cursor.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// The group under the cursor.
    #[must_use]
    pub fn selected(&self) -> Option<&Group> {
        self.all.get(self.at)
    }

    /// Puts rows into groups again; the cursor stays on its group, or in its place.
    fn refresh<'a>(&mut self, rows: impl Iterator<Item = (usize, &'a QueueRow)>) {
        self.all = grouped(rows);
        let held = (self.cursor.as_ref())
            .and_then(|key| self.all.iter().position(|group| group.key == *key));
        let last = self.all.len().saturating_sub(1);
        self.at = held.unwrap_or(self.at).min(last);
        self.cursor = self.selected().map(|group| group.key.clone());
    }

    fn go(&mut self, step: Move) {
        self.at = self.view.moved(self.at, self.all.len(), step);
        self.cursor = self.selected().map(|group| group.key.clone());
    }
}

impl App {
    /// Whether the queue is shown by groups.
    #[must_use]
    pub fn is_grouped(&self) -> bool {
        self.lists.groups.on && self.lists.queue.filter.within.is_none()
    }

    /// Groups the queue, or shows its entries again. From a group that is open, back to the groups.
    pub(in crate::app) fn toggle_groups(&mut self) {
        self.focus(Pane::Queue);
        if self.lists.queue.filter.within.take().is_none() {
            self.lists.groups.on = !self.lists.groups.on;
        }
        self.refresh_queue();
    }

    /// Shows the entries of the group under the cursor, and nothing else.
    pub(in crate::app) fn open_group(&mut self) {
        let Some(key) = self.lists.groups.selected().map(|group| group.key.clone()) else {
            return;
        };
        self.lists.queue.filter.within = Some(key);
        self.refresh_queue();
        self.lists.queue.go(self.polled.entries(), Move::Top);
    }

    /// Leaves the group that is open, or the groups. Says whether there was anything to leave.
    pub(in crate::app) fn leave_group(&mut self) -> bool {
        let was = self.lists.groups.on;
        if self.lists.queue.filter.within.take().is_none() {
            self.lists.groups.on = false;
        }
        if was {
            self.refresh_queue();
        }
        was
    }

    /// Works out anew what of the queue is shown.
    pub(in crate::app) fn refresh_queue(&mut self) {
        let rows = self.polled.entries();
        self.lists.queue.refresh(rows);
        if self.is_grouped() {
            let shown = self.lists.queue.shown().iter();
            self.lists
                .groups
                .refresh(shown.filter_map(|at| rows.get(*at).map(|row| (*at, row))));
        }
    }

    pub(in crate::app) fn go_in_queue(&mut self, step: Move) {
        if self.is_grouped() {
            self.lists.groups.go(step);
        } else {
            self.lists.queue.go(self.polled.entries(), step);
        }
    }

    /// `Space` marks the whole group under the cursor, or unmarks it.
    pub(in crate::app) fn mark_group(&mut self, mark: Mark) {
        if mark == Mark::Range {
            return self.say("a range is of entries: Enter opens the group");
        }
        let ids = self.entries_shown();
        if !self.lists.queue.mark_these(&ids) {
            self.lists.queue.unmark_these(&ids);
        }
        self.lists.groups.go(Move::Down);
    }

    /// The entry under the cursor; of a group, its most urgent.
    #[must_use]
    pub fn entry_at_cursor(&self) -> Option<&QueueRow> {
        if self.is_grouped() {
            let first = *self.lists.groups.selected()?.rows.first()?;
            self.polled.entries().get(first)
        } else {
            self.lists.queue.selected(self.polled.entries())
        }
    }

    /// The entries that `a` marks: of the group under the cursor, or all that are shown.
    pub(in crate::app) fn entries_shown(&self) -> Vec<EntryId> {
        let rows = self.polled.entries();
        if self.is_grouped() {
            let group = self.lists.groups.selected();
            return group.map_or_else(Vec::new, |group| group.ids(rows).collect());
        }
        let shown = self.lists.queue.shown().iter();
        shown
            .filter_map(|at| rows.get(*at).map(|row| row.dlq_entry_uuid))
            .collect()
    }

    /// `7 groups of 200 of ~12,400`: how many there are, of how many rows, of how long a list.
    pub(in crate::app) fn groups_counted(&self, listed: &Page<QueueRow>) -> String {
        let groups = plural(self.lists.groups.all.len(), "group");
        let (shown, read) = (self.lists.queue.shown().len(), listed.rows.len());
        let whole = count_or_estimate(listed.total);
        let of = crate::app::format::count_usize;
        match (shown < read, listed.goes_on()) {
            (false, false) => format!("{groups} of {whole}"),
            (false, true) => format!("{groups} of {} of {whole}", of(read)),
            (true, false) => format!("{groups} of {} of {whole}", of(shown)),
            (true, true) => format!(
                "{groups} of {} of the first {} of {whole}",
                of(shown),
                of(read)
            ),
        }
    }
}
