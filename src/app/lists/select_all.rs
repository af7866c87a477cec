//! Marks beyond the rows on screen: all that match the filter, or a whole group, read once and
//! kept as they were read.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::filter::Filter;
use super::list::Row as _;
use crate::app::App;
use crate::app::action::Pane;
use crate::app::format::{count_or_estimate, count_usize, duration};
use crate::app::screen::notification::Tone;
use crate::data::messages::command::{
    Answer, CollectRequest, Collected, Command, Item, ItemResult, Question, RowPredicate,
};
use crate::data::model::{EntryId, QueueRow, Total};

/// What was asked for: what is typed, and the group.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Selection {
    typed: String,
    group: Option<super::filter::GroupKey>,
}

impl Selection {
    fn of(filter: &Filter) -> Self {
        Self {
            typed: filter.field.text().trim().to_owned(),
            group: filter.within.clone(),
        }
    }
}

/// Rows that were gathered, with the states and versions that were seen.
#[derive(Debug)]
struct Collection {
    what: Vec<Selection>,
    rows: Vec<QueueRow>,
    places: HashMap<EntryId, usize>,
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
    }

    fn forget(&mut self, gone: impl Fn(&QueueRow) -> bool) {
        self.rows.retain(|row| !gone(row));
        let ids = self.rows.iter().map(|row| row.dlq_entry_uuid);
        self.places = ids.enumerate().map(|(at, id)| (id, at)).collect();
    }
}

/// What is being gathered, and what was.
#[derive(Debug, Default)]
pub struct SelectAll {
    /// The request that is under way; without `what` if nobody waits for it any more.
    asked: Option<(Uuid, Option<Selection>)>,
    held: Option<Collection>,
    /// `a a` was answered without asking: there is nothing beyond the rows at hand.
    settled: bool,
}

impl SelectAll {
    /// Something else was done: the next `a` is a first one again.
    pub(in crate::app) const fn unsettle(&mut self) {
        self.settled = false;
    }

    /// Whether an entry was gathered.
    pub(in crate::app) fn holds(&self, id: EntryId) -> bool {
        (self.held.as_ref()).is_some_and(|held| held.places.contains_key(&id))
    }

    /// The rows that were gathered, by priority.
    pub(in crate::app) fn rows(&self) -> &[QueueRow] {
        self.held.as_ref().map_or(&[], |held| &held.rows)
    }

    /// Forgets them, and waits for nothing.
    pub(in crate::app) fn clear(&mut self) {
        self.held = None;
        if let Some((_, what)) = &mut self.asked {
            *what = None;
        }
    }

    /// Whether rows are on their way.
    pub(in crate::app) const fn is_under_way(&self) -> bool {
        matches!(self.asked, Some((_, Some(_))))
    }

    pub(in crate::app) fn was_refused(&mut self) {
        self.asked = None;
    }
}

impl App {
    /// `a` in the queue: all that are shown, or the group under the cursor; again, all that match,
    /// however far down; again, none.
    pub(in crate::app) fn mark_all_entries(&mut self) -> Option<Command> {
        let ids = self.entries_shown();
        if ids.is_empty() {
            return None;
        }
        if self.lists.queue.mark_these(&ids) {
            let goes_on = self.queue_has_more();
            let marked = count_usize(self.lists.queue.marks.len());
            let what = if self.is_grouped() {
                "of the group"
            } else {
                "that match"
            };
            if goes_on {
                self.say(format!(
                    "{marked} marked; a again marks all {what}, further down too"
                ));
            }
            return None;
        }
        let filter = self.filter_to_select();
        let what = Selection::of(&filter);
        let has = |held: &Collection| held.what.contains(&what);
        if self.lists.select_all.settled || self.lists.select_all.held.as_ref().is_some_and(has) {
            self.lists.queue.unmark_these(&ids);
            self.drop_selected_all();
            self.say("unmarked");
            return None;
        }
        if !self.queue_has_more() {
            self.lists.select_all.settled = true;
            let marked = count_usize(self.lists.queue.marks.len());
            self.say(format!("{marked} marked: there are no more that match"));
            return None;
        }
        self.gather(what, filter)
    }

    pub(in crate::app) fn queue_has_more(&self) -> bool {
        (self.polled.queue.rows.as_ref()).is_some_and(|listed| listed.goes_on())
    }

    /// What `a a` asks for here.
    fn filter_to_select(&self) -> Filter {
        let mut filter = self.lists.queue.filter.clone();
        if self.is_grouped() {
            filter.within = self.lists.groups.selected().map(|group| group.key.clone());
        }
        filter
    }

    fn gather(&mut self, what: Selection, filter: Filter) -> Option<Command> {
        if filter.error.is_some() {
            self.tell(
                Tone::Bad,
                "mend the filter first: not all of it is understood".to_owned(),
            );
            return None;
        }
        if self.lists.select_all.asked.is_some() {
            self.say("still reading the last ones; a moment");
            return None;
        }
        let ticket = Uuid::now_v7(); // a name; nothing is decided by it
        self.lists.select_all.asked = Some((ticket, Some(what)));
        self.say("reading all that match…");
        let keep = RowPredicate::new(move |row| filter.admits(&row.facts()));
        Some(Command::Query(Question::Collect(CollectRequest {
            ticket,
            keep,
        })))
    }

    /// Something that was asked once was answered.
    pub(in crate::app) fn answered(&mut self, answer: Answer) {
        match answer {
            Answer::Collected(ticket, rows) => {
                self.gathered(ticket, rows.map_err(|error| error.one_line()));
            }
            Answer::Fixes(template, rows) => self.on_fix_history(template, rows.ok()),
        }
    }

    /// The rows came.
    pub(in crate::app) fn gathered(&mut self, ticket: Uuid, answer: Result<Collected, String>) {
        let what = match self.lists.select_all.asked.take() {
            Some((asked, what)) if asked == ticket => what,
            other => {
                self.lists.select_all.asked = other;
                None
            }
        };
        let Some(what) = what else { return };
        match answer {
            Ok(gathered) => self.hold(what, gathered),
            Err(why) => self.tell(Tone::Bad, format!("no more were marked: {why}")),
        }
    }

    fn hold(&mut self, what: Selection, gathered: Collected) {
        let Collected { found, taken_at } = gathered;
        let matching = i64::try_from(found.matching).unwrap_or(i64::MAX);
        let cut = match found.is_cut() {
            // What lies below what was looked at may match as well.
            true => Some(Total::about(matching)),
            false if found.matching > found.rows.len() => Some(Total::exact(matching)),
            false => None,
        };
        let rows = found.rows;
        self.lists
            .queue
            .marks
            .extend(rows.iter().map(|row| row.dlq_entry_uuid));
        let held = self
            .lists
            .select_all
            .held
            .get_or_insert_with(|| Collection {
                what: Vec::new(),
                rows: Vec::new(),
                places: HashMap::new(),
                taken_at,
                cut: None,
            });
        held.what.push(what);
        held.taken_at = held.taken_at.min(taken_at);
        held.cut = cut.or(held.cut);
        held.add(rows);
        if let Some(words) = self.select_all_status() {
            self.say(words);
        }
    }

    /// `3,211 marked, all that match · gathered 12s ago`, if rows beyond the screen are marked.
    #[must_use]
    pub fn select_all_status(&self) -> Option<String> {
        if self.lists.select_all.is_under_way() {
            return Some("reading all that match…".to_owned());
        }
        let held = self.lists.select_all.held.as_ref()?;
        let marked = self.lists.queue.marks.len();
        let all = held
            .places
            .keys()
            .all(|id| self.lists.queue.marks.contains(id));
        let marked_of = match held.cut {
            Some(whole) => format!(
                "{} of {} marked: the limit",
                count_usize(marked),
                count_or_estimate(whole)
            ),
            None if all && held.what.len() == 1 => {
                let group = held.what[0].group.is_some();
                let what = if group {
                    "the whole group"
                } else {
                    "all that match"
                };
                format!("{} marked, {what}", count_usize(marked))
            }
            None => format!("{} marked", count_usize(marked)),
        };
        let since = (self.database_now() - held.taken_at).as_seconds_f64();
        Some(format!(
            "{marked_of} · gathered {} ago",
            duration(since.max(0.0))
        ))
    }

    /// Forgets what was gathered, and the marks on it that the list does not have.
    pub(in crate::app) fn drop_selected_all(&mut self) {
        self.lists.select_all.clear();
        self.prune_marks();
    }

    /// Forgets marks on entries that are neither in the list nor gathered.
    pub(in crate::app) fn prune_marks(&mut self) {
        let gathering = &self.lists.select_all;
        self.lists
            .queue
            .prune_but(self.polled.entries(), |id| gathering.holds(id));
    }

    /// The entries a write acts on: those that are marked, as they were gathered or as they are in
    /// the list, else the group or the entry under the cursor.
    pub(in crate::app) fn chosen_entries(&self) -> Vec<&QueueRow> {
        let rows = self.polled.entries();
        if self.lists.queue.marks.is_empty() {
            let Some(group) = self.lists.groups.selected().filter(|_| self.is_grouped()) else {
                return self.lists.queue.chosen(rows);
            };
            return group.rows.iter().filter_map(|at| rows.get(*at)).collect();
        }
        let gathered = self.lists.select_all.rows().iter();
        let mut chosen: Vec<&QueueRow> = gathered
            .filter(|row| self.lists.queue.marks.contains(&row.dlq_entry_uuid))
            .collect();
        let listed = self.lists.queue.chosen(rows).into_iter();
        chosen.extend(listed.filter(|row| !self.lists.select_all.holds(row.dlq_entry_uuid)));
        chosen
    }

    /// All entries that are known: those in the list as they are now, the others as gathered.
    pub(in crate::app) fn known_entries(&self) -> impl Iterator<Item = &QueueRow> {
        let rows = self.polled.entries();
        let listed: std::collections::HashSet<EntryId> =
            rows.iter().map(|row| row.dlq_entry_uuid).collect();
        let beyond = self.lists.select_all.rows().iter();
        rows.iter()
            .chain(beyond.filter(move |row| !listed.contains(&row.dlq_entry_uuid)))
    }

    /// What to say beside the box for a group of which there may be more.
    pub(in crate::app) fn hint_more_rows(&mut self) {
        if self.is_grouped() && self.lists.queue.marks.is_empty() && self.queue_has_more() {
            self.say("only what was read of the group; a a marks all of it, further down too");
        }
    }

    /// Why a write has to wait, if it has to: what it would act on is not known yet.
    pub(in crate::app) fn blocked_by_select_all(&self) -> Option<String> {
        (self.lists.focus == Pane::Queue && self.lists.select_all.is_under_way())
            .then(|| "still reading all that match: wait for it, or Esc".to_owned())
    }

    /// A write ended: what it did, or found changed, is no longer as it was gathered.
    pub(in crate::app) fn drop_finished(
        &mut self,
        items: &[Item],
        id_of: impl Fn(usize) -> Option<EntryId>,
    ) {
        let settled = |item: &Item| {
            matches!(
                item.result,
                ItemResult::Done { .. } | ItemResult::Changed { .. }
            )
        };
        let over: std::collections::HashSet<EntryId> = (items.iter().enumerate())
            .filter(|(_, item)| settled(item))
            .filter_map(|(at, _)| id_of(at))
            .collect();
        let listed: std::collections::HashSet<EntryId> = self
            .polled
            .entries()
            .iter()
            .map(|row| row.dlq_entry_uuid)
            .collect();
        let marks = &self.lists.queue.marks;
        let Some(held) = &mut self.lists.select_all.held else {
            return;
        };
        // What was changed by somebody else stays marked; where the list has it, as it is now.
        held.forget(|row| {
            let id = row.dlq_entry_uuid;
            over.contains(&id) && (!marks.contains(&id) || listed.contains(&id))
        });
        if held.rows.is_empty() {
            self.lists.select_all.held = None;
        }
    }
}
