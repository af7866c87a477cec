//! Marks beyond the rows on screen: all that match the filter, or a whole group, read once and
//! kept as they were read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::filter::Filter;
use super::list::Row as _;
use crate::app::format::{count_or_estimate, count_usize, duration};
use crate::app::group_key::GroupKey;
use crate::app::message::{Message, Reply};
use crate::data::messages::command::{CollectRequest, Collected, Command, Question, RowPredicate};
use crate::data::model::{EntryId, ErrorKey, QueueRow, Total};

/// What was asked for: what is typed, and the group.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Selection {
    typed: String,
    group: Option<GroupKey>,
}

impl Selection {
    fn of(filter: &Filter) -> Self {
        Self {
            typed: filter.field.text().trim().to_owned(),
            group: filter.within.clone(),
        }
    }
}

/// Rows that were collected, with the states and versions that were seen.
#[derive(Debug)]
struct Collection {
    what: Vec<Selection>,
    rows: Vec<QueueRow>,
    places: HashMap<EntryId, usize>,
    /// Of each group, which of them are in it.
    by_group: HashMap<GroupKey, Vec<EntryId>>,
    /// When they were read, by the database's clock; the oldest of them.
    taken_at: DateTime<Utc>,
    /// How many match, if not all of them were read.
    cut: Option<Total>,
}

impl Collection {
    /// Puts rows with those at hand; the newer of two is kept.
    fn add(&mut self, rows: Vec<QueueRow>) {
        for row in rows {
            if let Some(at) = self.places.get(&row.dlq_entry_uuid) {
                self.rows[*at] = row;
            } else {
                self.places.insert(row.dlq_entry_uuid, self.rows.len());
                self.rows.push(row);
            }
        }
        self.sort_by_group();
    }

    fn sort_by_group(&mut self) {
        self.by_group.clear();
        for row in &self.rows {
            let group = self.by_group.entry(GroupKey::of(&row.filter_fields()));
            group.or_default().push(row.dlq_entry_uuid);
        }
    }

    fn forget(&mut self, gone: impl Fn(&QueueRow) -> bool) {
        self.rows.retain(|row| !gone(row));
        let ids = self.rows.iter().map(|row| row.dlq_entry_uuid);
        self.places = ids.enumerate().map(|(at, id)| (id, at)).collect();
        self.sort_by_group();
    }
}

/// What is being collected, and what was.
#[derive(Debug, Default)]
pub struct SelectAll {
    /// The request that is under way; without `what` if nobody waits for it any more.
    asked: Option<(Uuid, Option<Selection>)>,
    held: Option<Collection>,
    /// `a a` was answered without asking: there is nothing beyond the rows at hand.
    nothing_more: bool,
}

impl SelectAll {
    /// Something else was done: the next `a` is a first one again.
    pub const fn reset_repeat(&mut self) {
        self.nothing_more = false;
    }

    /// Whether `a a` for this filter was done already.
    pub(super) fn is_done(&self, filter: &Filter) -> bool {
        let what = Selection::of(filter);
        let has = |held: &Collection| held.what.contains(&what);
        self.nothing_more || self.held.as_ref().is_some_and(has)
    }

    /// `a a` was answered without asking: there is nothing beyond the rows at hand.
    pub(super) const fn set_nothing_more(&mut self) {
        self.nothing_more = true;
    }

    /// Asks for all rows that match.
    ///
    /// # Errors
    ///
    /// Why nothing was asked for.
    pub(super) fn request(
        &mut self,
        filter: Filter,
        group: Option<Arc<ErrorKey>>,
    ) -> Result<Reply, Message> {
        if filter.error.is_some() {
            let text = "fix the filter first: part of it is invalid";
            return Err(Message::bad(text));
        }
        if self.asked.is_some() {
            return Err(Message::info("still loading the last ones; wait a moment"));
        }
        let ticket = Uuid::now_v7(); // a name; nothing is decided by it
        self.asked = Some((ticket, Some(Selection::of(&filter))));
        let keep = RowPredicate::new(move |row| filter.admits(&row.filter_fields()));
        Ok(Reply::new(
            Message::info("loading all that match…"),
            Command::Query(Question::Collect(CollectRequest {
                ticket,
                keep,
                group,
            })),
        ))
    }

    /// Takes in the rows of an answer, if somebody still waits for it; returns their ids.
    ///
    /// # Errors
    ///
    /// Why they could not be read.
    pub(super) fn on_answer(
        &mut self,
        ticket: Uuid,
        answer: Result<Collected, String>,
    ) -> Result<Option<Vec<EntryId>>, String> {
        let what = match self.asked.take() {
            Some((asked, what)) if asked == ticket => what,
            other => {
                self.asked = other;
                None
            }
        };
        let Some(what) = what else { return Ok(None) };
        answer.map(|collected| Some(self.store(what, collected)))
    }

    fn store(&mut self, what: Selection, collected: Collected) -> Vec<EntryId> {
        let Collected { found, taken_at } = collected;
        let matching = i64::try_from(found.matching).unwrap_or(i64::MAX);
        let cut = match found.is_cut() {
            // What lies below what was looked at may match as well.
            true => Some(Total::about(matching)),
            false if found.matching > found.rows.len() => Some(Total::exact(matching)),
            false => None,
        };
        let ids = found.rows.iter().map(|row| row.dlq_entry_uuid).collect();
        let held = self.held.get_or_insert_with(|| Collection {
            what: Vec::new(),
            rows: Vec::new(),
            places: HashMap::new(),
            by_group: HashMap::new(),
            taken_at,
            cut: None,
        });
        held.what.push(what);
        held.taken_at = held.taken_at.min(taken_at);
        held.cut = cut.or(held.cut);
        held.add(found.rows);
        ids
    }

    /// Whether an entry was collected.
    #[must_use]
    pub fn holds(&self, id: EntryId) -> bool {
        (self.held.as_ref()).is_some_and(|held| held.places.contains_key(&id))
    }

    /// The entries of a group that were collected.
    pub(super) fn of_group(&self, group: &GroupKey) -> &[EntryId] {
        let held = self.held.as_ref();
        held.and_then(|held| held.by_group.get(group))
            .map_or(&[], Vec::as_slice)
    }

    /// The rows that were collected, by priority.
    #[must_use]
    pub fn rows(&self) -> &[QueueRow] {
        self.held.as_ref().map_or(&[], |held| &held.rows)
    }

    /// `3,211 marked, all that match · loaded 12s ago`, if rows beyond the screen are marked.
    pub(super) fn status(&self, marks: &HashSet<EntryId>, now: DateTime<Utc>) -> Option<String> {
        if self.is_under_way() {
            return Some("loading all that match…".to_owned());
        }
        let held = self.held.as_ref()?;
        let marked = count_usize(marks.len());
        let all = held.places.keys().all(|id| marks.contains(id));
        let marked_of = match held.cut {
            Some(whole) => format!("{marked} of {} marked: the limit", count_or_estimate(whole)),
            None if all && held.what.len() == 1 => {
                let group = held.what[0].group.is_some();
                let what = if group {
                    "the whole group"
                } else {
                    "all that match"
                };
                format!("{marked} marked, {what}")
            }
            None => format!("{marked} marked"),
        };
        let since = (now - held.taken_at).as_seconds_f64();
        let since = duration(since.max(0.0));
        Some(format!("{marked_of} · loaded {since} ago"))
    }

    /// Forgets the rows for which `gone` holds.
    pub(super) fn forget(&mut self, gone: impl Fn(EntryId) -> bool) {
        let Some(held) = &mut self.held else {
            return;
        };
        held.forget(|row| gone(row.dlq_entry_uuid));
        if held.rows.is_empty() {
            self.held = None;
        }
    }

    /// Forgets all rows, and waits for nothing.
    pub fn clear(&mut self) {
        self.held = None;
        if let Some((_, what)) = &mut self.asked {
            *what = None;
        }
    }

    /// Whether rows are on their way.
    #[must_use]
    pub const fn is_under_way(&self) -> bool {
        matches!(self.asked, Some((_, Some(_))))
    }

    /// The question could not be handed on.
    pub fn on_rejected(&mut self) -> Message {
        self.asked = None;
        Message::info("still busy; try again")
    }
}
