//! What the screen may ask of the data layer, and what it hears back.
//!
//! Nothing else causes a write. Every target carries what the operator saw, so that the database
//! refuses to act on anything that has changed since.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use super::change::{
    Change, EntryTarget, EntryVerb, Limits, Resolution, StepTarget, StepVerb, TaskTarget, TaskVerb,
    Until,
};
pub use crate::data::ad_hoc::{Answer, Question, Template};
pub use crate::data::bulk::journal::Unfinished;
pub use crate::data::bulk::receipt_file::ReceiptFile;
use crate::data::model::incident::Incident;
use crate::data::model::safe_text::SafeText;
use crate::data::model::{RowsWanted, TaskId};
pub use crate::data::reads::collect::{CollectRequest, Collected, RowPredicate};

/// What to go on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SwitchTo {
    /// This profile's database.
    Profile(String),
    /// This system in the same database.
    Source(String),
}

impl SwitchTo {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Profile(name) | Self::Source(name) => name,
        }
    }
}

/// A request from the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Poll at once.
    PollNow,
    /// Bring this task's detail with every poll, or none.
    Follow(Option<TaskId>),
    /// Bring so many rows of the lists with every poll.
    RowsWanted(RowsWanted),
    /// Ask something once; the answer is a [`Report::Answer`].
    Query(Question),
    /// Change something. Boxed: it is much larger than the others.
    Write(Box<Write>),
    /// Begin no further subject of this batch.
    Stop(Uuid),
    /// Carry on with a run that was cut short.
    Resume(Box<Unfinished>),
    /// Carry on no more with a run that was cut short.
    GiveUp(Box<Unfinished>),
    /// Write a file for the operator.
    Save(Box<ReceiptFile>),
    /// Let this be written to for so long, under this incident.
    Unlock {
        /// How long.
        lasting: Duration,
        /// The incident; it is logged with everything that is done.
        incident: Incident,
    },
    /// Let nothing be written any more; what was asked for before is carried out.
    Lock,
    /// Look whether another database, or another system in this one, can be used.
    Switch(SwitchTo),
    /// Put this text on the clipboard (by OSC 52); carried out by the terminal side.
    Copy(String),
    /// Let the operator change this text in their own editor; carried out by the terminal side.
    Edit(String),
}

/// How a change of many is carried out. The default: all of them, as fast as the database answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// The first one alone; the others follow if it turns out well within this time.
    pub canary: Option<Duration>,
    /// Subjects a second, at most.
    pub per_second: Option<f64>,
    /// Stop once so many of those retried fail again with the error they had.
    pub halt_after: Option<u32>,
}

/// A change with its reason. The actor is the worker's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Write {
    /// Names this act in the operator log; the same for every row of a bulk.
    pub batch: Uuid,
    /// What to do.
    pub change: Change,
    /// Why; never blank.
    pub reason: String,
    /// How fast, and what stops it.
    #[serde(default)]
    pub pace: Pace,
}

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

/// What the worker says of a [`Write`], and what was asked once.
#[derive(Debug, Clone)]
pub enum Report {
    /// It goes on. Some of these may be left out.
    Progress(Progress),
    /// It has ended.
    Ended(Outcome),
    /// A question was answered. Boxed: it may be large.
    Answer(Box<Answer>),
    /// Runs of this database that were cut short and that nobody has in hand.
    Unfinished(Vec<Unfinished>),
    /// Something that is no change to the database was done, or why it was not.
    Message(Result<String, String>),
}

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
