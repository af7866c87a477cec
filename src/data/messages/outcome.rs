//! What became of a write, and how far it is.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::data::messages::change::Resolution;
use crate::data::model::safe_text::SafeText;

/// What became of one subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum ItemResult {
    /// Done. Says what it is now: `pending`, `manually_resolved`.
    Done {
        /// The new state or status.
        now: SafeText,
    },
    /// Somebody or something changed it first; nothing was written.
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
        /// In the operator's words.
        why: SafeText,
    },
    /// The connection was lost after the request was sent, and the database stayed away: it may or
    /// may not have been done.
    Unknown,
    /// It was not asked for any more: stopped by the operator, or halted.
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
    /// Changed by somebody else meanwhile.
    pub changed: usize,
    /// Refused.
    pub failed: usize,
    /// Perhaps done: the connection was lost.
    pub unknown: usize,
    /// Not asked for any more.
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

/// Where a write that takes a while stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The batch.
    pub batch: Uuid,
    /// What became of those that have been tried.
    pub tally: Tally,
    /// What is being done now.
    pub phase: Phase,
}

/// What a write that takes a while is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// Waiting for what becomes of the first one.
    Canary {
        /// Which it is.
        label: SafeText,
        /// The state it is in.
        state: SafeText,
    },
    /// One after the other.
    Running,
    /// Asking what became of a subject whose answer was lost.
    Settling,
}

/// Is called with the progress of a write.
pub type ProgressFn<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// What became of a [`Write`].
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The batch it answers.
    pub batch: Uuid,
    /// [`Change::name`] of what was asked.
    pub action: &'static str,
    /// One for each subject, in the order they were given.
    pub items: Vec<Item>,
}

impl Outcome {
    /// Counts what became of them.
    #[must_use]
    pub fn tally(&self) -> Tally {
        Tally::of(self.items.iter().map(|item| &item.result))
    }
}

/// What an operator's change did to the dead-letter queue, for those who count.
#[derive(Debug, Clone, PartialEq)]
pub enum DlqEvent {
    /// An investigation was opened by hand.
    EntryOpened {
        /// `manual_dlq`.
        dlq_reason: SafeText,
        /// The state the task is in.
        original_state: SafeText,
    },
    /// An investigation was closed.
    EntryClosed {
        /// How.
        resolution: Resolution,
        /// Why it was opened.
        dlq_reason: SafeText,
        /// How long it was open.
        hours: f64,
    },
}
