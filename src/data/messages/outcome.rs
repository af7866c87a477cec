//! What became of a write, and how far it is.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::data::messages::change::Resolution;
use crate::data::model::safe_text::SafeText;

/// The result of an act on one subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum ItemResult {
    /// Done; with its new state or status: `pending`, `manually_resolved`.
    Done {
        /// The new state or status.
        now: SafeText,
    },
    /// Someone or something changed it first; nothing was written.
    Changed {
        /// Who, where the database knows.
        by: Option<SafeText>,
        /// When.
        at: Option<DateTime<Utc>>,
        /// What it is now.
        now: SafeText,
    },
    /// The database refused; nothing was written.
    Failed {
        /// A message for the operator.
        why: SafeText,
    },
    /// The connection was lost after the request was sent, and the database stayed unreachable: it may
    /// or may not have been done.
    Unknown,
    /// It was not sent: the operator stopped the run, or it halted.
    Untried {
        /// Why.
        why: SafeText,
    },
}

/// One line of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The id of the row it was asked for (task, step or entry), so that failures can stay marked.
    pub id: Uuid,
    /// How it was named in the confirm box.
    pub label: SafeText,
    /// What became of it.
    pub result: ItemResult,
}

/// How many subjects ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Done.
    pub done: usize,
    /// Changed by someone else meanwhile.
    pub changed: usize,
    /// Refused.
    pub failed: usize,
    /// Perhaps done: the connection was lost.
    pub unknown: usize,
    /// Not sent.
    pub untried: usize,
}

impl Tally {
    /// Counts results.
    pub fn of<'a>(results: impl IntoIterator<Item = &'a ItemResult>) -> Self {
        let mut tally = Self::default();
        for result in results {
            *match result {
                ItemResult::Done { .. } => &mut tally.done,
                ItemResult::Changed { .. } => &mut tally.changed,
                ItemResult::Failed { .. } => &mut tally.failed,
                ItemResult::Unknown => &mut tally.unknown,
                ItemResult::Untried { .. } => &mut tally.untried,
            } += 1;
        }
        tally
    }
}

/// The progress of a write.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The batch.
    pub batch: Uuid,
    /// The results so far.
    pub tally: Tally,
    /// What it is doing now.
    pub phase: Phase,
}

/// What a write is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// Waiting for the outcome of the first subject.
    Canary {
        /// Which it is.
        label: SafeText,
        /// The state it is in.
        state: SafeText,
    },
    /// One after the other.
    Running,
    /// Finding out the result of a subject whose answer was lost.
    Settling,
}

/// Is called with the progress of a write.
pub type ProgressFn<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// The result of a `Write`.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The batch it answers.
    pub batch: Uuid,
    /// `Change::name` of what was asked.
    pub action: &'static str,
    /// One for each subject, in the order they were given.
    pub items: Vec<Item>,
}

impl Outcome {
    /// Counts the results.
    #[must_use]
    pub fn tally(&self) -> Tally {
        Tally::of(self.items.iter().map(|item| &item.result))
    }
}

/// What an operator's change did to the dead-letter queue, for metrics.
#[derive(Debug, Clone, PartialEq)]
pub enum DlqEvent {
    /// An entry was opened by hand.
    EntryOpened {
        /// `manual_dlq`.
        dlq_reason: SafeText,
        /// The state the task is in.
        original_state: SafeText,
    },
    /// An entry was closed.
    EntryClosed {
        /// How.
        resolution: Resolution,
        /// Why it was opened.
        dlq_reason: SafeText,
        /// How long it was open.
        hours: f64,
    },
}
