//! How far down the lists are read: as far as somebody looks, and a little further.

use std::fmt::Debug;
use std::hash::Hash;

use chrono::{DateTime, TimeDelta, Utc};

use super::list::List;
use crate::app::App;
use crate::app::action::{Action, Move, Pane};
use crate::app::format::count_usize;
use crate::data::messages::command::Command;
use crate::data::model::{FILTER_SCAN, MAX_ROWS, PAGE_SIZE, Page, RowsWanted};

/// Rows that nobody looks at any more are let go after this long.
const SHRINK_AFTER: TimeDelta = TimeDelta::seconds(60);

/// What was asked for, and since when less would do.
#[derive(Debug, Default)]
pub struct Paging {
    asked: RowsWanted,
    slack_since: Option<DateTime<Utc>>,
    to_the_end: Option<Pane>,
}

impl Paging {
    /// It has to be asked for again.
    pub(in crate::app) fn was_refused(&mut self) {
        self.asked = RowsWanted::default();
    }
}

impl App {
    /// What an action wants of the lists beyond the rows around the cursor: going to the end wants
    /// what lies behind it. Groups are made of the rows at hand.
    pub(in crate::app) fn wish(&self, action: &Action) -> RowsWanted {
        let on_list = self.is_on_list();
        let mut wish = RowsWanted::default();
        match action {
            Action::Move(Move::Bottom) if on_list => match self.lists.focus {
                Pane::Staleness => wish.staleness = self.polled.stale().len() + FILTER_SCAN,
                Pane::Queue => wish.queue = self.polled.entries().len() + FILTER_SCAN,
                Pane::Stats | Pane::Workers | Pane::Queues => {}
            },
            _ => {}
        }
        wish
    }

    pub(in crate::app) fn is_end_of_list(&self, action: &Action) -> bool {
        matches!(action, Action::Move(Move::Bottom)) && self.is_on_list()
    }

    fn is_on_list(&self) -> bool {
        self.screen.popup.is_none() && self.screen.operator_log.is_none() && self.detail.is_none()
    }

    /// Asks for more rows at once, and for fewer once they were not needed for a while.
    pub(in crate::app) fn reach(&mut self, wish: RowsWanted) -> Option<Command> {
        if self.session.is_wall {
            return None;
        }
        let asked = self.lists.paging.asked;
        let needed = RowsWanted {
            staleness: needed(&self.lists.staleness, asked.staleness),
            queue: needed(&self.lists.queue, asked.queue).max(self.grouping()),
        };
        let (stale, queue) = (&self.polled.staleness.rows, &self.polled.queue.rows);
        let more = RowsWanted {
            staleness: more(
                asked.staleness,
                needed.staleness.max(wish.staleness),
                stale.as_deref(),
            ),
            queue: more(asked.queue, needed.queue.max(wish.queue), queue.as_deref()),
        };
        if more != asked {
            return Some(self.ask_for(more));
        }
        let less = RowsWanted {
            staleness: asked.staleness.min(needed.staleness),
            queue: asked.queue.min(needed.queue),
        };
        if less == asked {
            self.lists.paging.slack_since = None;
            return None;
        }
        let since = *self
            .lists
            .paging
            .slack_since
            .get_or_insert(self.session.now);
        (self.session.now - since >= SHRINK_AFTER).then(|| self.ask_for(less))
    }

    /// Like a filter, groups look through more than what is on screen: an error that stands far
    /// down the list is to be counted too.
    fn grouping(&self) -> usize {
        if self.lists.groups.on { FILTER_SCAN } else { 0 }
    }

    /// After `End` the cursor goes on to the end of what that brings; any other key ends it.
    pub(in crate::app) fn set_follow_end(&mut self, ends: bool) {
        self.lists.paging.to_the_end = ends
            .then_some(self.lists.focus)
            .filter(|pane| self.has_more_below(*pane));
        if self.lists.paging.to_the_end.is_some() {
            self.follow_end();
        }
    }

    /// More rows were read: the cursor goes on to the last, until all are there that were asked for.
    pub(in crate::app) fn follow_end(&mut self) {
        let Some(pane) = self.lists.paging.to_the_end else {
            return;
        };
        let asked = self.lists.paging.asked;
        let (read, asked) = match pane {
            Pane::Staleness => {
                self.lists.staleness.go(self.polled.stale(), Move::Bottom);
                (self.polled.stale().len(), asked.staleness)
            }
            Pane::Queue => {
                self.go_in_queue(Move::Bottom);
                (self.polled.entries().len(), asked.queue)
            }
            Pane::Stats | Pane::Workers | Pane::Queues => return,
        };
        let goes_on = self.has_more_below(pane);
        let read_in_words = count_usize(read);
        if goes_on && read < asked {
            return self.say("reading on …");
        }
        self.lists.paging.to_the_end = None;
        self.say(match goes_on {
            false => format!("this is the last: all {read_in_words} are read"),
            true if read < MAX_ROWS => {
                format!("{read_in_words} are read, there are more: End reads on")
            }
            true => format!(
                "{read_in_words} are read, and no more are: dlqtop queue --filter looks further"
            ),
        });
    }

    fn has_more_below(&self, pane: Pane) -> bool {
        let (stale, queue) = (&self.polled.staleness.rows, &self.polled.queue.rows);
        match pane {
            Pane::Staleness => stale.as_ref().is_some_and(|listed| listed.goes_on()),
            Pane::Queue => queue.as_ref().is_some_and(|listed| listed.goes_on()),
            Pane::Stats | Pane::Workers | Pane::Queues => false,
        }
    }

    fn ask_for(&mut self, reach: RowsWanted) -> Command {
        self.lists.paging.asked = reach;
        self.lists.paging.slack_since = None;
        Command::RowsWanted(reach)
    }
}

/// How many rows the operator may look at next.
fn needed<Id: Copy + Eq + Hash + Debug>(list: &List<Id>, asked: usize) -> usize {
    let ahead = (PAGE_SIZE / 2).max(list.view.height() * 2);
    let mut rows = list.at() + 1 + ahead;
    if !list.filter.is_empty() || list.sort.is_some() {
        rows = rows.max(FILTER_SCAN);
    }
    if !list.marks.is_empty() {
        // A row that is let go loses its mark.
        rows = rows.max(asked);
    }
    rows.next_multiple_of(PAGE_SIZE)
}

/// More than was asked for, if it is needed and there.
fn more<T>(asked: usize, needed: usize, listed: Option<&Page<T>>) -> usize {
    match listed {
        Some(listed) if listed.goes_on() => {
            asked.max(needed.next_multiple_of(PAGE_SIZE).min(MAX_ROWS))
        }
        _ => asked,
    }
}
