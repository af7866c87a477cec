//! The cursor of a list: it belongs to a row, not to a place.
//!
//! When its row is gone the cursor stands on nothing, between two rows, until it is moved: whoever
//! pressed a key for the one that was there means no other. And what a poll put under the cursor within
//! the last second nobody can have seen yet: [`Cursor::slid`] says so, and no dialog opens on it.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use crate::app::action::Move;
use crate::app::viewport::Viewport;
use crate::data::model::StepId;

/// What has stood on the screen for this long can have been seen.
pub const TO_BE_SEEN: TimeDelta = TimeDelta::seconds(1);

/// Orders that are remembered: polls within a second are few.
const REMEMBERED: usize = 8;

/// Why rows are not where they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A poll brought them at this time.
    Poll(DateTime<Utc>),
    /// The operator chose others, as by a filter: the cursor goes to what is shown instead.
    Choice,
    /// The operator ordered them, or came back to them.
    Order,
}

/// What a key would act on in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim<K> {
    /// The row.
    pub key: K,
    /// The step that it names.
    pub step: Option<StepId>,
}

/// Where the cursor stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum On<K> {
    /// There were no rows yet.
    #[default]
    Nothing,
    /// On this row.
    Row(K),
    /// Where this row was.
    Gone(K),
}

/// The rows as they were before a poll, with the cursor as it would have gone over them.
#[derive(Debug, Clone)]
struct Before<K> {
    aims: Vec<Aim<K>>,
    at: usize,
    on_row: bool,
    until: DateTime<Utc>,
}

/// The cursor, and the rows that it goes over.
#[derive(Debug, Clone)]
pub struct Cursor<K> {
    aims: Vec<Aim<K>>,
    on: On<K>,
    at: usize,
    before: VecDeque<Before<K>>,
    polled: bool,
}

impl<K> Default for Cursor<K> {
    fn default() -> Self {
        Self {
            aims: Vec::new(),
            on: On::Nothing,
            at: 0,
            before: VecDeque::new(),
            polled: false,
        }
    }
}

/// The rows to draw, and the line between them where the cursor stands on nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The places of the rows.
    pub rows: std::ops::Range<usize>,
    /// How many of them come before the line of the cursor, if it has one of its own.
    pub gone: Option<usize>,
}

impl<K: Clone + PartialEq> Cursor<K> {
    /// Whether it has no rows to go over.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.aims.is_empty()
    }

    /// Its place; if it stands on nothing, that of the row that comes after it.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// The place of the row that it stands on.
    #[must_use]
    pub fn row(&self) -> Option<usize> {
        (matches!(self.on, On::Row(_)) && self.at < self.aims.len()).then_some(self.at)
    }

    /// The row that it stands on.
    #[must_use]
    pub const fn key(&self) -> Option<&K> {
        match &self.on {
            On::Row(key) => Some(key),
            On::Nothing | On::Gone(_) => None,
        }
    }

    /// Whether the row that it stood on is gone.
    #[must_use]
    pub const fn is_gone(&self) -> bool {
        matches!(self.on, On::Gone(_))
    }

    /// Whether a poll has put something under it that nobody can have seen yet: with the rows of a
    /// second ago, the same keys would have led to another one.
    #[must_use]
    pub fn slid(&self, now: DateTime<Utc>) -> bool {
        let is_recent = |before: &&Before<K>| now - before.until < TO_BE_SEEN;
        let Some(seen) = self.before.iter().find(is_recent) else {
            return false;
        };
        let here = self.row().and_then(|at| self.aims.get(at));
        let there = seen.on_row.then(|| seen.aims.get(seen.at)).flatten();
        here.is_some() && here != there
    }

    /// The rows are these now.
    pub fn follow(&mut self, aims: Vec<Aim<K>>, cause: Cause) {
        match cause {
            Cause::Poll(now) => self.remember(&aims, now),
            Cause::Choice | Cause::Order => self.before.clear(),
        }
        let key = match &self.on {
            On::Row(key) | On::Gone(key) => Some(key),
            On::Nothing => None,
        };
        let found = key.and_then(|key| aims.iter().position(|aim| aim.key == *key));
        self.aims = aims;
        match (found, key.cloned(), cause) {
            (Some(at), _, _) => self.put_at(at),
            (None, Some(key), Cause::Poll(_) | Cause::Order) => {
                self.at = self.at.min(self.aims.len());
                self.on = On::Gone(key);
            }
            (None, ..) => self.put_at(self.at),
        }
    }

    /// Keeps how the rows stood before a poll.
    fn remember(&mut self, aims: &[Aim<K>], now: DateTime<Utc>) {
        self.before.retain(|before| now - before.until < TO_BE_SEEN);
        // What the first poll brings, nobody has waited for with a key in mind.
        if !std::mem::replace(&mut self.polled, true) || self.aims == aims {
            return;
        }
        if self.before.len() < REMEMBERED {
            self.before.push_back(Before {
                aims: self.aims.clone(),
                at: self.at,
                on_row: self.row().is_some(),
                until: now,
            });
        }
    }

    /// Moves it.
    pub fn go(&mut self, view: &Viewport, step: Move) {
        for before in &mut self.before {
            let len = before.aims.len();
            before.at = moved(view, before.at, before.on_row, len, step);
            before.on_row = len > 0;
        }
        let on_row = self.row().is_some();
        self.put_at(moved(view, self.at, on_row, self.aims.len(), step));
    }

    /// Puts it on a row, without going over others.
    pub fn put_on(&mut self, key: &K) {
        if let Some(at) = self.aims.iter().position(|aim| aim.key == *key) {
            self.put_at(at);
        }
    }

    fn put_at(&mut self, at: usize) {
        self.at = at.min(self.aims.len().saturating_sub(1));
        let aim = self.aims.get(self.at);
        self.on = aim.map_or(On::Nothing, |aim| On::Row(aim.key.clone()));
    }

    /// What is drawn in so many lines. Where the row is gone, the cursor has a line of its own.
    #[must_use]
    pub fn window(&self, view: &Viewport, height: usize) -> Window {
        let len = self.aims.len();
        if !self.is_gone() {
            let top = view.follow(self.at, height, len);
            return Window {
                rows: top.min(len)..(top + height).min(len),
                gone: None,
            };
        }
        let top = view.follow(self.at, height, len + 1);
        Window {
            rows: top.min(len)..(top + height.saturating_sub(1)).min(len),
            gone: (height > 0).then(|| self.at.saturating_sub(top)),
        }
    }
}

/// Where a cursor goes. From between two rows, down is to the one below and up to the one above.
fn moved(view: &Viewport, at: usize, on_row: bool, len: usize, step: Move) -> usize {
    if on_row || step != Move::Down {
        return view.moved(at, len, step);
    }
    at.min(len.saturating_sub(1))
}
