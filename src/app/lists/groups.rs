//! The queue by error: one cause often fails many tasks. Made of the rows that were read anyway.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::list::Row as _;
use crate::app::action::Move;
use crate::app::cursor::{Aim, Cause, Cursor};
use crate::app::format::count_usize;
use crate::app::group_key::GroupKey;
use crate::app::viewport::Viewport;
use crate::data::model::safe_text::SafeText;
use crate::data::model::{EntryId, QueueRow};

/// Who has claimed the entries of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owners {
    /// Nobody any of them.
    Nobody,
    /// One person all of them.
    One(SafeText),
    /// Some are claimed, or all by several people.
    Several {
        /// How many are claimed.
        claimed: usize,
    },
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
    /// Who has claimed it: a name, `2 of 8`, or `None` if nobody has claimed any of it.
    #[must_use]
    pub fn claimed(&self) -> Option<Cow<'_, str>> {
        match &self.owners {
            Owners::Nobody => None,
            Owners::One(owner) => Some(Cow::Borrowed(owner.first_line())),
            Owners::Several { claimed } => {
                let all = count_usize(self.rows.len());
                Some(Cow::Owned(format!("{} of {all}", count_usize(*claimed))))
            }
        }
    }

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
        let before = self.rows.len() - 1;
        let claimed = match (&self.owners, &row.owner) {
            (Owners::Nobody, None) => return,
            (Owners::One(one), Some(owner)) if one == owner => return,
            (Owners::Nobody, Some(_)) => 1,
            (Owners::One(_), None) => before,
            (Owners::One(_), Some(_)) => before + 1,
            (Owners::Several { claimed }, owner) => claimed + usize::from(owner.is_some()),
        };
        self.owners = Owners::Several { claimed };
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
        let key = GroupKey::of(&row.filter_fields());
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
    /// Where the cursor is.
    pub cursor: Cursor<GroupKey>,
    all: Vec<Group>,
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
        self.cursor.at()
    }

    /// The group under the cursor; none if that is gone.
    #[must_use]
    pub fn selected(&self) -> Option<&Group> {
        self.all.get(self.cursor.row()?)
    }

    /// Puts rows into groups again; the cursor stays with its group.
    pub fn refresh<'a>(&mut self, rows: impl Iterator<Item = (usize, &'a QueueRow)>, cause: Cause) {
        self.all = grouped(rows);
        let aim = |group: &Group| Aim {
            key: group.key.clone(),
            step: None,
        };
        self.cursor
            .follow(self.all.iter().map(aim).collect(), cause);
    }

    /// Moves the cursor.
    pub fn go(&mut self, step: Move) {
        self.cursor.go(&self.view, step);
    }
}
