//! The log of what was done: a cursor over its acts, newest first. A bulk run is one line, which opens.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::app::action::Move;
use crate::app::cursor::{Aim, Cause, Cursor};
use crate::app::format::count_usize;
use crate::app::viewport::Viewport;
use crate::data::messages::command::{Command, Question};
use crate::data::model::log_act::{ActKey, LogAct, NewestActs, acts_of};
use crate::data::model::{LOG_ACTS, LogRow};

/// What lies below the lines of a poll is asked for again after this long.
const ASKED_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(10);

/// A row of the log on the screen.
#[derive(Debug, Clone, Copy)]
pub enum LogEntry<'a> {
    /// A bulk run, folded or open.
    Bulk(&'a LogAct),
    /// One line; of a bulk run that is open, or alone.
    Line(&'a LogRow),
}

/// What the cursor knows a row by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogKey {
    /// A bulk run.
    Bulk(Uuid),
    /// One line.
    Line(i64),
}

impl LogEntry<'_> {
    fn key(&self) -> LogKey {
        match self {
            Self::Bulk(act) => match act.key {
                ActKey::Batch(batch) => LogKey::Bulk(batch),
                ActKey::Line(line) => LogKey::Line(line),
            },
            Self::Line(row) => LogKey::Line(row.log_id),
        }
    }
}

/// `120 × payments/charge_order · charge_card`; of several names only the first.
#[must_use]
pub fn subjects(act: &LogAct) -> String {
    let first = act.newest().subject.first_line();
    let same = act
        .lines
        .iter()
        .all(|line| line.subject.first_line() == first);
    let count = count_usize(act.lines.len());
    if same {
        format!("{count} × {first}")
    } else {
        format!("{count}: {first}, …")
    }
}

/// `118 done, 2 changed, 1 failed`.
#[must_use]
pub fn ends(act: &LogAct) -> String {
    let ends = act.ends();
    let parts = [
        (ends.done, "done"),
        (ends.changed, "changed"),
        (ends.failed, "failed"),
    ];
    let parts = parts.into_iter().filter(|(number, _)| *number > 0);
    let parts: Vec<String> = parts
        .map(|(number, word)| format!("{} {word}", count_usize(number)))
        .collect();
    parts.join(", ")
}

/// The log while it is looked at.
#[derive(Debug, Clone, Default)]
pub struct LogScreen {
    /// What is on screen.
    pub view: Viewport,
    /// Where the cursor is.
    pub cursor: Cursor<LogKey>,
    acts: Vec<LogAct>,
    open: HashSet<Uuid>,
    /// What lies below the lines of a poll, as it was read last.
    below: NewestActs,
    asked: Option<DateTime<Utc>>,
}

impl LogScreen {
    /// The log with these lines of a poll.
    #[must_use]
    pub fn new(rows: &[LogRow]) -> Self {
        let mut screen = Self::default();
        screen.refresh(rows, Cause::Order);
        screen
    }

    /// The lines of the newest poll, and those below that were read before.
    pub fn refresh(&mut self, rows: &[LogRow], cause: Cause) {
        self.acts = acts_of(rows.iter().chain(&self.below.lines).cloned());
        self.acts.truncate(LOG_ACTS);
        self.follow(cause);
    }

    /// What lies below the lines of a poll was read, or could not be.
    pub fn on_answer(&mut self, answer: Option<NewestActs>, rows: &[LogRow]) {
        if let Some(below) = answer {
            self.below = below;
            self.refresh(rows, Cause::Order);
        }
    }

    /// Asks for the acts that the lines of a poll do not show whole, once in a while.
    pub fn request(&mut self, now: DateTime<Utc>) -> Option<Command> {
        if self.asked.is_some_and(|at| now - at < ASKED_AGAIN_AFTER) {
            return None;
        }
        self.asked = Some(now);
        Some(Command::Query(Question::NewestActs))
    }

    /// The question could not be handed on.
    pub const fn on_rejected(&mut self) {
        self.asked = None;
    }

    /// How many acts there are on the screen.
    #[must_use]
    pub fn acts(&self) -> usize {
        self.acts.len()
    }

    /// Whether there are older ones.
    #[must_use]
    pub const fn has_more(&self) -> bool {
        self.below.more || self.acts.len() >= LOG_ACTS
    }

    /// The rows, newest first: acts, and below a bulk run that is open its lines.
    #[must_use]
    pub fn entries(&self) -> Vec<LogEntry<'_>> {
        let mut all = Vec::with_capacity(self.acts.len());
        for act in &self.acts {
            if !act.is_bulk() {
                all.push(LogEntry::Line(act.newest()));
                continue;
            }
            all.push(LogEntry::Bulk(act));
            if self.is_open(act) {
                all.extend(act.lines.iter().map(LogEntry::Line));
            }
        }
        all
    }

    /// Whether the lines of a bulk run are shown.
    #[must_use]
    pub fn is_open(&self, act: &LogAct) -> bool {
        matches!(act.key, ActKey::Batch(batch) if self.is_open_batch(batch))
    }

    /// The same, by its id.
    #[must_use]
    pub fn is_open_batch(&self, batch: Uuid) -> bool {
        self.open.contains(&batch)
    }

    /// Shows the lines of a bulk run, or hides them again.
    pub fn toggle(&mut self, batch: Uuid) {
        if !self.open.remove(&batch) {
            self.open.insert(batch);
        }
        self.follow(Cause::Order);
    }

    /// Moves the cursor.
    pub fn go(&mut self, step: Move) {
        self.cursor.go(&self.view, step);
    }

    /// What is under the cursor.
    #[must_use]
    pub fn chosen(&self) -> Option<LogEntry<'_>> {
        self.entries().get(self.cursor.row()?).copied()
    }

    fn follow(&mut self, cause: Cause) {
        let entries = self.entries();
        let aim = |entry: &LogEntry<'_>| Aim {
            key: entry.key(),
            step: None,
        };
        let aims = entries.iter().map(aim).collect();
        self.cursor.follow(aims, cause);
    }
}
