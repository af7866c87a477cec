//! How far down the lists are read: as far as the operator looks, and a little further.

use std::fmt::Debug;
use std::hash::Hash;

use chrono::TimeDelta;

use super::Lists;
use super::list::List;
use crate::app::action::{Action, Move};
use crate::app::format::count_usize;
use crate::app::message::Message;
use crate::app::pane::Pane;
use crate::app::polled::Polled;
use crate::app::session::Session;
use crate::data::messages::command::Command;
use crate::data::model::{FILTER_SCAN, MAX_ROWS, PAGE_SIZE, Page, RowsWanted};

/// Rows that are no longer looked at are dropped after this long.
const SHRINK_AFTER: TimeDelta = TimeDelta::seconds(60);

impl Lists {
    /// What an action wants of the lists beyond the rows around the cursor: going to the end wants
    /// what lies behind it. Groups are made of the rows at hand.
    #[must_use]
    pub fn rows_wanted_by(&self, action: &Action, polled: &Polled) -> RowsWanted {
        let mut wanted = RowsWanted::default();
        if matches!(action, Action::Move(Move::Bottom)) {
            match self.focus {
                Pane::Staleness => wanted.staleness = polled.stale().len() + FILTER_SCAN,
                Pane::Queue => wanted.queue = polled.entries().len() + FILTER_SCAN,
                Pane::Stats | Pane::Workers | Pane::Queues => {}
            }
        }
        wanted
    }

    /// Asks for more rows at once, and for fewer once they were not needed for a while.
    pub fn request_rows(
        &mut self,
        wanted: RowsWanted,
        polled: &Polled,
        session: &Session,
    ) -> Option<Command> {
        if session.is_wall {
            return None;
        }
        let asked = self.paging.asked;
        let group = self.group_to_load(polled, session.now);
        let needed = RowsWanted {
            staleness: needed(&self.staleness, asked.staleness),
            queue: needed(&self.queue, asked.queue).max(self.needed_by_groups(polled)),
            group,
        };
        let (stale, queue) = (&polled.staleness.rows, &polled.queue.rows);
        let more = RowsWanted {
            staleness: more(
                asked.staleness,
                needed.staleness.max(wanted.staleness),
                stale.as_deref(),
            ),
            queue: more(
                asked.queue,
                needed.queue.max(wanted.queue),
                queue.as_deref(),
            ),
            group,
        };
        if more != asked {
            return Some(self.paging.request(more));
        }
        let less = RowsWanted {
            staleness: asked.staleness.min(needed.staleness),
            queue: asked.queue.min(needed.queue),
            group,
        };
        if less == asked {
            self.paging.slack_since = None;
            return None;
        }
        let since = *self.paging.slack_since.get_or_insert(session.now);
        (session.now - since >= SHRINK_AFTER).then(|| self.paging.request(less))
    }

    /// Where nobody counts the groups of the whole queue, they look through more than what is on screen, like
    /// a filter: an error that stands far down the list is to be counted too.
    fn needed_by_groups(&self, polled: &Polled) -> usize {
        let counted = polled.groups_beyond().is_some();
        if self.groups.on && !counted {
            FILTER_SCAN
        } else {
            0
        }
    }

    /// After `End` the cursor goes on to the end of what that brings; any other key ends it.
    pub fn set_follow_end(&mut self, follow: bool, polled: &Polled) -> Option<Message> {
        let pane = Some(self.focus).filter(|pane| follow && has_more(*pane, polled));
        self.paging.following_end = pane;
        self.follow_end(polled)
    }

    /// More rows were read: the cursor goes on to the last, until all are there that were asked for.
    pub fn follow_end(&mut self, polled: &Polled) -> Option<Message> {
        let pane = self.paging.following_end?;
        let asked = self.paging.asked;
        let (read, asked) = match pane {
            Pane::Staleness => {
                self.staleness.go(polled.stale(), Move::Bottom);
                (polled.stale().len(), asked.staleness)
            }
            Pane::Queue => {
                self.move_in_queue(Move::Bottom, polled);
                (polled.entries().len(), asked.queue)
            }
            Pane::Stats | Pane::Workers | Pane::Queues => return None,
        };
        let goes_on = has_more(pane, polled);
        let read_in_words = count_usize(read);
        if goes_on && read < asked {
            return Some(Message::info("loading more…"));
        }
        self.paging.following_end = None;
        Some(Message::info(match goes_on {
            false => format!("end of the list: all {read_in_words} are loaded"),
            true if read < MAX_ROWS => {
                format!("{read_in_words} loaded; End loads more")
            }
            true => format!(
                "{read_in_words} loaded, the most there can be: dlqtop queue --filter searches further"
            ),
        }))
    }
}

fn has_more(pane: Pane, polled: &Polled) -> bool {
    match pane {
        Pane::Staleness => polled.staleness_has_more(),
        Pane::Queue => polled.queue_has_more(),
        Pane::Stats | Pane::Workers | Pane::Queues => false,
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
        // A row that is dropped loses its mark.
        rows = rows.max(asked);
    }
    rows.next_multiple_of(PAGE_SIZE)
}

/// More than was asked for, if it is needed and there.
fn more<T>(asked: usize, needed: usize, listed: Option<&Page<T>>) -> usize {
    match listed {
        Some(listed) if listed.has_more() => {
            asked.max(needed.next_multiple_of(PAGE_SIZE).min(MAX_ROWS))
        }
        _ => asked,
    }
}
