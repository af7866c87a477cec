//! The queue by error: one cause often fails many tasks. Made of the rows that were read, and of what a poll
//! counts in the whole queue.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::list::Row as _;
use crate::app::action::Move;
use crate::app::cursor::{Aim, Cause, Cursor};
use crate::app::format::count_usize;
use crate::app::group_key::GroupKey;
use crate::app::viewport::Viewport;
use crate::data::messages::command::Template;
use crate::data::model::safe_text::SafeText;
use crate::data::model::{EntryId, ErrorGroup, ErrorGroups, GroupId, QueueRow};

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
    /// Their template.
    pub template: Template,
    /// How many there are, whether or not their rows were read.
    pub entries: usize,
    /// Names it in the whole queue, if that was counted.
    pub id: Option<GroupId>,
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
                let all = count_usize(self.entries);
                Some(Cow::Owned(format!("{} of {all}", count_usize(*claimed))))
            }
        }
    }

    fn begin(key: GroupKey, place: usize, row: &QueueRow) -> Self {
        Self {
            key,
            template: Template {
                namespace: row.namespace_name.clone(),
                name: row.task_name.clone(),
            },
            entries: 1,
            id: None,
            rows: vec![place],
            first_seen: row.dlq_timestamp,
            last_seen: row.dlq_timestamp,
            owners: row.owner.clone().map_or(Owners::Nobody, Owners::One),
        }
    }

    fn take(&mut self, place: usize, row: &QueueRow) {
        self.rows.push(place);
        self.entries += 1;
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

    /// A group of the whole queue, none of whose rows were read.
    fn counted(key: GroupKey, counted: &ErrorGroup) -> Self {
        Self {
            key,
            template: Template {
                namespace: counted.key.namespace_name.clone(),
                name: counted.key.task_name.clone(),
            },
            entries: 0,
            id: None,
            rows: Vec::new(),
            first_seen: counted.first_seen,
            last_seen: counted.last_seen,
            owners: Owners::Nobody,
        }
    }

    /// Takes what was counted in the whole queue. Rows can be a moment newer than that.
    fn count(&mut self, counted: &ErrorGroup) {
        let before = self.id.map_or(0, |_| self.entries);
        let entries = usize::try_from(counted.entries).unwrap_or(0) + before;
        self.entries = entries.max(self.rows.len());
        self.id = self.id.or(Some(counted.key.id()));
        self.first_seen = self.first_seen.min(counted.first_seen);
        self.last_seen = self.last_seen.max(counted.last_seen);
        let loaded = match &self.owners {
            Owners::Nobody => 0,
            Owners::One(_) => self.rows.len(),
            Owners::Several { claimed } => *claimed,
        };
        let claimed = counted
            .claimed
            .and_then(|claimed| usize::try_from(claimed).ok());
        let claimed = claimed.unwrap_or(0).max(loaded);
        self.owners = match (&counted.owner, &self.owners) {
            _ if claimed == 0 => Owners::Nobody,
            (Some(owner), _) | (None, Owners::One(owner)) if claimed >= self.entries => {
                Owners::One(owner.clone())
            }
            _ => Owners::Several { claimed },
        };
    }

    /// Whether not all of its rows were read.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.rows.len() < self.entries
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
    sort(&mut groups);
    groups
}

/// Groups of the whole queue with the rows at hand, the largest first.
#[must_use]
pub fn counted<'a>(
    rows: impl Iterator<Item = (usize, &'a QueueRow)>,
    whole: &'a ErrorGroups,
) -> Vec<Group> {
    let counted = whole.groups.iter();
    let counted = counted.map(|group| (GroupKey::of_counted(&group.key), group));
    with_counted(grouped(rows), counted)
}

/// The same groups with what was counted in the whole queue, and those of which no row was read.
fn with_counted<'a>(
    mut groups: Vec<Group>,
    counted: impl Iterator<Item = (GroupKey, &'a ErrorGroup)>,
) -> Vec<Group> {
    let mut places: HashMap<GroupKey, usize> = (groups.iter().enumerate())
        .map(|(at, group)| (group.key.clone(), at))
        .collect();
    for (key, counted) in counted {
        let at = *places.entry(key.clone()).or_insert_with(|| {
            groups.push(Group::counted(key, counted));
            groups.len() - 1
        });
        groups[at].count(counted);
    }
    sort(&mut groups);
    groups
}

/// The largest first. Of two of one size, the one with the more urgent entry stays first.
fn sort(groups: &mut [Group]) {
    groups.sort_by_key(|group| std::cmp::Reverse(group.entries));
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
    pub fn refresh<'a>(
        &mut self,
        rows: impl Iterator<Item = (usize, &'a QueueRow)>,
        counted: impl Iterator<Item = (GroupKey, &'a ErrorGroup)>,
        cause: Cause,
    ) {
        self.all = with_counted(grouped(rows), counted);
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
