//! The operator log by acts: what one confirmation did to several subjects is one of them.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::data::model::LogRow;

/// What tells one act from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActKey {
    /// A bulk run, or one of its lines alone.
    Batch(Uuid),
    /// A line that belongs to no batch.
    Line(i64),
}

impl ActKey {
    /// The act that a line belongs to.
    #[must_use]
    pub fn of(row: &LogRow) -> Self {
        row.batch.map_or(Self::Line(row.log_id), Self::Batch)
    }
}

/// One act, with its lines.
#[derive(Debug, Clone, PartialEq)]
pub struct LogAct {
    /// What tells it from the others.
    pub key: ActKey,
    /// Its lines, newest first; never empty.
    pub lines: Vec<LogRow>,
}

/// How many lines of an act ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ends {
    /// Done.
    pub done: usize,
    /// Changed by someone else meanwhile.
    pub changed: usize,
    /// Refused.
    pub failed: usize,
}

impl LogAct {
    /// Its newest line.
    #[must_use]
    pub fn newest(&self) -> &LogRow {
        &self.lines[0]
    }

    /// Whether it was done to several.
    #[must_use]
    pub const fn is_bulk(&self) -> bool {
        self.lines.len() > 1
    }

    /// How its lines ended.
    #[must_use]
    pub fn ends(&self) -> Ends {
        let mut ends = Ends::default();
        for line in &self.lines {
            *match line.outcome.as_str() {
                "done" => &mut ends.done,
                "changed meanwhile" => &mut ends.changed,
                _ => &mut ends.failed,
            } += 1;
        }
        ends
    }
}

/// Where an act stands in the log.
fn place(act: &LogAct) -> (DateTime<Utc>, i64) {
    let newest = act.newest();
    (newest.at, newest.log_id)
}

/// Lines as acts, newest first. A line that comes twice counts once.
#[must_use]
pub fn acts_of(lines: impl IntoIterator<Item = LogRow>) -> Vec<LogAct> {
    let mut known = HashSet::new();
    let mut places: HashMap<ActKey, usize> = HashMap::new();
    let mut acts: Vec<LogAct> = Vec::new();
    for line in lines {
        if !known.insert(line.log_id) {
            continue;
        }
        let key = ActKey::of(&line);
        if let Some(at) = places.get(&key) {
            acts[*at].lines.push(line);
        } else {
            places.insert(key, acts.len());
            let lines = vec![line];
            acts.push(LogAct { key, lines });
        }
    }
    for act in &mut acts {
        act.lines
            .sort_by_key(|line| std::cmp::Reverse((line.at, line.log_id)));
    }
    acts.sort_by_key(|act| std::cmp::Reverse(place(act)));
    acts
}

/// The newest acts of the log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewestActs {
    /// Their lines, newest first.
    pub lines: Vec<LogRow>,
    /// There are more acts than were wanted, or more lines than are read.
    pub more: bool,
}
